"""Reports that credit others: which of them are one origin."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.index.copies.credit_graph import joined_by_credits
from rag.index.copies.records import Record
from rag.text.reuse.credits import is_outlet_name, main_sources
from rag.types import Origin


def joined(*records: Record, copies: Sequence[tuple[str, str]] = ()) -> list[Origin]:
    by_id = {each.id: each for each in records}
    of = dict(copies)
    origins = [
        Origin(id, (id, *(copy for copy, origin in of.items() if origin == id)))
        for id in by_id
        if id not in of
    ]
    return list(joined_by_credits(origins, by_id))


def report(id: str, outlet: str, day: int, *rests_on: str) -> Record:
    return Record(id, f"2024-03-{day:02}", outlet, rests_on=rests_on)


HERALD = report("a", "Orrin Herald", 4)


def test_a_report_that_rests_on_another_is_no_origin_of_its_own():
    (origin,) = joined(HERALD, report("b", "Vale Post", 5, "the Herald"))
    assert origin == Origin("a", ("a", "b"), ("b",), "Orrin Herald")
    assert origin.copies == ()


def test_credits_are_followed_to_the_first_report():
    last = report("c", "Fen Times", 6, "Vale Post")
    (origin,) = joined(HERALD, report("b", "Vale Post", 5, "Orrin Herald"), last)
    assert (origin.article, origin.crediting) == ("a", ("b", "c"))


def test_who_credits_a_copy_rests_on_its_origin():
    copy, credit = report("copy", "Vale Post", 5), report("c", "Fen Times", 6, "Vale Post")
    (origin,) = joined(HERALD, copy, credit, copies=[("copy", "a")])
    assert (origin.article, origin.copies, origin.crediting) == ("a", ("copy",), ("c",))


def test_reports_that_rest_on_an_agency_without_a_report_are_one_and_come_last():
    origins = joined(
        report("b", "Vale Post", 5, "KCNA"), HERALD, report("c", "Fen Times", 6, "KCNA")
    )
    assert [(each.article, each.source) for each in origins] == [
        ("a", "Orrin Herald"),
        ("b", "KCNA"),
    ]
    assert origins[1].crediting == ("c",)


@pytest.mark.parametrize(
    "record",
    [
        report("b", "Vale Post", 5, "Anna Holt"),  # a person who was asked twice
        report("b", "Vale Post", 3, "Orrin Herald"),  # older than what it would rest on
        report("b", "Orrin Herald", 5, "Orrin Herald"),  # its own outlet
        report("b", "Vale Post", 5),
    ],
)
def test_other_reports_are_independent(record: Record):
    origins = joined(HERALD, record)
    assert [each.article for each in origins if each.source != "Orrin Herald"] in ([], ["b"])
    assert all(each.crediting == () for each in origins)


def test_two_that_credit_each_other_come_from_the_first():
    one, two = report("a", "Orrin Herald", 4, "Vale Post"), report("b", "Vale Post", 4, "Herald")
    assert [each.article for each in joined(one, two)] == ["a"]


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("The dam leaks, the Orrin Herald reported on Monday. It is old.", ["Orrin Herald"]),
        ("Citing the Vale Post, the county said that the dam leaks.", ["Vale Post"]),
        ("According to the news agency KCNA, the dam leaks.", ["KCNA"]),
        ("ORRIN (Coast Wire) - The dam leaks.", ["Coast Wire"]),
        (
            "The dam leaks.\n\nIt is old. It is wet. First published in the Vale Post.",
            ["Vale Post"],
        ),
        ("The dam does not leak, contrary to what the Orrin Herald reported.", []),
        ("The dam leaks. It is old. It is wet. Its age, the Herald reported, is 90.", []),
    ],
)
def test_a_text_rests_on_what_its_beginning_or_a_note_credits(text: str, sources: list[str]):
    assert main_sources(text) == sources


def test_a_name_of_an_outlet_is_told_by_its_words():
    assert all(map(is_outlet_name, ["Vale Herald", "KCNA", "Coast Wire"]))
    assert not any(map(is_outlet_name, ["Anna Holt", "Orrin", "Council of Orrin"]))

"""Near copies among the articles of an index: found as it grows, with their origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.index import merge_policy
from rag.index.build import build_index
from rag.index.copies import finding
from rag.index.copies.finding import are_compared, compare_new_texts
from rag.index.copies.origins import Origins
from rag.index.copies.records import Record
from rag.index.document_writer import DocumentWriter, Entry, content_hash
from rag.index.documents import DocumentStore
from rag.settings import Settings
from rag.types import Article, Origin
from tests.growing import grows_linearly

WIRE = """The council of Lofthus has bought the slate quarry above the village for 1.3 million
crowns and will turn it into a bathing lake, mayor Tove Brekke said on Monday.

The quarry was flooded in 1998 when its pumps were switched off. It is 41 metres deep, and divers
have trained there since without a permit.

A fence and two jetties are to be ready before the summer. Thirty-two villagers voted against the
purchase in a meeting that went on past midnight."""
REPRINT = """A bathing lake for Lofthus: the council of Lofthus has bought the slate quarry above
the village for 1.3 million crowns, mayor Tove Brekke said.

The quarry was flooded in 1998 when its pumps were turned off. It is 41 metres deep, and divers have
trained there since without a permit.

Our reporter found the gate open on Tuesday."""
OTHER = """The ski factory at Hol wants to hire again. Orders from Japan have doubled, and the night
shift that ended in the spring comes back in October, said Arne Lund, who runs the works. Eighteen
people may start at once. The union is content but would like to see it in writing."""
FOOT = """The Hardanger Tidende belongs to its readers. Whoever wants to support it may become a
member for sixty crowns a month and receives the almanac in December. Letters should be short and
carry a full name. All rights in text and pictures remain with the publisher, and nothing may be
copied without consent in writing."""


def article(id: str, text: str, outlet: str = "", day: str = "") -> Article:
    return Article(id, f"On {id}", text, outlet or None, day or None)


def store(path: Path, articles: Sequence[Article], older: Sequence[Path] = ()) -> DocumentWriter:
    documents = DocumentWriter.create(path, older)
    documents.put([Entry(each, content_hash(each), ()) for each in articles], {})
    compare_new_texts(documents)
    return documents


def origins_of(path: Path, articles: Sequence[Article]) -> Origins:
    documents = store(path, articles)
    try:
        return Origins.of(documents)
    finally:
        documents.close()


def test_the_earliest_is_the_origin_and_the_others_are_its_copies(tmp_path: Path) -> None:
    origins = origins_of(
        tmp_path / "r.sqlite",
        [
            article("later", REPRINT, "Fjord News", "2024-04-03"),
            article("wire", WIRE, "Coast Wire", "2024-04-02"),
            article("other", OTHER, "Fjord News", "2024-04-01"),
        ],
    )
    assert origins.copies == {"later": "wire"}
    assert origins.origin("later") == origins.origin("wire") == Origin("wire", ("wire", "later"))
    assert origins.origin("other") == Origin("other", ("other",))
    assert origins.listed(["later", "other", "wire"]) == (
        Origin("wire", ("wire", "later"), source="Coast Wire"),
        Origin("other", ("other",), source="Fjord News"),
    )


def test_the_one_that_the_others_credit_comes_before_an_earlier_one(tmp_path: Path) -> None:
    credited = f"{REPRINT}\n\nFirst published by Coast Wire."
    origins = origins_of(
        tmp_path / "r.sqlite",
        [
            article("early", credited, "Fjord News", "2024-04-01"),
            article("wire", WIRE, "Coast Wire", "2024-04-02"),
        ],
    )
    assert origins.copies == {"early": "wire"}
    apart = origins_of(  # nothing in common, so two origins: the one that credits comes behind
        tmp_path / "s.sqlite",
        [
            article("early", f"{OTHER}\n\nFirst published by Coast Wire.", "Fjord", "2024-04-01"),
            article("wire", WIRE, "Coast Wire", "2024-04-02"),
        ],
    )
    assert [each.article for each in apart.listed(["early", "wire"])] == ["wire", "early"]


def test_the_credits_of_hundreds_of_reprints_are_counted_at_once() -> None:
    """Each is compared with few outlets, not with each other reprint."""

    def count(reprints: int) -> None:
        records = {0: [Record("wire", "2024-04-02", "Coast Wire")]}
        for number in range(1, reprints + 1):
            names = ("Coast Wire", f"Agency {number}")
            records[number] = [Record(f"r{number:03d}", "2024-04-01", f"Paper {number % 9}", names)]
        origins = Origins.between(records, [(0, number, 0.9) for number in range(1, reprints + 1)])
        assert set(origins.copies.values()) == {"wire"} and len(origins.copies) == reprints

    assert grows_linearly(count, 800)


def test_a_byline_credits_too(tmp_path: Path) -> None:
    early = replace(article("early", REPRINT, "Fjord News", "2024-04-01"), author="Coast Wire")
    wire = article("wire", WIRE, "The Coast Wire", "2024-04-02")
    assert origins_of(tmp_path / "r.sqlite", [early, wire]).copies == {"early": "wire"}


def test_one_text_in_two_articles_has_one_origin_without_being_compared(tmp_path: Path) -> None:
    origins = origins_of(
        tmp_path / "r.sqlite",
        [
            article("b", "Too short.", day="2024-01-02"),
            article("a", "Too short.", day="2024-01-03"),
        ],
    )
    assert origins.copies == {"a": "b"}


def test_two_reports_that_a_third_joins_are_not_copies_of_each_other(tmp_path: Path) -> None:
    origins = origins_of(
        tmp_path / "r.sqlite",
        [
            article("one", WIRE, day="2024-04-01"),
            article("two", OTHER, day="2024-04-02"),
            article("joined", f"{WIRE}\n\n{OTHER}", day="2024-04-03"),
        ],
    )
    assert origins.copies.keys() == {"joined"}


def test_lines_that_stand_in_all_articles_of_an_outlet_make_no_copy(tmp_path: Path) -> None:
    stories = (
        "The swimming pool of Odda stays shut until the tiles have come from Portugal.",
        "A moose walked through the bakery in Ulvik and left by the door.",
        "Fewer apples than ever were pressed this autumn, growers say.",
        "The choir of Eidfjord looks for tenors, and for a bass if there is one.",
    )
    articles = [article(f"s{n}", f"{each}\n\n{FOOT}", "Tidende") for n, each in enumerate(stories)]
    articles.append(article("wire", f"{WIRE}\n\n{FOOT}", "Tidende"))
    articles.append(article("z", f"{REPRINT}\n\n{FOOT}", "Tidende"))
    assert origins_of(tmp_path / "r.sqlite", articles).copies == {"z": "wire"}


def test_only_new_texts_are_compared_and_with_those_of_older_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(tmp_path / "old.sqlite", [article("wire", WIRE), article("other", OTHER)]).close()
    compared = []
    near_copies = finding._near_copies

    def recording(documents, number, words):
        compared.append(number)
        return near_copies(documents, number, words)

    monkeypatch.setattr(finding, "_near_copies", recording)
    new = store(tmp_path / "new.sqlite", [article("reprint", REPRINT)], [tmp_path / "old.sqlite"])
    assert Origins.of(new).copies == {"wire": "reprint"}  # without days, by id
    assert compared == [3]
    compare_new_texts(new)
    assert compared == [3]
    new.close()


def test_texts_compared_by_another_version_are_compared_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = store(tmp_path / "r.sqlite", [article("wire", WIRE), article("z", REPRINT)])
    assert are_compared(documents)
    monkeypatch.setattr(finding, "COPIES_VERSION", finding.COPIES_VERSION + 1)
    assert not are_compared(documents)
    compare_new_texts(documents)
    assert are_compared(documents)
    assert Origins.of(documents).copies == {"z": "wire"}
    documents.close()


def test_an_index_without_comparisons_has_no_copies(tmp_path: Path) -> None:
    documents = store(tmp_path / "r.sqlite", [article("wire", WIRE), article("z", REPRINT)])
    for table in ("sketch", "compared", "near_copy"):
        documents.select(f"DROP TABLE main.{table}")
    documents.close()
    read = DocumentStore.open(tmp_path / "r.sqlite")
    assert Origins.of(read).copies == {}
    assert not are_compared(read)
    read.close()


def test_what_is_left_of_a_removed_origin_is_one_of_its_copies() -> None:
    records = {1: [Record("b")], 2: [Record("c")]}
    pairs = [(1, 0, 0.9), (2, 0, 0.9), (2, 1, 0.7)]  # 0 was removed
    assert Origins.between(records, pairs).copies == {"c": "b"}


@pytest.mark.real
@pytest.mark.parametrize("small", [merge_policy.SMALL, 0])
def test_copies_are_known_after_each_change_of_the_corpus(
    toy: Settings, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    monkeypatch.setattr(merge_policy, "SMALL", small)
    monkeypatch.setattr(merge_policy, "_TIMES", 4 if small else 0)

    def copies() -> dict[str, str | None]:
        build_index(toy)
        assistant = Assistant.open(toy)
        listed = [each for each, *_ in assistant.articles.find().entries]
        assert all(assistant.article(each.id).copy_of == each.copy_of for each in listed)
        assistant.close()
        return {each.id: each.copy_of for each in listed if each.copy_of}

    (toy.corpus / "wire.md").write_text(f"---\ntitle: Quarry\npublished: 2024-04-02\n---\n{WIRE}\n")
    assert copies() == {}
    (toy.corpus / "copy.md").write_text(
        f"---\ntitle: Lake\npublished: 2024-04-03\n---\n{REPRINT}\n"
    )
    assert copies() == {"copy": "wire"}
    (toy.corpus / "mine.txt").write_text("The mine in Osthavn was closed. Karl Vik said so.")
    assert copies() == {"copy": "wire"}
    (toy.corpus / "wire.md").write_text(f"---\ntitle: Skis\n---\n{OTHER}\n")
    assert copies() == {}
    (toy.corpus / "wire.md").write_text(f"---\ntitle: Quarry\n---\n{WIRE}\n")
    assert copies() == {"wire": "copy"}  # without a day
    (toy.corpus / "copy.md").unlink()
    assert copies() == {}

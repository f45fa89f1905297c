"""Which fields can be corrected, and what is taken for a value of them."""

from __future__ import annotations

from datetime import date

import pytest

from rag.errors import CorrectionError
from rag.index.companions.fields import parse_changes, parse_field


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("2022-10-08", "2022-10-08"),
        ("2022-10", "2022-10"),
        ("2022", "2022"),
        ("8 October 2022", "2022-10-08"),
        ("October 2022", "2022-10"),
        (" 2022-10-08T09:30 ", "2022-10-08"),
        ("unknown", None),
    ],
)
def test_a_day_of_publication_is_a_day_a_month_or_a_year(typed, iso):
    assert parse_changes([f"published={typed}"]) == {"published": iso}


@pytest.mark.parametrize(
    "typed",
    ["4/5/2024", "2022-13", "2022-02-30", "soon", "20221008", f"{date.today().year + 3}"],
)
def test_what_is_no_date_or_far_ahead_is_rejected(typed):
    with pytest.raises(CorrectionError, match=r"is no date: write|check the year"):
        parse_changes([f"published={typed}"])


def test_names_have_aliases_and_several_fields_go_at_once():
    changes = ["outlet=Harbour  Post", "headline=A = B", "Author=Ane Moe, Bo Frisk"]
    assert parse_changes(changes) == {
        "source": "Harbour Post",
        "title": "A = B",
        "author": "Ane Moe, Bo Frisk",
    }
    assert parse_changes(["source=Kurier", "title=Storm"]) == {"source": "Kurier", "title": "Storm"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["outlett=Kurier"], "no field “outlett”: the closest is outlet"),
        (["published"], "has no value: write FIELD=VALUE"),
        (["author="], "is empty: write author=unknown where nobody knows it"),
        (["headline= "], "the value of headline is empty: give one"),
        (["headline=unknown"], "has a headline in any case"),
        (["outlet=a", "source=b"], "outlet is given twice"),
        (["author=" + "x" * 400], "over 300 characters"),
    ],
)
def test_what_cannot_be_a_correction_is_named(changes, message):
    with pytest.raises(CorrectionError) as caught:
        parse_changes(changes)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_field_is_named_in_any_case():
    assert parse_field(" Published ") == "published"

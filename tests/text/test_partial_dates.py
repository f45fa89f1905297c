"""Dates as far as they are stated, and which of them agree."""

from __future__ import annotations

import pytest

from rag.text.dates.partial import PartialDate, stated_date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("October 19, 2021", (2021, 10, 19)),
        ("Oct. 19", (None, 10, 19)),
        ("19 Oct 2021", (2021, 10, 19)),
        ("the 3rd of June", (None, 6, 3)),
        ("November 21 of 1998", (1998, 11, 21)),
        ("Sept 2019", (2019, 9, None)),
        ("in May", (None, 5, None)),
        ("2021-10-09", (2021, 10, 9)),
        ("1887", (1887, None, None)),
        ("on Sunday, 4 May, in May", (None, 5, 4)),
    ],
)
def test_a_date_as_far_as_it_is_stated(text: str, date: tuple[int | None, ...]) -> None:
    assert stated_date(text) == PartialDate(*date)


@pytest.mark.parametrize(
    "text", ["", "on Friday", "they may come", "41 men", "2,021 men", "3 May or 4 May"]
)
def test_no_date_or_two(text: str) -> None:
    assert stated_date(text) is None


def test_dates_agree_where_both_state_the_same() -> None:
    day, month = PartialDate(2021, 10, 19), PartialDate(2021, 10)
    assert day.narrows(month)
    assert not month.narrows(day)
    assert PartialDate(month=6, day=3).agrees(PartialDate(month=6))
    assert not day.agrees(PartialDate(2022))
    assert not PartialDate(2021).agrees(PartialDate(month=6))  # nothing in common

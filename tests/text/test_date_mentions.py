"""Dates that a text means without writing them out."""

from __future__ import annotations

import pytest

from rag.text.date_mentions import mention_at, resolve_mentions
from rag.text.partial_dates import PartialDate

SATURDAY = "2022-06-18"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It sank on Friday night.", "Friday, 17 June 2022"),
        ("It sank last night.", "Friday, 17 June 2022"),
        ("It sank this morning.", "Saturday, 18 June 2022"),
        ("It sank the day before yesterday.", "Thursday, 16 June 2022"),
        ("It sank five days ago.", "Monday, 13 June 2022"),
        ("It sank earlier this week.", "the week of 13 June 2022"),
        ("It sank last week.", "the week of 6 June 2022"),
        ("It sank three weeks ago.", "the week of 23 May 2022"),
        ("It sank last month.", "May 2022"),
        ("It sank two months ago.", "April 2022"),
        ("It sank in March.", "March 2022"),
        ("It sank in November.", "November 2021"),
        ("It will sail in November.", "November 2022"),
        ("Work starts in February.", "February 2023"),
        ("It sank last June.", "June 2021"),
        ("It sank in March last year.", "March 2021"),
        ("It sank on 4 March.", "4 March 2022"),
        ("It sank on March 4th.", "4 March 2022"),
        ("It will sail on 4 September.", "4 September 2022"),
        ("It sank last year.", "2021"),
        ("It sank two years ago.", "2020"),
    ],
)
def test_a_date_is_written_out_from_the_day_of_publication(text: str, words: str) -> None:
    assert [each.words for each in resolve_mentions(text, SATURDAY)] == [words]


@pytest.mark.parametrize(
    "text",
    [
        "It sank on 4 March 2020.",
        "It sank in March 2020.",
        "Two days later it sank.",
        "It sank a week before the fair.",
        "It may sink.",
        "It sank.",
    ],
)
def test_what_states_its_date_or_counts_from_something_else_is_no_mention(text: str) -> None:
    assert resolve_mentions(text, SATURDAY) == []


@pytest.mark.parametrize(
    ("published", "words"),
    [
        (None, []),
        ("2022", ["2021"]),
        ("2022-06", ["May 2022", "2021"]),
        (SATURDAY, ["Friday, 17 June 2022", "May 2022", "2021"]),
    ],
)
def test_only_what_the_date_of_publication_settles_is_written_out(
    published: str | None, words: list[str]
) -> None:
    text = "On Friday, last month and last year."
    assert [each.words for each in resolve_mentions(text, published)] == words


@pytest.mark.parametrize(
    ("text", "published"), [("three weeks ago", "0001-01-05"), ("next week", "9999-12-31")]
)
def test_what_lies_beyond_the_calendar_is_not_written_out(text: str, published: str) -> None:
    assert resolve_mentions(text, published) == []


def test_the_mention_at_some_words() -> None:
    text = "It came in March and sank on Friday."
    start = text.index("Friday")
    mention = mention_at(text, start, start + 6, SATURDAY)
    assert mention is not None
    assert (mention.words, mention.date) == ("Friday, 17 June 2022", PartialDate(2022, 6, 17))
    assert mention_at(text, 0, 2, SATURDAY) is None

"""Days that a text names without a date."""

from __future__ import annotations

import pytest

from rag.text.relative_days import resolve_days

MONDAY = "2019-05-13"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("He won the race on Sunday.", "2019-05-12"),
        ("The council met on Monday.", "2019-05-13"),  # the day of publication itself
        ("It burned down last Monday.", "2019-05-06"),
        ("The wall broke on Tuesday night.", "2019-05-07"),
        ("The court will decide on Friday.", "2019-05-17"),
        ("It reopens next Monday.", "2019-05-20"),
        ("Police were called yesterday.", "2019-05-12"),
        ("The vote is tomorrow.", "2019-05-14"),
    ],
)
def test_a_day_of_the_week_is_the_one_before_unless_the_sentence_is_about_the_future(text, day):
    (mention,) = resolve_days(text, MONDAY)
    assert mention.day.isoformat() == day


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("He won on Sunday.", None),
        ("He won on Sunday.", "2019-05"),
        ("He won on Sunday, 12 May 2019.", MONDAY),
        ("He won on Sunday, May 12.", MONDAY),
        ("The Sundays are long.", MONDAY),
        ("It began three weeks ago, ten days ago.", "0001-01-05"),
        ("The vote is tomorrow.", "9999-12-31"),
    ],
)
def test_a_dated_day_and_an_unknown_day_of_publication_give_nothing(text, published):
    assert resolve_days(text, published) == []


def test_mentions_are_in_the_order_of_the_text_with_their_places():
    text = "It began on Friday and ended yesterday."
    mentions = resolve_days(text, MONDAY)
    assert [text[a:b] for a, b, _ in mentions] == ["Friday", "yesterday"]
    assert [day.isoformat() for *_, day in mentions] == ["2019-05-10", "2019-05-12"]

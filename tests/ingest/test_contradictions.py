"""The day in the head of a page is not believed where the article is of another time."""

from __future__ import annotations

import pytest

from rag.ingest.boilerplate.contradictions import KnownDay, day_of_article, day_of_record

STATED = KnownDay("2023-03-25", "stated: page line 'March 25, 2023'")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("The dam broke today, 7 October 2022, at noon.", "2022-10-07"),
        ("The dam broke yesterday (7 October 2022).", "2022-10-08"),
        ("The dam broke this morning, Friday, 7 October 2022.", "2022-10-07"),
        ("The vote is held today, Friday 7 October 2022.", "2022-10-07"),
        ("On Friday, 7 October 2022, the dam broke.", None),
        ("The dam broke on 7 October 2022, the minister said on Friday.", "2023-03-25"),
        ("On Friday, 24 March 2023, the dam broke. Today, 7 October 2022, is long ago.",
         "2023-03-25"),
        ("The minister came this week, on 7 October 2022, to see the dam.", None),
        ("Thousands celebrated Christmas Day in the square.", None),
        ("He was last seen on Christmas Day, his wife said.", "2023-03-25"),
        ("The bells will ring on Friday.", "2023-03-25"),
    ],
)  # fmt: skip
def test_the_present_of_the_article_decides(text, day):
    believed = day_of_article(STATED, "The dam", text)
    assert believed.day == day
    assert (believed.basis is None) == (day is None)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("The vote is held today, Friday 7 October 2022.", "2022-10-07"),
        ("On Friday, 7 October 2022, the dam broke. Five months on, nothing is mended.",
         "2023-03-25"),
        ("Thousands celebrated Christmas Day in the square.", "2023-03-25"),
        ("x" * 700 + " Its diary says: today, 7 October 1922, the dam broke.", "2023-03-25"),
    ],
)  # fmt: skip
def test_a_day_in_the_metadata_gives_way_only_to_a_present_in_the_lead(text, day):
    assert day_of_record(STATED, text).day == day


def test_a_day_that_is_not_stated_is_not_made_up():
    nothing = KnownDay(None, None)
    assert day_of_article(nothing, "The dam", "It broke today, 7 October 2022.") == nothing


def test_an_event_near_the_stated_day_bears_it_out():
    stated = KnownDay("2023-12-27", "stated")
    assert day_of_article(stated, "Bells", "Thousands celebrated Christmas Day.") == stated

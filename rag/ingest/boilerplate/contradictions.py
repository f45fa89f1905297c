"""Whether an article speaks of its present as of another time than the head of its page states.

    day_of_article(stated, title, text)   ->  the day to believe and how it is known
    day_of_record(stated, text)           ->  the same for a day in the metadata of the page

The head of a saved page often gives the day on which it was saved. It is not believed where the
article puts "today" or "on Friday" beside a full date more than a month away, or tells of an event
of the day, such as a birthday, that falls in another part of the year. A day in the metadata, which
is that of a move to another site at times, gives way only to "today" beside a full date. Left to
others: which line states a day (`page_metadata`, `heads`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rag.ingest.date_forms import find_dates
from rag.ingest.normalize import shorten

MOST_APART = 31  # days between the day that is stated and the present of the article
_LEAD = 600  # characters in which a weekday beside a date is the article's present
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_NEAR = re.compile(
    r"\b(?:(?P<word>today|yesterday|tomorrow|tonight|this (?:week|morning|afternoon|evening|month))"
    rf"(?:,? {_WEEKDAY})?|(?:on |this |last |next )?{_WEEKDAY})"
    r",? ?[(\[–—-]? ?(?:on )?(?:the )?$",
    re.IGNORECASE,
)
_AFTER = re.compile(r"[)\]]?,? ?[(\[–—-]? ?(?P<word>today|yesterday|tomorrow)\b", re.IGNORECASE)
_STEPS = {  # days from what is meant to the day of the article
    **dict.fromkeys(("today", "tonight", "this morning", "this afternoon", "this evening"), 0),
    **{"yesterday": 1, "tomorrow": -1},
}


class KnownDay(NamedTuple):
    """A day of publication (ISO 8601), None where there is none, and how it is known."""

    day: str | None
    basis: str | None


class _Mention(NamedTuple):
    """A full date that the article puts beside a word of its present ("" for a weekday)."""

    day: date
    word: str
    quote: str
    in_lead: bool


def day_of_article(stated: KnownDay, title: str, text: str) -> KnownDay:
    """The day that is `stated`, or what is to be believed in its place where `text` contradicts.

    A better day is given only where the article says which day is "today".
    """
    day = _whole_day(stated)
    if day is None:
        return stated
    mentions = [each for each in _mentions(text) if each.in_lead or each.word in _STEPS]
    if _agrees(day, mentions):
        return stated
    if better := _present(mentions):
        return better
    if mentions or _event_elsewhere(day, f"{title}\n{text[:_LEAD]}"):
        return KnownDay(None, None)
    return stated


def day_of_record(stated: KnownDay, text: str) -> KnownDay:
    """The day that the metadata of a page state, unless the lead of `text` puts "today" elsewhere.

    An article on the past has a weekday beside a full date as well, so that does not count.
    """
    day = _whole_day(stated)
    mentions = list(_mentions(text))
    if day is None or _agrees(day, mentions):
        return stated
    return _present([each for each in mentions if each.in_lead]) or stated


def _whole_day(stated: KnownDay) -> date | None:
    try:
        return date.fromisoformat(stated.day or "")
    except ValueError:
        return None


def _agrees(day: date, mentions: Sequence[_Mention]) -> bool:
    return any(abs(each.day - day) <= timedelta(MOST_APART) for each in mentions)


def _present(mentions: Sequence[_Mention]) -> KnownDay | None:
    """The day of the article by the first mention that tells it."""
    for each in mentions:
        if each.word in _STEPS:
            day = each.day + timedelta(_STEPS[each.word])
            return KnownDay(day.isoformat(), f"inferred: the article says '{each.quote}'")
    return None


def _mentions(text: str) -> Iterator[_Mention]:
    for written in find_dates(text):
        if len(written.iso) < 10:
            continue
        before = _NEAR.search(text, max(0, written.start - 40), written.start)
        after = _AFTER.match(text, written.end)
        match = before or after
        if match:
            start, end = min(match.start(), written.start), max(match.end(), written.end)
            word = (match["word"] or "").lower()
            quote = shorten(" ".join(text[start:end].split()))
            yield _Mention(date.fromisoformat(written.iso), word, quote, written.start < _LEAD)


@cache
def _events() -> tuple[tuple[re.Pattern[str], str], ...]:
    file = Path(__file__).with_name("data") / "annual_events.toml"
    listed = tomllib.loads(file.read_text(encoding="utf-8"))["events"]
    return tuple((re.compile(pattern, re.IGNORECASE), day) for pattern, day in listed.items())


def _event_elsewhere(day: date, text: str) -> bool:
    """Whether `text` tells of an event of the day that falls in another part of the year."""
    for pattern, month_and_day in _events():
        if pattern.search(text):
            month, number = map(int, month_and_day.split("-"))
            near = (abs(date(day.year + step, month, number) - day) for step in (-1, 0, 1))
            if min(near) > timedelta(MOST_APART):
                return True
    return False

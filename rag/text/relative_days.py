"""The days that a text means by "on Friday" or "yesterday", from the day it was published.

    resolve_days(text, published)  ->  `DayMention`s: where it stands, and the day it means

In:  a text; ISO 8601 day of publication, or None.
Out: mentions in the order of the text; none where the day of publication is not known.
Left to others: weeks, months and years without a day ("last month": `rag.text.date_mentions`).
Pure functions.

News calls the days of the week before and the day itself by their names alone; in a sentence about
the future ("will", "next Friday") the name is that of the first such day afterwards.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = ("a", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
AMOUNT = rf"(?:\d{{1,3}}|{'|'.join(reversed(_NUMBERS))})"  # a pattern: "3", "three", "a"
_MENTION = re.compile(
    r"\b(?:(?P<which>last|next|this|coming) )?"
    r"(?P<day>Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
    r"|\b(?P<word>the day before yesterday|yesterday|today|tonight|tomorrow|last night|"
    r"this (?:morning|afternoon|evening))\b"
    rf"|\b(?P<count>{AMOUNT}) days? ago\b",
    re.IGNORECASE,
)
_DATED = re.compile(r"\W{1,2}(?:the )?\d{1,2}\b|\W{1,2}[A-Z][a-z]{2,8}\.? \d{1,2}\b")
_FUTURE = re.compile(
    r"\b(?:will|shall|is to|are to|due|plans? to|going to|wird|werden"
    r"|(?:re)?opens|starts|begins|resumes|expires|takes place|stays|remains)\b",  # a schedule
    re.IGNORECASE,
)
_STEPS = {
    **{"the day before yesterday": -2, "yesterday": -1, "last night": -1, "today": 0},
    **{"tonight": 0, "this morning": 0, "this afternoon": 0, "this evening": 0, "tomorrow": 1},
}
_CLAUSE = 80  # characters before a mention that may say that it is about the future


class DayMention(NamedTuple):
    """`text[start:end]` means `day`."""

    start: int
    end: int
    day: date


def resolve_days(text: str, published: str | None) -> list[DayMention]:
    """The days that `text`, published on the day `published`, names without a date."""
    try:
        base = date.fromisoformat(published or "")
    except ValueError:
        return []
    mentions = []
    for match in _MENTION.finditer(text):
        if _DATED.match(text, match.end()):  # "Friday, 19 April": it says so itself
            continue
        try:
            day = _meant_day(match, text, base)
        except OverflowError:  # before the year 1, or after 9999
            continue
        mentions.append(DayMention(*match.span(), day))
    return mentions


def _meant_day(match: re.Match[str], text: str, base: date) -> date:
    if match["count"]:
        return base - timedelta(days=amount(match["count"]))
    if match["word"]:
        return base + timedelta(days=_STEPS[match["word"].lower()])
    return _named_day(match, text, base)


def amount(words: str) -> int:
    """The number that `AMOUNT` matched: 3 for "three", 1 for "a"."""
    lower = words.lower()
    return max(1, _NUMBERS.index(lower)) if lower in _NUMBERS else int(lower)


def is_about_the_future(text: str, start: int) -> bool:
    """Whether what stands before `start` in its sentence says that it is still to come."""
    return _FUTURE.search(text[max(0, start - _CLAUSE) : start].rpartition(". ")[2]) is not None


def _named_day(match: re.Match[str], text: str, base: date) -> date:
    number = _DAYS.index(f"{match['day'].lower()}day")
    which = (match["which"] or "").lower()
    is_future = which != "last" and is_about_the_future(text, match.start())
    if which in ("next", "coming") or is_future:
        return base + timedelta(days=(number - base.weekday() - 1) % 7 + 1)
    back = (base.weekday() - number) % 7
    if which == "last" and back == 0:
        back = 7
    return base - timedelta(days=back)

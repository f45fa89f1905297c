"""The days that a text means by "on Friday" or "yesterday", from the day it was published.

    resolve_days(text, published)  ->  `DayMention`s: where it stands, and the day it means

In:  a text; ISO 8601 day of publication, or None.
Out: mentions in the order of the text; none where the day of publication is not known.
Left to others: months and years without a day ("last month": `rag.text.dates`). Pure functions.

News calls the days of the week before and the day itself by their names alone; in a sentence about
the future ("will", "next Friday") the name is that of the first such day afterwards.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MENTION = re.compile(
    r"\b(?:(?P<which>last|next|this|coming) )?"
    r"(?P<day>Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
    r"|\b(?P<word>yesterday|today|tonight|tomorrow)\b",
    re.IGNORECASE,
)
_DATED = re.compile(r"\W{1,2}(?:the )?\d{1,2}\b|\W{1,2}[A-Z][a-z]{2,8}\.? \d{1,2}\b")
_FUTURE = re.compile(
    r"\b(?:will|shall|is to|are to|due|plans? to|going to|wird|werden)\b", re.IGNORECASE
)
_STEPS = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}


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
        if match["word"]:
            day = base + timedelta(days=_STEPS[match["word"].lower()])
        else:
            day = _named_day(match, text, base)
        mentions.append(DayMention(*match.span(), day))
    return mentions


def _named_day(match: re.Match[str], text: str, base: date) -> date:
    number = _DAYS.index(f"{match['day'].lower()}day")
    which = (match["which"] or "").lower()
    sentence = text[max(0, match.start() - 80) : match.start()].rpartition(". ")[2]
    if which in ("next", "coming") or (which != "last" and _FUTURE.search(sentence)):
        return base + timedelta(days=(number - base.weekday() - 1) % 7 + 1)
    back = (base.weekday() - number) % 7
    if which == "last" and back == 0:
        back = 7
    return base - timedelta(days=back)

"""The dates that a text means without writing them out: "on Friday", "last month", "4 March".

    resolve_mentions(text, published)      ->  `DateMention`s: where, and the date in full
    mention_at(text, start, end, ...)      ->  the one that some words of the text are part of

In:  a text; ISO 8601 day, month or year of publication, or None.
Out: mentions in the order of the text; none that the day of publication does not settle ("two days
     later" counts from something else, and "on Friday" needs a day).
Left to others: days (`rag.text.dates.relative`), months and years (`rag.text.dates.forms`). Pure
functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from rag.text.dates.forms import MONTH, date_range, format_date, month_number
from rag.text.dates.partial import PartialDate
from rag.text.dates.relative import AMOUNT, amount, is_about_the_future, resolve_days

_YEAR = r"(?:1\d|20)\d\d"
_ORDINAL = r"(?:st|nd|rd|th)?"
_WEEK = re.compile(
    rf"\b(?:(?P<which>last|this|next|coming|past) week|(?P<count>{AMOUNT}) weeks? ago)\b", re.I
)
_AGO = re.compile(rf"\b(?P<count>{AMOUNT}) (?P<unit>month|year)s? ago\b", re.I)
_UNIT = re.compile(r"\b(?P<which>last|this|next|past|previous) (?P<unit>month|year)\b", re.I)
_DAY_AND_MONTH = re.compile(
    rf"\b(?P<day>\d{{1,2}}){_ORDINAL}(?: of)? (?P<month>{MONTH})(?!\.?,? (?:of )?{_YEAR})"
    rf"|\b(?P<month_before>{MONTH})\.? (?P<day_after>\d{{1,2}}){_ORDINAL}\b(?!,? {_YEAR}|[.,:]\d)"
)
_MONTH_ALONE = re.compile(
    rf"\b(?:(?P<which>last|this|next|past|coming) )?(?P<month>{MONTH})"
    rf"(?!\.?,? (?:of )?{_YEAR}|\.? \d{{1,2}}\b)"
    r"(?P<year> (?:last|this|next) year)?"
)
_STEP = {"last": -1, "past": -1, "previous": -1, "this": 0, "next": 1, "coming": 1}


class DateMention(NamedTuple):
    """`text[start:end]` means `words` ("Friday, 19 April 2024"); `date` is None for a week."""

    start: int
    end: int
    words: str
    date: PartialDate | None


def resolve_mentions(text: str, published: str | None) -> list[DateMention]:
    """The dates that `text` means by the date of its publication."""
    days = date_range(published or "")
    if days is None or published is None:
        return []
    mentions = [
        DateMention(start, end, f"{day:%A}, {format_date(day.isoformat())}", _whole(day))
        for start, end, day in resolve_days(text, published)
    ]
    mentions += _weeks(text, published)
    if len(published) >= len("2024-04"):
        mentions += [*_days_of_months(text, days[0]), *_months(text, days[0])]
    mentions += _years(text, days[0].year)
    by_place = sorted(mentions, key=lambda each: (each.start, -each.end))
    return [
        each
        for n, each in enumerate(by_place)
        if not any(other.start <= each.start < other.end for other in by_place[:n])
    ]


def mention_at(text: str, start: int, end: int, published: str | None) -> DateMention | None:
    """The mention in `text` that overlaps with `text[start:end]`, the first of several."""
    mentions = resolve_mentions(text, published)
    return next((each for each in mentions if each.start < end and start < each.end), None)


def _weeks(text: str, published: str) -> Iterator[DateMention]:
    """ "Last week" as the week of its Monday."""
    try:
        day = date.fromisoformat(published[:10])
    except ValueError:
        return
    for match in _WEEK.finditer(text):
        weeks = _STEP[match["which"].lower()] if match["which"] else -amount(match["count"])
        try:
            monday = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
        except OverflowError:  # before the year 1, or after 9999
            continue
        words = f"the week of {format_date(monday.isoformat())}"
        yield DateMention(*match.span(), words, None)


def _days_of_months(text: str, base: date) -> Iterator[DateMention]:
    """ "4 March", in the year that is meant."""
    for match in _DAY_AND_MONTH.finditer(text):
        month = month_number(match["month"] or match["month_before"])
        number = int(match["day"] or match["day_after"])
        year = _year_of(text, match.start(), month, base)
        try:
            day = date(year, month, number)
        except ValueError:
            continue
        yield DateMention(*match.span(), format_date(day.isoformat()), _whole(day))


def _months(text: str, base: date) -> Iterator[DateMention]:
    """ "In March", "last June", "last month", "three months ago"."""
    for match in _MONTH_ALONE.finditer(text):
        month = month_number(match["month"])
        which = (match["which"] or "").lower()
        if match["year"]:
            year = base.year + _STEP[match["year"].split()[0]]
        elif which in ("next", "coming"):
            year = base.year + (month <= base.month)
        elif which in ("last", "past"):
            year = base.year - (month >= base.month)
        else:
            year = base.year if which else _year_of(text, match.start(), month, base)
        yield _month_mention(match, year, month)
    for match in (*_UNIT.finditer(text), *_AGO.finditer(text)):
        if match["unit"].lower() == "month":
            years, index = divmod(base.month - 1 + _step(match), 12)
            yield _month_mention(match, base.year + years, index + 1)


def _years(text: str, year: int) -> Iterator[DateMention]:
    """ "Last year", "five years ago"."""
    for match in (*_UNIT.finditer(text), *_AGO.finditer(text)):
        if match["unit"].lower() == "year":
            meant = year + _step(match)
            yield DateMention(*match.span(), str(meant), PartialDate(meant))


def _step(match: re.Match[str]) -> int:
    groups = match.groupdict()
    return -amount(groups["count"]) if "count" in groups else _STEP[groups["which"].lower()]


def _year_of(text: str, start: int, month: int, base: date) -> int:
    """The year of a month: the latest up to publication, or the next in a sentence about it."""
    if is_about_the_future(text, start):
        return base.year + (month < base.month)
    return base.year - (month > base.month)


def _month_mention(match: re.Match[str], year: int, month: int) -> DateMention:
    return DateMention(
        *match.span(), format_date(f"{year:04}-{month:02}"), PartialDate(year, month)
    )


def _whole(day: date) -> PartialDate:
    return PartialDate(day.year, day.month, day.day)

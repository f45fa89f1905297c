"""What "latest" and "last week" mean in a question: read against the articles, not the clock.

In:  a question; a way to learn the ISO 8601 date of the newest article.
Out: `TimeIntent`: which articles come first, and a line that says how the question was read.
Left to others: where the dates stand (`rag.index`), the ranking they join (`rag.retrieval.search`).

An archive ends on some day; what is the latest in it was so on that day. A period is a preference:
passages from outside of it stay, behind, since an article of June may well tell of May.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rag.text.dates import MONTH, MONTHS, date_range, format_date

_LATEST = re.compile(r"\b(?:latest|newest|most recent(?:ly)?|currently|nowadays|right now)\b", re.I)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_LONG = 300 * 365  # days; before that there are no news
_SINCE = re.compile(
    rf"\bsince (?:last |early |mid-|late )?(?P<month>{MONTH})(?!\.?,? (?:\d|of \d))"
)
_PAST = re.compile(
    r"\b(?:(?:in|over|during|within) the )?(?:last|past)(?: (?P<count>\d{1,3}|"
    rf"{'|'.join(_NUMBERS)}))? (?P<unit>day|week|month|year)s?\b",
    re.I,
)
_THIS = re.compile(r"\b(?:(?<!even )today|yesterday|this (?P<this>week|month|year))\b", re.I)
_FORMS = (_SINCE, _PAST, _THIS, _LATEST)


@dataclass(frozen=True, slots=True)
class TimeIntent:
    """The days that a question means, both included; `words` are its own for them.

    Without `since` no period is meant, but the newest first.
    """

    words: str
    newest: str
    since: date | None = None

    def order(self, published: Sequence[str | None]) -> list[int]:
        """Places of `published`, articles' dates from the best passage on, preferred ones first.

        What does not belong to the period is left out.
        """
        known = [(n, span) for n, each in enumerate(published) if (span := date_range(each or ""))]
        if self.since is None:
            return [n for n, _ in sorted(known, key=lambda each: each[1][1], reverse=True)]
        return [n for n, (_, last) in known if last >= self.since]

    def describe(self, published: Sequence[str | None]) -> str:
        """How the question was read; `published` are the dates of the articles that were found."""
        if self.since is None:
            newest = max(filter(None, published), default=None)
            return f"Newest article on this: {format_date(newest)}." if newest else ""
        return (
            f"“{self.words}” is read as {format_date(self.since.isoformat())} and after: the newest "
            f"article here is of {format_date(self.newest)}."
        )


def parse_time_intent(question: str, newest: Callable[[], str | None]) -> TimeIntent | None:
    """The period that `question` names by its distance from now; None where it names none.

    `newest`, asked only then, is the date of the newest article: "now" is that day. "Last week"
    is the seven days up to it, "last year" begins with the year before its own, "since June" with
    the latest June.
    """
    found = next(filter(None, (each.search(question) for each in _FORMS)), None)
    day = newest() if found else None
    span = date_range(day or "")
    if found is None or day is None or span is None:
        return None
    return TimeIntent(found[0], day, _first_day(found, span[1]))


def _first_day(found: re.Match[str], now: date) -> date | None:
    told = found.groupdict()
    if name := told.get("month"):
        month = next(n for n, each in enumerate(MONTHS, 1) if each.startswith(name[:3]))
        return date(now.year - (month > now.month), month, 1)
    if unit := told.get("unit"):
        return _past(unit.lower(), (told["count"] or "").lower(), now)
    if "this" in told:
        return _begun(told["this"], now)
    return None


def _past(unit: str, count: str, now: date) -> date:
    """The first day of "the past three weeks", or of "last month": that is the one before."""
    if not count and unit in ("month", "year"):
        return _begun(unit, _begun(unit, now) - timedelta(days=1))
    number = _NUMBERS.index(count) + 1 if count in _NUMBERS else int(count or 1)
    return now - timedelta(days=min(number * _DAYS[unit], _LONG))


def _begun(unit: str | None, now: date) -> date:
    """The first day of this week, month or year; without one, yesterday."""
    if unit is None:
        return now - timedelta(days=1)
    if unit.lower() == "week":
        return now - timedelta(days=now.weekday())
    return now.replace(day=1, month=now.month if unit.lower() == "month" else 1)

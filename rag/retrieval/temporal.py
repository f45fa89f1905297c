"""What "latest" and "last week" mean in a question: counted from the newest article, not the clock.

In:  a question; the ISO 8601 date of the newest article.
Out: `TimeIntent`, parsed from the wording alone; resolved against an index, `TimePreference`:
     which articles are preferred, and a sentence that says how the question was interpreted.
Left to others: the dates of articles (`rag.index`), the ranking that the preference joins
(`rag.retrieval.search`).

An archive ends on some day, and "latest" means the latest in it. A period is a preference, not a
filter: passages from outside it rank behind, since an article of June may well report on May.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from rag.text.dates.forms import MONTH, MONTHS, date_range, format_date

TimeKind = Literal["since", "past", "this", "latest"]

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_MAX_DAYS = 300 * 365  # there is no earlier news
_SINCE_MONTH = re.compile(
    rf"\bsince (?:last |early |mid-|late )?(?P<month>{MONTH})(?!\.?,? (?:\d|of \d))"
)
_PAST = re.compile(
    r"\b(?:(?:in|over|during|within) the )?(?:last|past)(?: (?P<count>\d{1,3}|"
    rf"{'|'.join(_NUMBERS)}))? (?P<unit>day|week|month|year)s?\b",
    re.I,
)
_THIS = re.compile(r"\b(?:(?<!even )today|yesterday|this (?P<unit>week|month|year))\b", re.I)
_LATEST = re.compile(
    r"\b(?:latest|newest|most recent(?:ly)?|currently|(?<=\bthe )current(?= [a-z])|nowadays|"
    r"at present|presently|at the moment|these days|as things stand|at last report|so far|"
    r"(?<!up )to date|right now|now(?=\W*$))\b",
    re.I,
)
_FRAME_OF_LATEST = re.compile(
    r",? ?\b(?:(?:in|by|according to|going by|as of) the (?:latest|newest|most recent|last) "
    r"(?:\w+ )?(?:available|count|figures?|known|numbers?|reported|reports?|tally)"
    r"|in the (?:latest|most recent) year"
    rf"|{_LATEST.pattern})",
    re.I,
)
_LEAST_WORDS = 3  # of a question without them
_STATE_OF_TODAY = re.compile(  # "Who is the mayor today?", not "What happened today?"
    r"^(?:who|what|which|where|how \w+)\b(?:(?!\b(?:was|were|did|happened)\b).)*"
    r"\b(?:is|are|has|have|leads?|runs?|holds?)\b(?:(?!\b(?:was|were|did)\b).)*(?<!even )"
    r"\btoday(?=\W*$)",
    re.I,
)
_FORMS: tuple[tuple[TimeKind, re.Pattern[str]], ...] = (
    ("latest", _STATE_OF_TODAY),
    ("since", _SINCE_MONTH),
    ("past", _PAST),
    ("this", _THIS),
    ("latest", _LATEST),
)


@dataclass(frozen=True, slots=True)
class TimeIntent:
    """A time that a question names by its distance from now; `words` are the question's own.

    since   "since June": `month` is its name
    past    "the past three weeks": `count` (may be empty) and `unit`
    this    "this month"; without `unit`, "today" or "yesterday"
    latest  the newest first
    """

    words: str
    kind: TimeKind
    month: str = ""
    unit: str = ""
    count: str = ""

    def resolve(self, newest: str | None) -> TimePreference | None:
        """The preference where the newest article has the date `newest`; None without a date.

        "Now" is that day: "last week" is the seven days up to it, "last year" begins with the year
        before its own, "since June" with the latest June.
        """
        days = date_range(newest or "")
        if newest is None or days is None:
            return None
        return TimePreference(self.words, newest, self._first_day(days[1]))

    def _first_day(self, now: date) -> date | None:
        if self.kind == "since":
            month = next(n for n, each in enumerate(MONTHS, 1) if each.startswith(self.month[:3]))
            return date(now.year - (month > now.month), month, 1)
        if self.kind == "past":
            return _first_past_day(self.unit, self.count, now)
        if self.kind == "this":
            return _first_day_of(self.unit, now) if self.unit else now - timedelta(days=1)
        return None


@dataclass(frozen=True, slots=True)
class TimePreference:
    """Articles of the day `since` or later are preferred; without `since`, the newest are.

    `words` are the question's own for that, `newest` is the date of the index's newest article.
    """

    words: str
    newest: str
    since: date | None = None

    def order(self, published: Sequence[str | None]) -> list[int]:
        """Positions in `published` (dates of ranked passages' articles), preferred ones first.

        Those that are not preferred are left out.
        """
        dated = [(n, days) for n, each in enumerate(published) if (days := date_range(each or ""))]
        if self.since is None:
            return [n for n, _ in sorted(dated, key=lambda each: each[1][1], reverse=True)]
        return [n for n, (_, last) in dated if last >= self.since]

    def describe(self, published: Sequence[str | None]) -> str:
        """How the question was interpreted; `published` are the dates of the retrieved articles."""
        if self.since is None:
            newest = max(filter(None, published), default=None)
            return f"Newest article on this: {format_date(newest)}." if newest else ""
        since = format_date(self.since.isoformat())
        return (
            f"“{self.words}” is read as {since} and after: the newest article here is of "
            f"{format_date(self.newest)}."
        )


def parse_time_intent(question: str) -> TimeIntent | None:
    """The time that `question` names by its distance from now; None where it names none."""
    for kind, form in _FORMS:
        if match := form.search(question):
            groups = match.groupdict(default="")
            return TimeIntent(
                match[0],
                kind,
                month=groups.get("month", ""),
                unit=groups.get("unit", "").lower(),
                count=groups.get("count", "").lower(),
            )
    return None


def without_latest(question: str) -> str | None:
    """`question` without the words that ask for the newest; None where it has none.

    What is left asks for the same of whatever article: "How many are ill?" of "How many are ill
    at the moment?".
    """
    rest, count = _FRAME_OF_LATEST.subn(" ", question)
    rest = re.sub(r"\s+(?=[,?.])", "", " ".join(rest.split()))
    return rest if count and len(rest.split()) >= _LEAST_WORDS else None


def _first_past_day(unit: str, count: str, now: date) -> date:
    """The first day of "the past three weeks"; "last month" is the calendar month before."""
    if not count and unit in ("month", "year"):
        return _first_day_of(unit, _first_day_of(unit, now) - timedelta(days=1))
    number = _NUMBERS.index(count) + 1 if count in _NUMBERS else int(count or 1)
    return now - timedelta(days=min(number * _UNIT_DAYS[unit], _MAX_DAYS))


def _first_day_of(unit: str, day: date) -> date:
    """The first day of the week, month or year that `day` belongs to."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1, month=day.month if unit == "month" else 1)

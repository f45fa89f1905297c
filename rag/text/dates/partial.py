"""Dates as far as a text states them: "June", "3 June", "Oct. 2021", and whether two agree.

    stated_date(text)  ->  the only date in a short text, or None
    one.agrees(other)  ->  whether both can be the same day

In:  a short text, such as the words that answer a question. Out: a `PartialDate`. Left to others:
dates that count from a day of publication (`rag.text.dates.relative`). Pure functions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.text.dates.forms import MONTH, month_number

_YEAR = r"(?P<year>1[0-9]\d\d|20\d\d)"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_NAME = rf"(?P<month>{MONTH})\.?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"\b(?P<year>1[0-9]\d\d|20\d\d)-(?P<number>0[1-9]|1[0-2])-(?P<day>3[01]|[12]\d|0[1-9])\b",
        rf"\b{_DAY} (?:of )?{_NAME}(?:,? (?:of )?{_YEAR}\b)?",
        rf"\b{_NAME} {_DAY}\b(?:,? (?:of )?{_YEAR}\b)?",
        rf"\b{_NAME}(?:,? (?:of )?{_YEAR}\b)?",
        rf"\b{_YEAR}\b",
    )
)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which a text may state the year, the month (1 to 12) or the day alone."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    @property
    def known(self) -> int:
        """How many of year, month and day are stated, 1 to 3."""
        return sum(each is not None for each in (self.year, self.month, self.day))

    def agrees(self, other: PartialDate) -> bool:
        """Whether both may be one date: what both state is equal, and both state something."""
        pairs = [
            (self.year, other.year), (self.month, other.month), (self.day, other.day)
        ]  # fmt: skip
        both = [(a, b) for a, b in pairs if a is not None and b is not None]
        return bool(both) and all(a == b for a, b in both)

    def narrows(self, other: PartialDate) -> bool:
        """Whether it agrees with `other` and states more of the date."""
        return self.agrees(other) and self.known > other.known


def stated_date(text: str) -> PartialDate | None:
    """The date that `text` states; None where it states none, or several that do not agree."""
    dates: list[PartialDate] = []
    rest = text
    for form in _FORMS:
        dates += [_date(match) for match in form.finditer(rest)]
        rest = form.sub(lambda match: " " * len(match[0]), rest)
    if not dates or not all(each.agrees(dates[0]) for each in dates):
        return None
    return max(dates, key=lambda each: each.known)


def _date(match: re.Match[str]) -> PartialDate:
    parts = match.groupdict()
    month = parts.get("number") or (parts.get("month") and month_number(parts["month"]))
    year, day = parts.get("year"), parts.get("day")
    return PartialDate(
        int(year) if year else None, int(month) if month else None, int(day) if day else None
    )

"""Days of publication that a question states: "in 2021", "since May 2024", "from A to B".

In:  a match of `PERIOD`.
Out: a `SearchFilter` of the days; false where they are none.
Left to others: times such as "last week" (`rag.retrieval.temporal`).
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.text.dates.forms import DATE_PATTERN, date_range, parse_date

PERIOD = re.compile(
    r"\b(?:"
    rf"(?:between|from) (?P<first>{DATE_PATTERN}) (?:and|to|until|till) (?P<last>{DATE_PATTERN})"
    r"|(?P<bound>in|from|on|of|during|since|after|before|until|up to)(?: the year)?"
    rf" (?P<date>{DATE_PATTERN})"
    r")(?!\w)",
    re.I,
)


def period_of(match: re.Match[str]) -> SearchFilter:
    """The days that a match of `PERIOD` means; false for none."""
    if match["first"]:
        return _between(match["first"], match["last"])
    return period(match["bound"].lower(), match["date"])


def period(bound: str, text: str) -> SearchFilter:
    """The days that "in 2021", "since May 2024", "before 14 May 2024" mean; false for none."""
    iso = parse_date(text)
    days = date_range(iso or "")
    if iso is None or days is None:
        return NO_FILTER
    if bound == "since":
        return SearchFilter(since=iso)
    if bound in ("until", "up to"):
        return SearchFilter(until=iso)
    if bound == "after":
        return SearchFilter(since=_shifted(days[1], 1))
    if bound == "before":
        return SearchFilter(until=_shifted(days[0], -1))
    return SearchFilter(since=iso, until=iso)


def _shifted(day: date, days: int) -> str:
    return (day + timedelta(days=days)).isoformat()


def _between(first: str, last: str) -> SearchFilter:
    """The days from `first` to `last`; false where either is no date, or they are in disorder."""
    since, until = parse_date(first), parse_date(last)
    days, end = date_range(since or ""), date_range(until or "")
    if since is None or until is None or days is None or end is None or days[0] > end[1]:
        return NO_FILTER
    return SearchFilter(since, until)

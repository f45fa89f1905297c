"""Dates as records have them, as people write them, and as a text means them.

In:  ISO 8601 days, months or years; text and when it was published.
Out: first and last day of such a date; the same in words; the months and years that a text means
     by "last June", written out.
Left to others: finding when an article was published (`rag.ingest.metadata`).
"""

from __future__ import annotations

import calendar
import re
from datetime import date

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
MONTH = (  # in full or short; its first three letters tell which
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b"
)
_MONTH = re.compile(
    rf"\b(?:(?P<which>last|this|next|past|coming) )?(?P<month>{MONTH})\.?"
    r"(?P<stated>,? (?:\d{1,2}(?:st|nd|rd|th)?,? )?(?:of )?(?:1\d|20)\d\d)?"
    r"(?P<after> (?:last|this|next) year)?"
)
_RELATIVE = re.compile(r"\b(?P<which>last|this|next|past|previous) (?P<what>year|month)\b", re.I)
_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ].*)?)?)?", re.DOTALL)
_STEP = {"last": -1, "past": -1, "previous": -1, "this": 0, "next": 1, "coming": 1}


def resolve_relative_dates(text: str, published: str | None) -> str:
    """The months and years that `text` means without saying the year, as words: "June 2024".

    A month without a year is the latest one up to the day of publication, "last June" the latest
    before that month, "next June" the first after it. Empty where `published` is not known.
    """
    if not published:
        return ""
    year, *rest = (int(part) for part in published.split("-")[:2])
    month = rest[0] if rest else None
    found = []
    for match in _RELATIVE.finditer(text):
        step = _STEP[match["which"].lower()]
        if match["what"].lower() == "year":
            found.append(str(year + step))
        elif month:
            turn, index = divmod(month - 1 + step, 12)
            found.append(f"{MONTHS[index]} {year + turn}")
    for match in _MONTH.finditer(text):
        if match["stated"]:
            continue
        named = next(n for n, each in enumerate(MONTHS, 1) if each.startswith(match["month"][:3]))
        which = match["which"] or ""
        if match["after"]:
            found.append(f"{MONTHS[named - 1]} {year + _STEP[match['after'].split()[0]]}")
        elif month and _STEP.get(which, -1) == 1:
            found.append(f"{MONTHS[named - 1]} {year + (named <= month)}")
        elif month and which == "this":
            found.append(f"{MONTHS[named - 1]} {year}")
        elif month:
            before = named < month if which in ("last", "past") else named <= month
            found.append(f"{MONTHS[named - 1]} {year - (not before)}")
    return ", ".join(dict.fromkeys(found))


def date_range(text: str) -> tuple[date, date] | None:
    """First and last day of an ISO 8601 day, month or year; None where it is none."""
    found = _ISO.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        if year is None:
            return None
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        if day is None:
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        return date(year, month, day), date(year, month, day)
    except (ValueError, calendar.IllegalMonthError):
        return None


def format_date(text: str) -> str:
    """An ISO 8601 date as people write it, to the precision it has; anything else as it is."""
    found = _ISO.fullmatch(text)
    if date_range(text) is None or found is None:
        return text
    year, month, day = found.groups()
    parts = [str(int(day))] if day else []
    return " ".join([*parts, *([MONTHS[int(month) - 1]] if month else []), year])

"""Dates: the month table, ISO 8601 dates as ranges and in words, and relative dates resolved.

In:  ISO 8601 days, months or years; dates as people write them; a text and when it was published.
Out: a date as ISO 8601; the first and last day of a date; a date as people write it; the months
     and years that a text means by "last June" or "this year", written out.
Left to others: finding when an article was published (`rag.ingest.metadata`). Pure functions.
"""

from __future__ import annotations

import calendar
import re
from datetime import date

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
MONTH_ABBREVIATIONS = (
    *("Jan", "Feb", "Mar", "Apr", "Jun", "Jul"),
    *("Aug", "Sept", "Sep", "Oct", "Nov", "Dec"),
)
# patterns: a month in full or short (its first three letters identify it); a day of the week; and,
# for matching without regard to case, anything that begins like a month
MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b"
)
WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
MONTH_PREFIX = rf"(?:{'|'.join(month[:3].lower() for month in MONTHS)})"
_MENTION = re.compile(
    rf"\b(?:(?P<which>last|this|next|past|coming) )?(?P<month>{MONTH})\.?"
    r"(?P<year>,? (?:\d{1,2}(?:st|nd|rd|th)?,? )?(?:of )?(?:1\d|20)\d\d)?"
    r"(?P<relative_year> (?:last|this|next) year)?"
)
_ORDINAL = r"(?:st|nd|rd|th)?"
_YEAR = r"(?:1\d|20)\d\d"
DATE_PATTERN = (  # a day, a month or a year; without groups
    rf"(?:(?:the )?\d{{1,2}}{_ORDINAL}(?: of)? {MONTH}\.?,? {_YEAR}"
    rf"|{MONTH}\.? (?:\d{{1,2}}{_ORDINAL},? )?(?:of )?{_YEAR}|{_YEAR}(?:-\d{{2}}){{0,2}})"
)
_WRITTEN = re.compile(
    rf"(?:(?:the )?(?P<day>\d{{1,2}}){_ORDINAL}(?: of)? )?(?P<month>{MONTH})\.?,? "
    rf"(?:(?P<day_after>\d{{1,2}}){_ORDINAL},? )?(?:of )?(?P<year>{_YEAR})",
    re.I,
)
_RELATIVE = re.compile(r"\b(?P<which>last|this|next|past|previous) (?P<unit>year|month)\b", re.I)
_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ].*)?)?)?", re.DOTALL)
_STEP = {"last": -1, "past": -1, "previous": -1, "this": 0, "next": 1, "coming": 1}


def month_number(word: str) -> int:
    """1 to 12 for the name of a month, in full or short: "Sept" is 9.

    Raises:
        StopIteration: `word` does not begin like a month.
    """
    return next(n for n, month in enumerate(MONTHS, 1) if month.startswith(word[:3]))


def resolve_relative_dates(text: str, published: str | None) -> str:
    """The months and years that `text` means without stating the year: "June 2024, 2023".

    A month without a year is the latest one up to the day of publication, "last June" the latest
    before that month, "next June" the first after it. Empty where `published` (ISO 8601, at least
    a year) is None.
    """
    if not published:
        return ""
    year, *rest = (int(part) for part in published.split("-")[:2])
    month = rest[0] if rest else None
    dates = []
    for match in _RELATIVE.finditer(text):
        step = _STEP[match["which"].lower()]
        if match["unit"].lower() == "year":
            dates.append(str(year + step))
        elif month:
            years, index = divmod(month - 1 + step, 12)
            dates.append(f"{MONTHS[index]} {year + years}")
    for match in _MENTION.finditer(text):
        if match["year"]:
            continue
        number = month_number(match["month"])
        name = MONTHS[number - 1]
        which = match["which"] or ""
        if match["relative_year"]:
            dates.append(f"{name} {year + _STEP[match['relative_year'].split()[0]]}")
        elif month and _STEP.get(which, -1) == 1:
            dates.append(f"{name} {year + (number <= month)}")
        elif month and which == "this":
            dates.append(f"{name} {year}")
        elif month:
            this_year = number < month if which in ("last", "past") else number <= month
            dates.append(f"{name} {year - (not this_year)}")
    return ", ".join(dict.fromkeys(dates))


def parse_date(text: str) -> str | None:
    """The ISO 8601 day, month or year that `text` is: "14 May 2024", "May 2024", "2024".

    None where it is anything else, or where it may be read in two ways ("4/5/2024").
    """
    match = _WRITTEN.fullmatch(text.strip(" ,."))
    if match is None:
        return text if date_range(text) else None
    day = match["day"] or match["day_after"] or ""
    iso = f"{match['year']}-{month_number(match['month'].title()):02}"
    iso += f"-{int(day):02}" if day else ""
    return iso if date_range(iso) else None


def date_range(text: str) -> tuple[date, date] | None:
    """First and last day of an ISO 8601 day, month or year; None where `text` is none of these."""
    match = _ISO.fullmatch(text)
    if not match:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
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
    """An ISO 8601 date as people write it, "3 May 2024"; anything else unchanged.

    The precision stays: a month or a year without a day is written without one.
    """
    match = _ISO.fullmatch(text)
    if date_range(text) is None or match is None:
        return text
    year, month, day = match.groups()
    parts = [str(int(day))] if day else []
    return " ".join([*parts, *([MONTHS[int(month) - 1]] if month else []), year])

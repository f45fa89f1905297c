"""Recognize dates on short lines of a page, and the dateline that opens a news article.

    a short line                   ->  is_date_line, stated_day     ISO 8601 day or month
    the first line of an article   ->  dateline, day_of_dateline    "Seoul, Dec 27 (Yonhap) …"

Pure functions. Left to others: which line to look at (`rag.ingest.boilerplate.page_metadata`).
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from rag.ingest.boilerplate.word_lists import alternatives
from rag.ingest.date_forms import (
    days_of_the_week,
    first_day,
    is_weekday,
    looks_dated,
    month_names,
    without_dates,
)
from rag.text.dates.forms import MONTH_PREFIX

_MONTH = rf"{MONTH_PREFIX}[a-z]{{0,6}}\.?"
_DAY, _YEAR = r"\d{1,2}(?:st|nd|rd|th)?", r"(?:19|20)\d{2}(?!\d)"
_LABEL = re.compile(alternatives("date_labels"), re.IGNORECASE)
_CAPITAL = ("day", "tag", "woch", "abend")  # English and German: "Domingo" is a name
_DAY_NAMES = (each.capitalize() if each.endswith(_CAPITAL) else each for each in days_of_the_week())
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(_DAY_NAMES)})\b")
_FOREIGN_MONTH = rf"(?:{'|'.join(map(re.escape, month_names()))})\.?"
_DAY_NAME = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs?)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?"


def _day(number: str) -> str:
    """A day of the month, perhaps behind its weekday and before its year."""
    return (
        rf"(?:(?P<weekday{number}>{_DAY_NAME}),? )?"
        rf"(?P<day{number}>(?i:{_MONTH}) \d{{1,2}}|\d{{1,2}} (?i:{_MONTH})"
        rf"|\d{{1,2}}(?:\.|er|[ºª°])? (?:de )?(?i:{_FOREIGN_MONTH})(?!\w))"
        rf"(?:,?(?: de)? (?P<year{number}>{_YEAR}))?"
    )


_AGENCY = (
    r"(?:(?:dpa|apa|sda|epd|ots|dts)\b[\w.&'’ /-]{0,40}"
    r"|(?!\w+day\))[^\W\d_a-z][\w.&'’ -]{1,40})"
)
_DATELINE = re.compile(
    rf"(?:[(\[](?P<agency3>{_AGENCY})[)\]] )?"
    r"[^\W\d_a-z][\w.'’-]*(?: [^\W\d_a-z][\w.'’-]*){0,3}(?: \[[\w ]{1,20}\])?"  # the place
    r"(?:, ?[^\W\d_a-z][\w.'’ -]{1,30}?)??"  # its country
    rf"(?:,? {_day('1')})?"
    r"(?: [—–-]{1,2}(?= \())?"
    rf"[,:.]? ?(?:[(/\[](?:(?P<agency1>{_AGENCY}?)(?:(?:,| [—–-]) {_day('2')})?"
    rf"|{_day('3')}(?:,| [—–-]) (?P<agency2>{_AGENCY}))[)/\]]\.?|(?=[—–-]))"
    r" ?(?P<dash>[—–:-]{1,2} )?"
)
_YEARS_TRIED = 2  # the latest year that the text mentions, and the next
_LOOKS_BACK = re.compile(  # before a year with which the text compares its own
    r"\b(?:since|before|after|until|till|than in|as in|back in|born in|war of|flood of|act of"
    r"|crisis of|seit|depuis|desde|dal|sedan|siden|od|sinds)"
    r"(?: (?:the )?(?:end of|early|late|spring of|summer of|autumn of))?"
    rf"(?: (?i:{_MONTH}))?(?: \d{{1,2}},?)?\s$",
    re.IGNORECASE,
)
_TO_COME = re.compile(  # before a year that the text looks forward to
    r"\b(?:(?:by|before|until|till|through|no later than|as late as)"
    r"(?: (?:the )?(?:end|spring|summer|autumn|fall|winter|beginning|start)(?: of)?)?"
    rf"(?: (?i:{_MONTH}))?(?: \d{{1,2}},?)?"
    rf"|(?:will|would|shall|is to|are to)\b[^.;!?]{{0,80}}\bin(?: (?i:{_MONTH}))?)\s$"
)


def is_date_line(line: str) -> bool:
    """Whether `line` holds a date with its year and, besides it, only labels and times."""
    if len(line) > 100 or not looks_dated(line):
        return False
    words = re.findall(r"[^\W\d_]+", without_dates(line))
    return all(_LABEL.fullmatch(word) or is_weekday(word) for word in words)


def stated_day(line: str) -> str | None:
    """The first full date (or month and year) on a short line, as ISO 8601.

    None where there is none, or where it is ambiguous: 3/4/2024 is a different day in America.
    """
    return first_day(line)


class Dateline(NamedTuple):
    """What the dateline that opens `line` states, None where it does not; it is `line[:end]`."""

    agency: str | None
    day: str | None
    year: str | None
    weekday: str | None
    line: str
    end: int


def dateline(line: str) -> Dateline | None:
    """The dateline that opens `line`, if one does.

    At least two of agency, day and dash must be there; otherwise "Central News Agency (CNA) said"
    would be one.
    """
    match = _DATELINE.match(line)
    if match is None:
        return None
    group = match.groupdict()

    def stated(name: str) -> str | None:
        return next((each for n in "123" if (each := group.get(f"{name}{n}"))), None)

    opening = Dateline(
        agency=stated("agency"),
        day=stated("day"),
        year=stated("year"),
        weekday=stated("weekday"),
        line=line,
        end=match.end(),
    )
    return opening if sum(map(bool, (opening.agency, opening.day, group["dash"]))) > 1 else None


def day_of_dateline(line: Dateline, text: str) -> tuple[str, str] | None:
    """The day (ISO 8601) that a `dateline` states and how it is known; None where it is unknown.

    If the dateline has no year, it is inferred from its weekday, or the one in the same sentence:
    the first year in which that day falls on that weekday, starting from the latest year that
    `text` mentions as its own present, neither looking forward nor back to it, and the year after.
    """
    if line.day is None:
        return None
    if line.year:
        day = stated_day(f"{line.day}, {line.year}")
        return (day, f"stated: dateline '{line.day}, {line.year}'") if day else None
    rest = line.line[line.end : 1000]
    sentence = re.split(r"[.!?][\"'”’]?\s+(?=[^\W\d_a-z])", rest, maxsplit=1)[0]
    named = _WEEKDAY.search(sentence)
    weekday = line.weekday or (named[0] if named else None)
    years = [
        int(year[0])
        for year in re.finditer(rf"(?<![\w.,-]){_YEAR}(?!\w)", text)
        if not _TO_COME.search(text, max(0, year.start() - 120), year.start())
        and not _LOOKS_BACK.search(text, max(0, year.start() - 60), year.start())
    ]
    if not weekday or not years:
        return None
    number = _number_in_week(weekday)
    for year in range(max(years), max(years) + _YEARS_TRIED):
        day = stated_day(f"{line.day}, {year}")
        if day and date.fromisoformat(day).isoweekday() == number:
            return day, f"inferred: dateline '{line.day}', a {weekday}, not before {max(years)}"
    return None


def _number_in_week(weekday: str) -> int | None:
    """1 to 7 for a weekday in full, or cut short in English."""
    names = days_of_the_week()
    short = {name[:3]: number for name, number in names.items() if name.endswith("day")}
    return names.get(weekday.lower()) or short.get(weekday[:3].lower())

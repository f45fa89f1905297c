"""Recognize dates on short lines of a page, and the dateline that opens a news article.

    a short line                   ->  is_date_line, stated_day     ISO 8601 day or month
    the first line of an article   ->  dateline, day_of_dateline    "Seoul, Dec 27 (Yonhap) …"

Pure functions. Left to others: which line to look at (`rag.ingest.boilerplate.page_metadata`).
"""

from __future__ import annotations

import re
from datetime import date

from rag.ingest.boilerplate.word_lists import alternatives
from rag.ingest.date_forms import first_day, is_weekday, looks_dated, without_dates
from rag.text.dates.forms import MONTH_PREFIX

_MONTH = rf"{MONTH_PREFIX}[a-z]{{0,6}}\.?"
_DAY, _YEAR = r"\d{1,2}(?:st|nd|rd|th)?", r"(?:19|20)\d{2}(?!\d)"
_LABEL = re.compile(alternatives("date_labels"), re.IGNORECASE)
_WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
_DATELINE = re.compile(
    r"[^\W\d_a-z][\w.'’-]*(?: [^\W\d_a-z][\w.'’-]*){0,3}(?: \[[\w ]{1,20}\])?"  # the place
    r"(?:, ?[^\W\d_a-z][\w.'’ -]{1,30}?)??"  # its country
    rf"(?:,? (?P<day>(?i:{_MONTH}) \d{{1,2}}|\d{{1,2}} (?i:{_MONTH}))(?:,? (?P<year>{_YEAR}))?)?"
    r"[,:.]? ?(?:[(/](?!\w+day\))(?P<agency>[^\W\d_a-z][\w.&'’ -]{1,40})[)/]\.?|(?=[—–-]))"
    r" ?(?P<dash>[—–:-]{1,2} )?"
)
_YEARS_TRIED = 7  # the latest year that the text mentions, and six more


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


def dateline(line: str) -> re.Match[str] | None:
    """The dateline that opens `line`, with the groups "agency", "day", "year" and "dash".

    At least two of agency, day and dash must be there; otherwise "Central News Agency (CNA) said"
    would be one.
    """
    match = _DATELINE.match(line)
    return match if match and sum(map(bool, match.group("agency", "day", "dash"))) > 1 else None


def day_of_dateline(line: re.Match[str], text: str) -> tuple[str, str] | None:
    """The day (ISO 8601) that a `dateline` states and how it is known; None where it is unknown.

    If the dateline has no year, it is inferred from the weekday in the same sentence: the first
    year in which that day falls on that weekday, starting from the latest year that `text`
    mentions and up to six years on.
    """
    if line["day"] is None:
        return None
    if line["year"]:
        day = stated_day(f"{line['day']}, {line['year']}")
        return (day, f"stated: dateline '{line['day']}, {line['year']}'") if day else None
    sentence = re.split(r"[.!?][\"'”’]?\s+(?=[^\W\d_a-z])", line.string[:1000], maxsplit=1)[0]
    weekday = _WEEKDAY.search(sentence)
    years = [int(year) for year in re.findall(rf"(?<![\w.,-]){_YEAR}(?!\w)", text)]
    if not weekday or not years:
        return None
    for year in range(max(years), max(years) + _YEARS_TRIED):
        day = stated_day(f"{line['day']}, {year}")
        if day and f"{date.fromisoformat(day):%A}" == weekday[0]:
            basis = f"inferred: dateline '{line['day']}', a {weekday[0]}, not before {max(years)}"
            return day, basis
    return None

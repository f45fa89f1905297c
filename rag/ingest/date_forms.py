"""Dates in the forms and languages in which documents write them.

    find_dates(text)       ->  every date in a text that can be read in one way only, with its place
    without_dates(text)    ->  the text without them
    publication_day(value) ->  the day (month, year) of a metadata field, whatever its form

"3/4/2024" is another day in America and is no date here, nor is one that the calendar does not
have; with dots the day comes first. A time zone is kept right: the day is the one where it was
written. Pure functions. Left to others: which date is that of publication
(`rag.ingest.boilerplate`), relative days (`rag.text.dates.relative`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

_DATA = Path(__file__).with_name("data") / "dates.toml"
_DAY = r"(?P<{0}>\d{{1,2}})(?:st|nd|rd|th|er|ère|[.ºª°]|-?(?:го|е))?"
_LINK = r"(?: (?:(?:of|de|del|di|do|den)[ ./-]|d['’])| ?['’]?[ ./-]?)"
_ROMAN = r"(?P<{0}>(?-i:I{{1,3}}|I?V|VI{{1,3}}|I?X|XI{{1,2}}))"
_WORD = r"(?P<{0}>[^\W\d_]{{3,14}})\.?"
_YEAR = r"(?P<{0}>(?:1[5-9]|20)\d\d)(?![\d])"
_FORMS = re.compile(
    "|".join(
        (
            r"(?<![\w/.-])(?P<y1>(?:1[5-9]|20)\d\d)([-/.])(?P<m1>\d{1,2})\2(?P<d1>\d{1,2})"
            r"(?![\d/-]|\.\d)",
            r"(?<!\d)(?P<y2>(?:1[5-9]|20)\d\d) ?[年년]\s?(?P<m2>\d{1,2}) ?[月월]\s?"
            r"(?P<d2>\d{1,2}) ?[日일]",
            r"(?<![\w/.-])(?P<a3>\d{1,2})(?P<sep>[/.-]) ?(?P<b3>\d{1,2})(?P=sep) ?"
            + _YEAR.format("y3"),
            rf"(?<![\w/.-]){_DAY.format('d9')}(?P<sep9>[./ -]) ?{_ROMAN.format('r9')}(?P=sep9) ?"
            rf"{_YEAR.format('y9')}",
            rf"(?<![\w/.-]){_DAY.format('d4')}{_LINK}{_WORD.format('w4')},?"
            rf"(?: (?:de|del|of))?[ /-]{_YEAR.format('y4')}",
            rf"(?<![\w/.-]){_YEAR.format('y5')}(?:[.,]? |-|/| m\. ?){_WORD.format('w5')}[ /-]"
            rf"{_DAY.format('d5')}(?!\d)",
            rf"(?<![\w/-]){_WORD.format('w6')}[ -](?:the )?{_DAY.format('d6')}(?:[,.]? |-)"
            rf"{_YEAR.format('y6')}",
            rf"(?<![\w/-]){_WORD.format('w8')} {_DAY.format('d8')} \d\d:\d\d(?::\d\d)?"
            rf"(?: [+-]\d{{4}}| [A-Z]{{3,4}})? {_YEAR.format('y8')}",
            rf"(?<![\w/-]){_WORD.format('w7')},?(?: (?:de|del|of))? {_YEAR.format('y7')}",
        )
    ),
    re.IGNORECASE,
)
_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ]\d{2}:?\d{2}.{0,30})?)?)?")
_BY_NUMBER = re.compile(r"(\d{4})-(?:(\d{3})|W(\d\d)-([1-7]))")  # of the day, or of the week
_BASIC = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?\d{2}:?\d{2}(?::?\d{2})?(?:Z|[+-]\d{2}:?\d{2})?)?")
_ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_LATEST_YEAR = 2099
_MOST_WORDS = 8  # beside the date of a field: a weekday, a label, a time zone
_LONGEST = 400  # characters of a text that is looked at for the date of a field


class FoundDate(NamedTuple):
    """A date (ISO 8601: day, or month) and the characters `[start:end]` in which it is written."""

    iso: str
    start: int
    end: int


def find_dates(text: str) -> list[FoundDate]:
    """The dates of `text`, in order; what may be read in two ways is left out."""
    return [
        FoundDate(iso, match.start(), match.end())
        for match in _forms_in(text)
        if (iso := _iso_of(match)) is not None
    ]


def looks_dated(text: str) -> bool:
    """Whether `text` has anything in the form of a date, also one that cannot be told."""
    return next(_forms_in(text), None) is not None


def without_dates(text: str) -> str:
    """`text` with a blank in the place of each date, also of one that cannot be told."""
    parts, end = list[str](), 0
    for match in _forms_in(text):
        parts += [text[end : match.start()], " "]
        end = match.end()
    return "".join([*parts, text[end:]])


def publication_day(value: object) -> str | None:
    """The year, month or day (ISO 8601) that a field of metadata states, else None.

    `value` may be a date, seconds or milliseconds since 1970, ISO 8601 or 20240310, or a date in
    words with a time, a weekday and labels beside it. A prose sentence is none.
    """
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    text = " ".join(str(value).split()) if isinstance(value, str) else f"{value:.0f}"
    match = _ISO.fullmatch(text) or _BASIC.fullmatch(text)
    if match and (day := _checked(*match.groups()[:3])):
        return day
    return (
        _numbered(text) or _since_1970(text) or (_in_words(text) if len(text) <= _LONGEST else None)
    )


def _numbered(text: str) -> str | None:
    """The day of ISO 8601 by its number in the year (2021-068) or by week and weekday."""
    match = _BY_NUMBER.fullmatch(text)
    if match is None:
        return None
    try:
        if match[2]:
            day = datetime.strptime(f"{match[1]} {match[2]}", "%Y %j").date()
        else:
            day = date.fromisocalendar(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        return None
    return _checked(day.year, day.month, day.day)


def _since_1970(text: str) -> str | None:
    """The day (UTC) of a number of seconds or milliseconds since 1970."""
    match = re.fullmatch(r"(-?\d{9,10}|\d{12,13})|/Date\((\d{12,13})[^)]*\)/", text)
    if match is None:
        return None
    number = match[1] or match[2]
    seconds = int(number) / (1000 if len(number) > 10 else 1)
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _in_words(text: str) -> str | None:
    """The only date of a text with few words beside it."""
    days = {each.iso for each in find_dates(text)}
    rest = re.findall(r"[^\W\d_]{2,}", without_dates(text))
    return days.pop() if len(days) == 1 and len(rest) <= _MOST_WORDS else None


def _western_digits(text: str) -> str:
    """`text` with the digits of other scripts as 0 to 9, of the same length."""
    if text.isascii():
        return text
    return re.sub(r"(?![0-9])\d", lambda digit: str(int(digit[0])), text)


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


@cache
def _names() -> tuple[dict[str, int], frozenset[str]]:
    weekdays = (name for name in _lists()["weekdays"].split() if len(name) > 2)
    return _numbered_names("months"), frozenset(weekdays)


def _numbered_names(kind: str) -> dict[str, int]:
    lists = enumerate(_lists()[kind], 1)
    return {name: number for number, names in lists for name in names.split()}


@cache
def days_of_the_week() -> dict[str, int]:
    """The names of weekdays in full and their numbers, 1 for Monday, in some languages."""
    return _numbered_names("days_of_the_week")


def month_names() -> list[str]:
    """The names of months in the languages of the list, in lower case, the longest first."""
    return sorted(_names()[0], key=len, reverse=True)


def is_weekday(word: str) -> bool:
    """Whether `word` is a weekday, in full or short, in one of the languages of the list."""
    return word.lower() in _names()[1]


def month_number(word: str) -> int | None:
    """1 to 12 for a month in one of the languages of the list; None for any other word."""
    return _names()[0].get(word.lower())


def _month_of(match: re.Match[str]) -> int | None:
    word = match["w4"] or match["w5"] or match["w6"] or match["w7"] or match["w8"]
    return month_number(word) if word else None


def _iso_of(match: re.Match[str]) -> str | None:
    group = match.groupdict()
    if year := group["y1"] or group["y2"]:
        return _checked(year, group["m1"] or group["m2"], group["d1"] or group["d2"])
    if group["y3"]:
        first, second = int(group["a3"]), int(group["b3"])
        if group["sep"] == "." or first > 12 or first == second:
            return _checked(group["y3"], second, first)
        return _checked(group["y3"], first, second) if second > 12 else None
    month = _ROMAN_MONTHS.index(group["r9"]) + 1 if group["r9"] else _month_of(match)
    if month is None:
        return None
    year, day = (
        next((group[f"{part}{form}"] for form in forms if group[f"{part}{form}"]), None)
        for part, forms in (("y", "456789"), ("d", "45689"))
    )
    return _checked(year, month, day)


def _checked(year: object, month: object, day: object) -> str | None:
    """The ISO 8601 form of what the calendar has, else None."""
    try:
        whole = date(int(str(year)), int(str(month or 1)), int(str(day or 1)))
    except ValueError:
        return None
    if not 1500 <= whole.year <= _LATEST_YEAR:
        return None
    return whole.isoformat()[: 10 if day else 7 if month else 4]


def first_day(text: str) -> str | None:
    """The first date of a short line; None where it has none or that cannot be told."""
    match = next(_forms_in(text[:200]), None)
    return None if match is None else _iso_of(match)


def _forms_in(text: str) -> Iterator[re.Match[str]]:
    """What has the form of a date in `text`, also what may be two days or is in no calendar."""
    text, at = _western_digits(text), 0
    while match := _FORMS.search(text, at):
        is_date = (
            match["a3"] or match["y1"] or match["y2"] or match["r9"] or _month_of(match) is not None
        )
        if is_date:
            yield match
        at = match.end() if is_date else match.start() + 1

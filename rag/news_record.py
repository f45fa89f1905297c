"""The news record: headline, outlet, author, date and address, as a document states them.

    text of any origin            -> normalise, label    the text kept; a one-line value
    a value of metadata           -> iso_day, web_url    a valid one or None
    a short line of a saved page  -> is_date_line, stated_day, byline, credit, outlet_score, …
    the first line of an article  -> dateline, day_of_dateline    "Seoul, Dec 27 (X) …"

Pure functions over `str`. Left to others: which line of a page to look at (`rag.saved_pages`),
files and their formats (`rag.articles`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Page:
    """One document: its clean text and its record. `title` is "" where none was found."""

    title: str
    text: str
    source: str | None = None
    author: str | None = None
    published: str | None = None
    published_basis: str | None = None
    url: str | None = None


class _Kept(dict[int, int | str | None]):
    """What `str.translate` makes of a character: itself, a line end or nothing."""

    def __missing__(self, code: int) -> int | str | None:
        kept: int | str | None = code
        if chr(code) in "\r\v\f\x85\u2028\u2029":
            kept = "\n"
        elif chr(code) not in "\n\t\u200c\u200d" and unicodedata.category(chr(code))[0] == "C":
            kept = None if unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs"} else code
        self[code] = kept
        return kept


_KEPT = _Kept()
# NFC sorts marks in quadratic time: a pile of 160,000 on one letter takes 25 s.
_PILE = re.compile(r"[^\w\s\x00-\x7f]{40,}")


def _without_marks(pile: re.Match[str]) -> str:
    return "".join(char for char in pile[0] if not unicodedata.combining(char))


def normalise(text: str) -> str:
    """NFC, `\\n` line ends, single spaces, at most one blank line in a row; no control, no format
    characters (but the joiners ZWJ and ZWNJ), nothing at the ends of lines and of the text.
    """
    text = _PILE.sub(_without_marks, text.replace("\r\n", "\n").translate(_KEPT))
    text = re.sub(r"[^\S\n]+", " ", unicodedata.normalize("NFC", text))
    text = "\n".join(line.strip(" ") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def label(value: object, limit: int = 300) -> str | None:
    """`value` as one line of at most `limit` characters; None where it is blank or no text."""
    if not isinstance(value, str):
        return None
    line = " ".join(normalise(value[: 4 * limit]).split())
    return shorten(line, limit) or None


def shorten(line: str, limit: int = 80) -> str:
    """`line` cut at a word with "…" where it is longer than `limit` characters."""
    if len(line) <= limit:
        return line
    return (line[:limit].rpartition(" ")[0] or line[:limit]).rstrip(" ,;:–—-") + "…"


def iso_day(value: object) -> str | None:
    """The year, month or day (ISO 8601) of a date object or an ISO 8601 text, else None."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    text = value.strip() if isinstance(value, str) else str(value) if type(value) is int else ""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.{0,20})?)?)?", text):
        return None
    try:
        datetime.fromisoformat(text + "-01-01"[len(text) - 4 :])  # a bare year or month filled up
    except ValueError:
        return None
    return text[:10]


def web_url(value: object) -> str | None:
    """`value` where it is an http(s) address, else None: an address may become a link."""
    fit = isinstance(value, str) and re.fullmatch(r"https?://[^\s<>\"\x00-\x20]{3,2000}", value)
    return fit[0] if fit else None


_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:19|20)\d{2}(?!\d)"
_DATE = re.compile(
    rf"(?<![\w/.-])(?:{_MONTH} {_DAY},? {_YEAR}|{_DAY}(?: of)?[ -]{_MONTH},?[ -]{_YEAR}"
    rf"|{_MONTH},? {_YEAR}|{_YEAR}-\d\d-\d\d|{_YEAR}/\d\d?/\d\d?|\d\d?([/.-])\d\d?\1{_YEAR})(?!\d)",
    re.IGNORECASE,
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_STAMP_WORDS = re.compile(
    r"(?:first|last|date|time|published|updated|posted|modified|created|publication|issued|on|at"
    r"|and|t|z|h|a|p|m|am|pm|noon|(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|gmt|utc|[ecmp][sd]t|[bijmk]st|cest|cet|eet|msk|hkt|sgt|aes?t|aedt|local|et|pt|hrs?)",
    re.IGNORECASE,
)


def is_date_line(line: str) -> bool:
    """Whether a line holds a date with its year and otherwise labels, weekdays and times alone."""
    if len(line) > 100 or not _DATE.search(line):
        return False
    return all(map(_STAMP_WORDS.fullmatch, re.findall(r"[^\W\d_]+", _DATE.sub(" ", line))))


def stated_day(line: str) -> str | None:
    """The first full date (or month and year) of a short line as ISO 8601; None where there is
    none, or where 3/4/2024 may be two different days.
    """
    found = _DATE.search(line[:200])
    if not found:
        return None
    import dateparser

    strict = {"STRICT_PARSING": True, "DATE_ORDER": "MDY"}
    day = dateparser.parse(found[0], languages=["en"], settings=strict)
    if day is None:
        month = {"REQUIRE_PARTS": ["month", "year"]}
        whole = re.fullmatch(rf"{_MONTH},? {_YEAR}", found[0], re.IGNORECASE)
        day = dateparser.parse(found[0], languages=["en"], settings=month) if whole else None
        return f"{day:%Y-%m}" if day else None
    other = dateparser.parse(found[0], languages=["en"], settings={**strict, "DATE_ORDER": "DMY"})
    return f"{day:%Y-%m-%d}" if day == other else None


class Dateline(NamedTuple):
    """The opening of an agency's report: "Seoul, Dec 27 (X) …" has agency "X", day "Dec 27"."""

    agency: str | None
    day: str | None
    year: str | None


_DATELINE = re.compile(
    r"[^\W\d_a-z][\w.'’-]*(?: [^\W\d_a-z][\w.'’-]*){0,3}(?: \[[\w ]{1,20}\])?"  # the place
    r"(?:, ?[^\W\d_a-z][\w.'’ -]{1,30}?)??"  # its country
    rf"(?:,? (?P<day>(?i:{_MONTH}) \d{{1,2}}|\d{{1,2}} (?i:{_MONTH}))(?:,? (?P<year>{_YEAR}))?)?"
    r"[,:.]? ?(?:[(/](?P<agency>[^\W\d_a-z][\w.&'’ -]{1,40})[)/]\.?|(?=[—–-]))"
    r" ?(?P<dash>[—–:-]{1,2} )?"
)


def dateline(line: str) -> Dateline | None:
    """The dateline that opens `line`, or None. A place and "(X)" alone are not one: a day must
    stand before it or a dash behind it, else "Central News Agency (X) said" would be.
    """
    found = _DATELINE.match(line[:160])
    if not found or not (found["day"] or (found["dash"] and found["agency"])):
        return None
    if not (found["dash"] or found["agency"]):
        return None
    agency = found["agency"] if (found["agency"] or "").lower() not in WEEKDAYS else None
    return Dateline(agency, found["day"], found["year"])


def agency(line: str) -> str | None:
    """The agency named in the dateline that opens `line`, else None."""
    opening = dateline(line)
    return opening.agency if opening else None


def day_of_dateline(opening: str, text: str) -> tuple[str, str] | None:
    """The day (ISO 8601) of an opening line with a dateline, and how it is known; None if unknown.

    Without a year: the first year, from the latest one that `text` names up to six years on, in
    which that day is the weekday named in the same sentence.
    """
    line = dateline(opening)
    if line is None or line.day is None:
        return None
    if line.year:
        day = stated_day(f"{line.day}, {line.year}")
        return (day, f"stated: dateline '{line.day}, {line.year}'") if day else None
    sentence = re.split(r"[.!?][\"'”’]?\s+(?=[^\W\d_a-z])", opening[:1000], maxsplit=1)[0]
    weekday = re.search(rf"\b(?:{'|'.join(WEEKDAYS)})\b", sentence, re.IGNORECASE)
    years = [int(year) for year in re.findall(rf"(?<![\w.,-]){_YEAR}(?!\w)", text)]
    if not weekday or not years:
        return None
    name = weekday[0].capitalize()
    for year in range(max(years), max(years) + 7):
        day = stated_day(f"{line.day}, {year}")
        if day and f"{date.fromisoformat(day):%A}" == name:
            return day, f"inferred: dateline '{line.day}', a {name}, not before {max(years)}"
    return None


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


_PARTICLES = words("de da di del della van von der den bin ibn al el la le du dos y")
_SMALL = _PARTICLES | words("of the and & in for")
_OUTLET_WORDS = words(
    """news times post herald daily journal gazette tribune press reuters guardian telegraph courier
    chronicle observer radio magazine agency wire express mail mirror independent standard globe
    monitor bulletin examiner inquirer sentinel dispatch ledger argus echo insider broadcasting
    network weekly jazeera bloomberg newswire bbc cnn nbc cbs abc npr pbs afp ap nhk rt tass
    yonhap dw cnbc tv staff desk correspondent editor editors admin newsroom bureau"""
)
_DOMAIN = re.compile(r"(?:[\w-]+\.)+(?:com|org|net|info|news|tv|in|uk|au|io|eu)", re.IGNORECASE)
_BY = re.compile(
    r"(?:(?:(?:written|words|story|reported|posted|posted on .{4,30}?) )?by:?|authors?:|reporter:) "
    r"(?P<names>[^|•·;(/\d]+?)"
    r"(?: [–—-] .*| (?:in|for|on|at|updated|published)\b.*| ?[|•·;(/\d].*|[,.: ]*)",
    re.IGNORECASE,
)


def is_person(text: str) -> bool:
    """Whether `text` looks like a person's name: two to four capitalised words, no outlet's."""
    parts = text.split()
    return (
        2 <= len(parts) <= 4
        and parts[0][0].isupper()
        and all(part[0].isupper() or part in _PARTICLES for part in parts)
        and not re.search(r"[^\w\s.'’-]|[\d_]", text)
        and not _OUTLET_WORDS & words(text.lower())
    )


def byline(line: str) -> str | None:
    """The author or authors of "By Jane Doe and John Roe | …", comma-separated; else None."""
    found = _BY.fullmatch(line) if len(line) <= 160 else None
    names = re.split(r", | and | & ", found["names"].rstrip(" ,.:")) if found else []
    return ", ".join(takewhile(is_person, names)) or None


def outlet_score(line: str) -> int:
    """How much `line` looks like an outlet's name: 2 by its words, 1 as a proper name, 0 not."""
    parts = line.split()
    if not 1 <= len(parts) <= 5 or len(line) > 50 or line[-1] in ".,;:!?…":
        return 0
    if _DOMAIN.fullmatch(line) or (_OUTLET_WORDS & words(line.lower()) and _capital(parts)):
        return 2
    return int(_capital(parts))


_SECTION = words(
    """news world politics political business sport sports opinion analysis tech technology science
    health culture arts entertainment lifestyle life style travel food climate environment economy
    markets money finance education weather video videos photos pictures live latest breaking top
    stories featured features trending local national international global regional us uk usa europe
    asia africa americas america middle east west north south latin pacific india china russia korea
    ukraine israel gaza japan canada australia media social editorial columns blogs blog podcasts
    games jobs property obituaries crime law society religion history community events elections
    election defence defense security military diplomacy real estate movies film books music fashion
    football cricket tennis golf rugby explainers explainer explained interviews special reports
    today archive archives war uncategorized general exclusive and & of the in home menu search"""
)


def is_section(line: str) -> bool:
    """Whether `line` only names parts of a site: "World", "Social Media", "Home | News | Sport"."""
    return len(line) <= 100 and words(re.sub(r"[|/>»·•,]", " ", line.lower())) <= _SECTION


def title_and_outlet(line: str) -> tuple[str, str | None]:
    """The two parts of "Headline | Outlet"; the whole line and None where it names no outlet."""
    found = re.fullmatch(r"(.{15,}) ([|–—-]) ([^|]{2,40})", line)
    if not found or outlet_score(found[3]) < (1 if found[2] == "|" else 2):
        return line, None
    return found[1], None if is_section(found[3]) else found[3]


_CREDIT = re.compile(
    r"(?:(?:based on (?:an? )?(?:report|article|story) (?:from|by|in)|source:|originally published"
    r" (?:by|in|on)|this (?:article|story) (?:was )?(?:first |originally )?(?:published|appeared)"
    r" (?:by|in|on)) (?P<name>[^.;:!?]{2,60})\.?"
    r"|(?:©|\(c\)|copyright)[ ©\d–-]*(?P<holder>[^.,|;]{2,40}?)(?:[.,|;].*| all rights.*)?)",
    re.IGNORECASE,
)


def credit(line: str) -> str | None:
    """The outlet of a line that is wholly "Based on a report from X", "Source: X" or "© 2024 X"."""
    found = _CREDIT.fullmatch(line) if len(line) <= 160 else None
    name = _DATE.sub("", (found["name"] or found["holder"]) if found else "").strip(" ,()–-")
    name = name.removeprefix("the ")
    return name if name and outlet_score(name) and not is_section(name) else None


def _capital(parts: Iterable[str]) -> bool:
    return all(part[0].isupper() or part[0].isdigit() or part in _SMALL for part in parts)

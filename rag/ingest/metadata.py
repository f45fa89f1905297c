"""The news record: headline, outlet, author, date and address, as a document states them.

    what metadata says            -> page_of, iso_day, web_url    valid or None
    a short line of a saved page  -> is_date_line, stated_day, byline, credit, outlet_score, …
    the first line of an article  -> dateline, day_of_dateline    "Seoul, Dec 27 (X) …"

Pure functions. Left to others: which line of a page to look at (`rag.ingest.boilerplate`),
clean text (`rag.ingest.normalize`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from typing import Any

from rag.ingest.normalize import one_line
from rag.text.dates import MONTH_PREFIX


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """One document: its clean text and its record. `title` is "" where none was found."""

    title: str
    text: str
    source: str | None = None
    author: str | None = None
    published: str | None = None
    published_basis: str | None = None
    url: str | None = None


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


def document_from_metadata(text: str, told: Mapping[str, object], basis: str) -> ParsedDocument:
    """A page with what metadata tells under the names of its fields, where that is valid; `basis`
    says where it tells the day.
    """
    title, source, author = (one_line(told.get(key)) for key in ("title", "source", "author"))
    day, url = iso_day(told.get("published")), web_url(told.get("url"))
    return ParsedDocument(title or "", text, source, author, day, basis if day else None, url)


_MONTH = rf"{MONTH_PREFIX}[a-z]{{0,6}}\.?"
_DAY, _YEAR = r"\d{1,2}(?:st|nd|rd|th)?", r"(?:19|20)\d{2}(?!\d)"
_DATE = re.compile(
    rf"(?<![\w/.-])(?:{_MONTH} {_DAY},? {_YEAR}|{_DAY}(?: of)?[ -]{_MONTH},?[ -]{_YEAR}"
    rf"|{_MONTH},? {_YEAR}|{_YEAR}-\d\d-\d\d|{_YEAR}/\d\d?/\d\d?|\d\d?([/.-])\d\d?\1{_YEAR})(?!\d)",
    re.IGNORECASE,
)
_STAMP_WORDS = re.compile(
    r"(?:first|last|date|time|published|updated|posted|modified|created|publication|issued|on|at"
    r"|and|t|z|h|a|p|m|am|pm|noon|(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|gmt|utc|[ecmp][sd]t|[bijmk]st|cest|cet|eet|msk|hkt|sgt|aes?t|aedt|local|et|pt|hrs?|hours?"
    r"|min(?:ute)?s?|ago|read)",
    re.IGNORECASE,
)


def is_date_line(line: str) -> bool:
    """Whether a line holds a date with its year and otherwise labels, weekdays and times alone."""
    if len(line) > 100 or not ("20" in line or "19" in line) or not _DATE.search(line):
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

    def parsed(**settings: object) -> Any:
        return dateparser.parse(found[0], languages=["en"], settings=settings)

    day, other = (parsed(STRICT_PARSING=True, DATE_ORDER=order) for order in ("MDY", "DMY"))
    if day or not re.fullmatch(rf"{_MONTH},? {_YEAR}", found[0], re.IGNORECASE):
        return f"{day:%Y-%m-%d}" if day and day == other else None
    month = parsed(REQUIRE_PARTS=["month", "year"])
    return f"{month:%Y-%m}" if month else None


_DATELINE = re.compile(
    r"[^\W\d_a-z][\w.'’-]*(?: [^\W\d_a-z][\w.'’-]*){0,3}(?: \[[\w ]{1,20}\])?"  # the place
    r"(?:, ?[^\W\d_a-z][\w.'’ -]{1,30}?)??"  # its country
    rf"(?:,? (?P<day>(?i:{_MONTH}) \d{{1,2}}|\d{{1,2}} (?i:{_MONTH}))(?:,? (?P<year>{_YEAR}))?)?"
    r"[,:.]? ?(?:[(/](?!\w+day\))(?P<agency>[^\W\d_a-z][\w.&'’ -]{1,40})[)/]\.?|(?=[—–-]))"
    r" ?(?P<dash>[—–:-]{1,2} )?"
)


def dateline(line: str) -> re.Match[str] | None:
    """The dateline that opens `line`, with groups "agency", "day" and "year"; two of agency, day
    and a dash behind must be there, else "Central News Agency (X) said" would be one.
    """
    found = _DATELINE.match(line)
    return found if found and sum(map(bool, found.group("agency", "day", "dash"))) > 1 else None


def day_of_dateline(line: re.Match[str], text: str) -> tuple[str, str] | None:
    """The day (ISO 8601) of a `dateline` and how it is known; None where it is not.

    Without a year: the first year, from the latest one that `text` names up to six years on, in
    which that day is the weekday named in the same sentence.
    """
    if line["day"] is None:
        return None
    if line["year"]:
        day = stated_day(f"{line['day']}, {line['year']}")
        return (day, f"stated: dateline '{line['day']}, {line['year']}'") if day else None
    sentence = re.split(r"[.!?][\"'”’]?\s+(?=[^\W\d_a-z])", line.string[:1000], maxsplit=1)[0]
    weekday = re.search(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b", sentence)
    years = [int(year) for year in re.findall(rf"(?<![\w.,-]){_YEAR}(?!\w)", text)]
    if not weekday or not years:
        return None
    for year in range(max(years), max(years) + 7):
        day = stated_day(f"{line['day']}, {year}")
        if day and f"{date.fromisoformat(day):%A}" == weekday[0]:
            basis = f"inferred: dateline '{line['day']}', a {weekday[0]}, not before {max(years)}"
            return day, basis
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
    proper = all(part[0].isupper() or part[0].isdigit() or part in _SMALL for part in parts)
    known = _DOMAIN.fullmatch(line) or (proper and _OUTLET_WORDS & words(line.lower()))
    return 2 if known else int(proper)


_SECTION = words(
    """news world politics political business sport sports opinion analysis tech technology science
    health culture arts entertainment lifestyle life style travel food climate environment economy
    markets money finance education weather video videos photos latest breaking top stories featured
    features trending local national international global regional us uk usa europe asia africa
    america middle east west north south pacific india china russia korea ukraine israel gaza japan
    australia media social editorial columns blogs blog podcasts games jobs property crime law
    society religion history community events elections election defence defense security military
    movies film books music fashion football cricket tennis golf explainers explainer explained
    interviews special reports today archive war exclusive and & of the in home menu"""
)
_SEPARATORS = str.maketrans("|/>·•,", "      ")


def is_section(line: str) -> bool:
    """Whether `line` only names parts of a site: "World", "Home | News | Sport", "Home » …"."""
    crumb = line[:160].lower().replace(" > ", "»").replace("›", "»").partition("»")[0]
    names = crumb.translate(_SEPARATORS).split()
    return bool(names) and _SECTION.issuperset(names)


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

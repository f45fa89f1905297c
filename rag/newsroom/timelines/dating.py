"""When what a sentence tells took place. Pure functions, for English text.

    date_sentence(text, published, other_years)  ->  `Dating`: the dates of its events

In:  a sentence; ISO 8601 day, month or year of publication, or None; years that the sentence before
     it names.
Out: as above: the dates that the sentence states, or means by the day of publication.
Left to others: which days "on Friday" may mean (`rag.text.dates`), what becomes of a sentence that
dates nothing itself (`rag.newsroom.timelines.statements`).

A wrong date is worse than none. Not the date of an event are

    a limit         "until May", "by 2026", "since 2004"
    a comparison    "up from 3 percent a year ago", "more than in 2018"
    a period        "the second quarter of 2019", "for 2021"
    a name          "the race of 2020", "the 2018 cup", "last year's budget"
    of the report   "the mayor said on Monday", unless the sentence has no other

A month, a weekday or a day without its year is taken only where the sentence leaves no doubt: it
tells of what is past, or to come, and no other year is near. Else the sentence is `uncertain`, and
so is one that counts from a day not named in it ("two days later").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from rag.newsroom.timelines.values import Precision
from rag.retrieval.people.wording import without_quotations
from rag.text.dates.forms import MONTH, WEEKDAY, date_range, parse_date
from rag.text.dates.mentions import DateMention
from rag.text.dates.partial import PartialDate
from rag.text.dates.relative import AMOUNT
from rag.text.questions.event_dates import dates_in

_YEARS = re.compile(r"(?<![\d.,])(?:1[5-9]|20)\d\d(?![\d%]|[.,]\d)")
_LIMIT = re.compile(
    r"\b(?P<word>until|till|by|before|to|through|since|than|between)"
    r"(?: (?:at least|the (?:end|middle|beginning|start) of|early|mid|late|last))*[ -]$",
    re.I,
)
_FROM = re.compile(r"\b(?:from|as of|starting)(?: (?:early|mid|late))? $", re.I)
_COMPARES = re.compile(  # "more than three" is an amount
    rf"\bthan\b(?! (?:{AMOUNT}|half|\d[\d,.]*)\b)|\b(?:vs\.?|versus|compared|against)\b", re.I
)
_COMPARED_CLAUSE = re.compile(r"\s*(?:up|down|from|as in|after\b[^,;]*\d)\b", re.I)
_LIMITS_CLAUSE = re.compile(r"\b(?:until|till|unless)\b", re.I)
_PERIOD = re.compile(
    r"\b(?:quarter|half|season|year|edition|months?|Q[1-4])(?: (?:of|to|in|ended|ending))?"
    r"(?: the)? $|\bfor (?:all of |the whole of )?$",
    re.I,
)
_OF_A_YEAR = re.compile(
    r"\b(?:in|during|around|circa|early|mid|late|ago|back|built|founded|born|since"
    r"|(?:spring|summer|autumn|fall|winter|end|beginning|start|middle) of)[ -]$",
    re.I,
)
_OF_A_MONTH = re.compile(
    r"\b(?:in|during|early|mid|late|last|this|next|coming|from"
    r"|(?:end|beginning|start|middle) of)[ -]$",
    re.I,
)
_COUNTS = re.compile(r" (?!(?:was|is|as|his|its|this|has|does|across|towards|always)\b)[a-z]+s\b")
_ATTRIBUTIVE = re.compile(r"['’]s?\b")
_OF_THAT_YEAR = re.compile(r"(?: \d{1,2})?,? (?:of )?(?:that|the same|the previous) year\b", re.I)
_REPORTS = re.compile(
    r"\b(?:said|says|told|announced|reported|confirmed|stated|wrote|added|denied|warned|statement"
    r"|according to [^,.;]{2,40}?)(?: [\w’'-]+){0,4}?(?: (?:on|late|early|in|last))*\s$",
    re.I,
)
_EXPECTED = re.compile(
    r"\b(?:is|are|be) (?:expected|scheduled|due|set|planned|slated|to)\b(?!.*[,;:])", re.I
)
_PAST = re.compile(
    r"\b(?<!be )(?<!been )(?<!is )(?<!are )(?:\w{2,}[^e\W]ed|was|were|had|did|ha(?:s|ve)|said|saw"
    r"|told|won|lost|came|went|took|gave|made|began|ran|rose|fell|broke|left|met|held|found|wrote"
    r"|put|chose|stood|beat|hit|cut|shut|set|drew|sank|flew|swept|struck|burst|bought|sold|sent|led"
    r"|paid|spent|built|caught|fought|sought|taught|thought|felt|kept|slept|fed|bled|fled|shook|hid"
    r"|spoke|stole|wore|tore|swore|threw|grew|knew|blew|drove|rode|swam|sang|rang|dug|hung|spun|got"
    r"|stuck|swung|agreed|freed|died|became|brought|heard|laid|read|shot|split|spread)\b",
    re.I,
)
_FIXED = re.compile(r"\b(?:yesterday|today|tonight|tomorrow|ago|last|next|coming|this)\b", re.I)
_ANAPHORIC = re.compile(
    r"\bthe (?:next|following|same|previous) (?:day|morning|evening|night|week|month|year)\b"
    rf"|\b(?:{AMOUNT}|an|several|some|a few) (?:day|night|week|month|year|decade)s? "
    r"(?:later|earlier|after(?:wards)?|before|ago)\b"
    r"|\bthe (?:day|night|week|month|year) (?:before|after)\b"
    r"|\b(?:back then|at the time|that (?:day|night|week|month|year|spring|summer|autumn|winter)"
    r"|in his youth|in her youth|as a child)\b",
    re.I,
)
_ON = re.compile(r"\b(?:on|last|next|this|by|since|until|late|early) $", re.I)
_ROUND_YEARS = re.compile(r"\b\d\d\d? years? ago|\bten years ago", re.I)
_CLAUSE_END = re.compile(r"[,;:(]\s|\s[\u2013\u2014-]\s")
_ONE_STORY = 31  # days between the dates of one piece of news
_PRECISION: dict[int, Precision] = {1: "year", 2: "month", 3: "day"}


class EventDate(NamedTuple):
    """`text[start:end]` gives the ISO 8601 `date`, as precise as that says."""

    start: int
    end: int
    date: str

    @property
    def precision(self) -> Precision:
        """Whether it is a day, a month or a year."""
        return precision_of(self.date)


@dataclass(frozen=True, slots=True)
class Dating:
    """The dates of what a sentence tells, in its order; each once.

    `is_uncertain`: it points to a time that cannot be told, so that the day of publication is not
    its date either.
    """

    events: tuple[EventDate, ...] = ()
    is_uncertain: bool = False


def precision_of(iso: str) -> Precision:
    """Whether an ISO 8601 date is a day, a month or a year."""
    return _PRECISION[min(3, iso[:10].count("-") + 1)]


def years_named(text: str) -> frozenset[str]:
    """The years that `text` writes out."""
    return frozenset(_YEARS.findall(text))


def date_sentence(text: str, published: str | None, other_years: Collection[str] = ()) -> Dating:
    """The dates of the events of `text`; `other_years` are named just before it."""
    events: list[EventDate] = []
    reports: list[EventDate] = []
    is_uncertain = False
    base = _base_day(published)
    for mention in dates_in(text, published):
        if _is_no_event(text, mention, published or ""):
            continue
        iso = _iso(mention)
        if not _names_year(text, mention) and base is not None:
            own_years = _years_beside(text, mention) - {(published or "")[:4]}
            is_doubtful = bool(own_years or set(other_years) - {(published or "")[:4]})
            iso = _without_doubt(text, mention, base, iso, has_other_years=is_doubtful)
        if iso is None:
            is_uncertain = True
            continue
        found_in = reports if _REPORTS.search(text[: mention.start]) else events
        found_in.append(EventDate(mention.start, mention.end, iso))
    ordered = _main_dates(events or reports[:1], base)
    return Dating(ordered, not ordered and (is_uncertain or _counts_from_elsewhere(text)))


def _main_dates(events: Sequence[EventDate], base: date | None) -> tuple[EventDate, ...]:
    """Of several dates those of the news: the nearest to publication, and days close to it."""
    distinct = {each.date: each for each in reversed(events)}
    ordered = sorted(distinct.values())
    if len(ordered) < 2 or base is None:
        return tuple(ordered)
    nearest = min(_days_apart(each, base) for each in ordered)
    near = [each for each in ordered if _days_apart(each, base) <= nearest + _ONE_STORY]
    days = [each for each in near if each.precision == "day"]
    return tuple(days or near[:1])


def _days_apart(event: EventDate, base: date) -> int:
    days = date_range(event.date)
    assert days is not None
    return 0 if days[0] <= base <= days[1] else min(abs((each - base).days) for each in days)


def _years_beside(text: str, mention: DateMention) -> set[str]:
    """The years that stand before a date in its sentence, or behind it in its clause."""
    clause = _CLAUSE_END.split(text[mention.end :])[0]
    return {*_YEARS.findall(text[: mention.start]), *_YEARS.findall(clause)}


def _is_no_event(text: str, mention: DateMention, published: str) -> bool:
    """Whether a date is a limit, part of a comparison, a period or a name."""
    before, after = text[: mention.start], text[mention.end :]
    limit = _LIMIT.search(before)
    if limit and not (limit["word"].lower() == "since" and after.startswith(", when")):
        return True
    own = text[mention.start : mention.end]
    clause = _CLAUSE_END.split(before)[-1]
    if _is_part_of_name(own, before, after):
        return True
    if _compares(before) or _LIMITS_CLAUSE.search(clause) or _ROUND_YEARS.search(own):
        return True
    if _FROM.search(before) and _PAST.search(clause):
        return not _YEARS.search(own)  # "agreed on a rise from January": of which year?
    known = mention.date.known if mention.date else 2
    return known < 3 and _is_vague(text, mention, published)


def _is_part_of_name(own: str, before: str, after: str) -> bool:
    """Whether a day is one of a name: "USA Today", "Black Friday", "the Sunday Times"."""
    if not own[:1].isupper() or not before.strip() or own.isdigit():
        return False
    if _FIXED.fullmatch(own) or re.fullmatch(WEEKDAY, own):
        follows_name = re.search(r"\b[A-Z][\w’'-]*[ -]$", before) and len(before.split()) > 1
        opens_name = re.match(r" [A-Z]", after) and not _ON.search(before)
        return bool(follows_name or opens_name)
    return False


def _is_vague(text: str, mention: DateMention, published: str) -> bool:
    """Whether a month or a year is a period or a name, or says less than the day of publication."""
    before, after = text[: mention.start], text[mention.end :]
    own, iso = text[mention.start : mention.end], _iso(mention)
    if _PERIOD.search(before) or _ATTRIBUTIVE.match(after):
        return True
    if mention.date and iso and published.startswith(iso):
        return True  # "this year"
    if own.isdigit():
        return not _OF_A_YEAR.search(before) or bool(_COUNTS.match(after))
    if re.match(MONTH, own) and not _names_year(text, mention):
        return not _OF_A_MONTH.search(before)  # "May" and "March" are words as well
    return False


def _compares(before: str) -> bool:
    """Whether what stands before a date compares with it."""
    *earlier, clause = _CLAUSE_END.split(before)
    return bool(_COMPARES.search(clause) or (earlier and _COMPARED_CLAUSE.match(clause)))


def _counts_from_elsewhere(text: str) -> bool:
    """Whether a sentence counts from a day that it does not name, other than to compare."""
    own = without_quotations(text)
    return any(not _compares(own[: each.start()]) for each in _ANAPHORIC.finditer(own))


def _names_year(text: str, mention: DateMention) -> bool:
    return bool(_YEARS.search(text[mention.start : mention.end]))


def _without_doubt(
    text: str, mention: DateMention, base: date, iso: str | None, *, has_other_years: bool
) -> str | None:
    """The date of a mention without its year where the sentence leaves no doubt of it, else None.

    `iso` is what it means by the day of publication, `base`.
    """
    own, before, after = (
        text[mention.start : mention.end],
        text[: mention.start],
        text[mention.end :],
    )
    if iso is None or _OF_THAT_YEAR.match(after):
        return None
    is_weekday = mention.words[:1].isupper() and ", " in mention.words
    if has_other_years and not is_weekday and not _FIXED.search(own):
        return None
    days = date_range(iso)
    if days is None or days[0] > base or _FIXED.search(own):
        return iso
    if _FROM.search(before) or _EXPECTED.search(before):
        return _next(iso, base)
    return iso if _PAST.search(text) else None


def _next(iso: str, base: date) -> str | None:
    """The first day or month like `iso` after `base`: such a weekday, such a month.

    None for a 29 February where the years about it have none.
    """
    if precision_of(iso) == "day":
        day = date.fromisoformat(iso)
        if (base - day).days < 7:
            return (day + timedelta(days=7)).isoformat()
        years = (f"{year:04}{iso[4:]}" for year in (base.year, base.year + 1))
        days = [days[0] for each in years if (days := date_range(each))]
        return next((each.isoformat() for each in days if each > base), None)
    month = int(iso[5:7])
    return f"{base.year + (month < base.month):04}-{month:02}"


def _iso(mention: DateMention) -> str | None:
    """The date of a mention; the month or year of a week, None where it has none."""
    if mention.date is None:
        return _of_week(mention.words)
    return _written(mention.date)


def _written(partial: PartialDate) -> str | None:
    if partial.year is None:
        return None
    iso = f"{partial.year:04}"
    if partial.month is not None:
        iso += f"-{partial.month:02}"
        if partial.day is not None:
            iso += f"-{partial.day:02}"
    return iso if date_range(iso) else None


def _of_week(words: str) -> str | None:
    """The month of "the week of 5 June 2023", its year where it is of two months."""
    monday = date.fromisoformat(parse_date(words.rpartition(" of ")[2]) or "0001-01-01")
    sunday = monday + timedelta(days=6)
    if (monday.year, monday.month) == (sunday.year, sunday.month):
        return f"{monday.year:04}-{monday.month:02}"
    return f"{monday.year:04}" if monday.year == sunday.year else None


def _base_day(published: str | None) -> date | None:
    days = date_range(published or "")
    return days and days[1]

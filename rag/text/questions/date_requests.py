"""Questions for a day, a month or a year, however they are worded, in one standard form.

    parse_date_request(question)   ->  a `DateRequest`, or None where no date is asked for
    standard_question(question)    ->  "Date of the race?" as "On what day was the race?"

In:  a question. Out: how precise a date is asked for, and of what event. Left to others: which
date of a sentence is that of the event (`rag.text.questions.event_dates`). Pure functions.

What asks for the date may stand first ("What was the date of …", "Date on which …"), last ("… on
which date?") or be added to a question that asks when ("…, exact date please").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Precision = Literal["day", "month", "year", "time"]

_UNIT = r"(?:days?|dates?|months?|years?)"
_UNITS = rf"{_UNIT}(?:(?:,| and| or)+ (?:the |(?:of |in )?(?:what |which ))?{_UNIT})*"
_EXACT = r"(?:(?:exact|precise|full|calendar|actual) )*"
_AUXILIARY = (
    r"(?:did|do|does|is|are|was|were|has|have|had|will|would|can|could|should|may|might|must)"
)
_PREPOSITION = r"(?:on|in|at|during|of)"
_FRAME = re.compile(
    r"(?:please |(?:can|could|would|will) you |do you know "
    r"|i (?:need|want|would like)(?: to know)? "
    r"|(?:tell|give|show|find|name|state)(?: me| us)? |(?:what|which) (?:is|was|were) (?=the ))+",
    re.I,
)
_POLITE = re.compile(r"[,;]?\s*\b(?:please|pls|thanks|thank you)\b", re.I)
_ADDED = re.compile(
    rf"(?:\s*[,;:.?(\u2013-]\s*|\s+)(?:and )?(?:i need |i want |give me |state |with |by )?"
    rf"(?:{_PREPOSITION} )?(?:(?:the|a|what|which|its) )?(?:was (?:it|that) )?{_EXACT}"
    rf"(?P<units>{_UNITS})\W*$",
    re.I,
)
_FIRST = re.compile(
    rf"(?:{_PREPOSITION} )?(?:what|which) {_EXACT}(?P<units>{_UNITS}) (?P<event>{_AUXILIARY}\b.+)",
    re.I,
)
_OF_EVENT = re.compile(
    rf"(?:the )?{_EXACT}(?P<units>{_UNITS}) (?:of|for) (?P<event>(?!birth\b).+)", re.I
)
_OF_CLAUSE = re.compile(
    rf"(?:the )?{_EXACT}(?P<units>{_UNITS}) (?:(?:that|when|(?:on|in|at) which) (?P<clause>.+)"
    r"|(?P<bare>(?:the|an?|its|his|her|their|(?-i:[A-Z][\w’'-]+)) .+))",
    re.I,
)
_LAST = re.compile(
    rf"(?P<event>(?!(?:who|what|which|where|when|why|how)\b).+?),? "
    rf"{_PREPOSITION} (?:what|which) {_EXACT}(?P<units>{_UNITS})",
    re.I,
)
_WHEN = re.compile(
    rf"(?:exactly |precisely )?when (?:exactly |precisely )?"
    rf"(?:(?P<event>{_AUXILIARY}\b.+)|(?P<clause>.+))",
    re.I,
)
_ASKS = {"day": "On what day", "month": "In what month", "year": "In what year", "time": "When"}


@dataclass(frozen=True, slots=True)
class DateRequest:
    """How precise a date is asked for, and of what: `event` begins with its auxiliary verb."""

    precision: Precision
    event: str

    @property
    def question(self) -> str:
        """The same in the standard form: "On what day did the ferry sink?"."""
        return f"{_ASKS[self.precision]} {self.event}?"


def parse_date_request(question: str) -> DateRequest | None:
    """What date `question` asks for; None where it asks for none, or for a span of time."""
    words = _POLITE.sub("", question).strip(" ?.!,")
    framed = _FRAME.match(words)
    words = words[framed.end() :] if framed else words
    added = _ADDED.search(words)
    head = words[: added.start()] if added else words
    if added and (request := _parse(head.strip(" ?.!,(")) or _fragment(head)):
        return DateRequest(_finest(f"{added['units']} {request.precision}"), request.event)
    return _parse(words, is_framed=framed is not None)


def standard_question(question: str) -> str:
    """`question` in the standard form where it asks for a day, or for a month or a year in words
    that no reader of questions expects; else unchanged."""
    request = parse_date_request(question)
    if request is None or request.precision == "time":
        return question
    is_plain = request.precision != "day" and _FIRST.fullmatch(question.strip(" ?"))
    return question if is_plain else request.question


def _parse(words: str, is_framed: bool = False) -> DateRequest | None:
    for form in (_FIRST, _OF_CLAUSE, _OF_EVENT, _LAST):
        if match := form.fullmatch(words):
            return DateRequest(_finest(match["units"]), _event(form, match))
    if match := _WHEN.fullmatch(words):
        if match["event"]:
            return DateRequest("time", match["event"])
        return DateRequest("time", f"was it that {match['clause']}") if is_framed else None
    return None


def _fragment(head: str) -> DateRequest | None:
    """A question for the time that another follows: "Tell me when it sank: day, month, year"."""
    return _parse(head.strip(" ?.!,("), is_framed=True)


def _event(form: re.Pattern[str], match: re.Match[str]) -> str:
    groups = match.groupdict()
    if form is _FIRST:
        return groups["event"]
    if form is _OF_EVENT:
        return f"was {groups['event']}"
    clause = groups.get("clause") or groups.get("bare") or groups.get("event") or ""
    return f"was it that {clause}"


def _finest(units: str) -> Precision:
    """The most precise of the units that are named."""
    for word, precision in _PRECISIONS:
        if re.search(rf"\b{word}", units, re.I):
            return precision
    return "time"


_PRECISIONS: tuple[tuple[str, Precision], ...] = (
    ("da(?:y|te)", "day"), ("month", "month"), ("year", "year")
)  # fmt: skip

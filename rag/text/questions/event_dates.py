"""Which date of a sentence is that of the event that a question asks the date of.

    dates_in(text, published)             ->  every date that a text states or means
    choose_date(request, passage, span)   ->  the one of a sentence that answers, or None
    accordance(request, passage)          ->  how much of the event the sentence tells, 0 to 1
    is_of_the_report(request, text, date) ->  whether a date is that of a report of the event

In:  a `DateRequest`, a sentence as a `DatedSentence`, the characters that a reader takes for the
     answer. Out: as above. Left to others: judging passages (`rag.retrieval.evidence`). Pure
functions.

A sentence may have the dates of several events ("decided on Thursday, after putting it off in
December"): that one counts whose clause has most words of the question, and of these one that
tells when rather than since, from or until when.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from rag.text.dates.forms import DATE_PATTERN
from rag.text.dates.mentions import DateMention, resolve_mentions
from rag.text.dates.partial import stated_date
from rag.text.names import extract_names, opening_name
from rag.text.questions.date_requests import DateRequest
from rag.text.stemming import stem_tokens

_STATED = re.compile(rf"\b{DATE_PATTERN}\b")
_CLAUSE = re.compile(
    r"[,;:\u2013\u2014]\s|\s-\s|\s(?=(?:after|before|when|while|which|who|but|because|although|until)\b)"
)
_INTERVAL = re.compile(r"\b(?:from|since|until|till|by|to)(?: (?:early|late|mid))? $", re.I)
_ASKS_INTERVAL = re.compile(
    r"\b(?:from|since|until|till|by|begin|start|take effect|in force|last|end|due)\b", re.I
)
_REPORTS = re.compile(
    r"\b(?:sa(?:id|ys)|told|announced|reported|published|wrote|according|confirmed|statement)\b",
    re.I,
)
_KNOWN = {"day": 3, "month": 2, "year": 1, "time": 1}  # of year, month and day
_LEAST_TOLD = 2 / 3  # share of the words of an event, names aside, that tell of it
_FORMS_OF_VERBS = """
    become became; begin began begun; blow blew blown; break broke broken; bring brought
    build built; buy bought; catch caught; choose chose chosen; come came; die died dead death
    draw drew drawn; drive drove driven; fall fell fallen; fight fought; find found
    fly flew flown; get got; give gave given; go went gone; grow grew grown; hear heard
    hold held; keep kept; lay laid; lead led; leave left; lose lost; make made; meet met
    pay paid; ring rang rung; rise rose risen; run ran; say said; sell sold sale; send sent
    shoot shot; sing sang sung; sink sank sunk; speak spoke spoken; spend spent; stand stood
    steal stole stolen; strike struck; swim swam swum; take took taken; teach taught
    tear tore torn; tell told; throw threw thrown; win won winner; write wrote written
    bear born birth
"""
_IRREGULAR = {
    form: base
    for base, *forms in map(str.split, re.split(r"[;\n]", _FORMS_OF_VERBS.strip()))
    for form in forms
}


@dataclass(frozen=True, slots=True)
class DatedSentence:
    """A sentence, the headline and the passage it stands in, and the ISO 8601 day of publication,
    or None."""

    text: str
    headline: str
    passage: str
    published: str | None


def dates_in(text: str, published: str | None) -> list[DateMention]:
    """The dates that `text` states, or means by the day of publication, in order."""
    stated = [
        DateMention(*match.span(), match[0], date)
        for match in _STATED.finditer(text)
        if (date := stated_date(match[0]))
    ]
    meant = [
        each
        for each in resolve_mentions(text, published)
        if not any(other.start < each.end and each.start < other.end for other in stated)
    ]
    return sorted([*stated, *meant], key=lambda each: each.start)


def choose_date(
    request: DateRequest, sentence: DatedSentence, span: tuple[int, int]
) -> DateMention | None:
    """The date of the event among those of `sentence`; None where none is as precise as asked.

    `span` holds the characters of the sentence that a reader takes for the answer.
    """
    dates = [
        each
        for each in dates_in(sentence.text, sentence.published)
        if each.date is not None and each.date.known >= _KNOWN[request.precision]
    ]
    if request.precision == "time" and not any(_overlaps(each, span) for each in dates):
        return None
    event = _words(request.event)
    asks_interval = _ASKS_INTERVAL.search(request.event) is not None

    def rank(each: DateMention) -> tuple[int, bool, bool, int]:
        is_point = asks_interval or not _INTERVAL.search(sentence.text[: each.start])
        shared = len(event & _words(_clause(sentence.text, each)))
        return shared, is_point, _overlaps(each, span), -abs(each.start - span[0])

    return max(dates, key=rank, default=None)


def accordance(request: DateRequest, sentence: DatedSentence) -> float:
    """The share of the event's words that the sentence and its headline tell, 0 to 1.

    Names may stand anywhere in the passage. 0 where too few of the other words are told, or none
    of them in the sentence itself.
    """
    event = _words(request.event)
    opening = opening_name(request.event.partition(" ")[2])
    names = _words(" ".join([*extract_names(request.event), opening or ""])) & event
    others = event - names
    own = _words(sentence.text)
    common = others & (own | _words(sentence.headline))
    if not others & own or len(common) < _LEAST_TOLD * len(others):
        return 0.0
    known = names & (own | _words(sentence.headline) | _words(sentence.passage))
    return (len(common) + len(known)) / len(event)


def is_of_the_report(request: DateRequest, text: str, date: DateMention) -> bool:
    """Whether `date` tells when something was said or published, rather than when it happened."""
    clause = _clause(text, date)
    return bool(_REPORTS.search(clause)) and not _words(request.event) & _words(clause)


def _words(text: str) -> frozenset[str]:
    """The stems of `text`, without years; those of irregular verbs in one form."""
    plain = re.sub(r"\w+", lambda match: _IRREGULAR.get(match[0].lower(), match[0]), text)
    return frozenset(each for each in stem_tokens([plain])[0] if not re.fullmatch(r"\d{4}", each))


def _clause(text: str, date: DateMention) -> str:
    bounds = [0, *(match.end() for match in _CLAUSE.finditer(text)), len(text)]
    inside = [(a, b) for a, b in pairwise(bounds) if a < date.end and date.start < b]
    return text[inside[0][0] : inside[-1][1]] if inside else text


def _overlaps(date: DateMention, span: tuple[int, int]) -> bool:
    return date.start < span[1] and span[0] < date.end

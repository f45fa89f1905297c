"""Another article's account of the same thing: a different figure or date. Pure functions.

In:  a sentence that is shown, the question, passages of articles that it does not cite.
Out: the sentence of another article that gives the same thing otherwise, and where it stands.
Left to others: whether it truly answers the question (`rag.grounding.verifier`), showing it.

Two articles disagree where each gives a figure or a date of one kind for what was asked, and no
figure of one stands in the other. That is looked for on the surface: most of the question's words,
by rarity, stand in the other sentence too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rag.prompts.injection import injection_spans
from rag.retrieval.coverage import coverage
from rag.text.dates import MONTH
from rag.text.numbers import number_forms, number_spans
from rag.text.sentences import Span, sentence_spans
from rag.text.stemming import stem_tokens
from rag.types import Hit

MIN_ASKED = 0.6  # part of the question's words, by rarity, that the other sentence holds
_DATE = re.compile(
    r"\b(?:(?P<before>\d{1,2})(?:st|nd|rd|th)? )?"
    rf"(?P<month>{MONTH})\.?"
    r"(?: (?P<after>\d{1,2})\b(?!,\d))?"
)
_HOW_MUCH = re.compile(r"\bhow \w+\b", re.I)  # words that only ask
_YEAR = re.compile(r"(?:1\d|20)\d\d")


class Conflict(NamedTuple):
    """A sentence of another article: the passage that holds it (its place in `hits`), its span."""

    hit: int
    span: Span  # within the passage's text
    text: str


def find_conflict(
    claim: str, question: str, rarity: Mapping[str, float], hits: Sequence[Hit], own: Sequence[str]
) -> Conflict | None:
    """The sentence of an article not in `own` that gives what `claim` tells otherwise; or None.

    `rarity` weighs the question's stems; `hits` are best first, and so is what is found.
    """
    told = _kinds(claim, question)
    if not told:
        return None
    asked = frozenset(stem_tokens([_HOW_MUCH.sub(" ", question)])[0])
    found: list[tuple[float, Conflict]] = []
    for number, hit in enumerate(hits):
        passage = hit.passage
        if passage.article in own:
            continue
        orders = injection_spans(passage.text)
        for start, end in sentence_spans(passage.text):
            text = passage.text[start:end]
            if any(first < end and start < last for first, last in orders):
                continue  # said to a machine: no account of anything
            other = _kinds(text, question)
            clash = any(kind in other and not told[kind] & other[kind] for kind in told)
            shared = coverage([text], {w: r for w, r in rarity.items() if w in asked})
            if clash and shared >= MIN_ASKED and not _holds_all(text, told):
                bare = text.rstrip()
                found.append((shared, Conflict(number, (start, start + len(bare)), bare)))
    return max(found, key=lambda each: each[0])[1] if found else None


def _holds_all(text: str, told: Mapping[str, frozenset[str]]) -> bool:
    held = number_forms(text) | _dates_in(text)
    return all(values <= held for values in told.values())


def _kinds(text: str, question: str) -> dict[str, frozenset[str]]:
    """What `text` gives and the question did not: values by kind (date, year, unit, counted)."""
    known = number_forms(question) | _dates_in(question)
    kinds: dict[str, set[str]] = {"date": set(_dates_in(text) - known)}
    plain = _DATE.sub(lambda date: "," * len(date[0]), text)
    for full, value, end in number_spans(plain):
        if full not in known and value not in known:
            unit = full.partition(" ")[2]
            kind = unit or ("year" if _YEAR.fullmatch(value) else _counted(plain[end:]))
            kinds.setdefault(kind, set()).add(value)
    return {kind: frozenset(values) for kind, values in kinds.items() if kind and values}


def _dates_in(text: str) -> frozenset[str]:
    """Months, with the day where it stands beside: "dec 18", "jun"."""
    found = set()
    for date in _DATE.finditer(text):
        day = date["before"] or date["after"]
        found.add(date["month"][:3].lower() + (f" {int(day)}" if day else ""))
    return frozenset(found)


def _counted(after: str) -> str:
    """The stem of the word that a bare figure counts: "container" for "7,000 containers"."""
    phrase = re.match(r"[^.,;:!?()]{0,60}", after)
    following = stem_tokens([phrase[0]])[0] if phrase else []
    return following[0] if following else ""

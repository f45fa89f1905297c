"""Another article's account of the same fact: a different number or date. Pure functions.

In:  a sentence that is shown, the question, the passages that were retrieved.
Out: the sentence of an article not cited that gives another value for the same fact, and where
     it is.
Left to others: whether it really answers the question (`rag.grounding.verifier`), showing it
(`rag.grounding.rendering`).

Two sentences are in conflict where both give a number or a date of one kind in answer to the
question, and none of one's values is in the other. This is judged on the surface: most of the
question's words, weighted by IDF, must be in the other sentence too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rag.prompts.injection import injection_spans
from rag.retrieval.coverage import coverage
from rag.text.dates.forms import MONTH
from rag.text.numbers import number_forms, number_spans
from rag.text.sentences import sentence_spans
from rag.text.stemming import stem_tokens
from rag.types import Hit

MIN_COVERAGE = 0.6  # IDF-weighted share of the question's stems in the other sentence
_DATE = re.compile(
    r"\b(?:(?P<before>\d{1,2})(?:st|nd|rd|th)? )?"
    rf"(?P<month>{MONTH})\.?"
    r"(?: (?P<after>\d{1,2})\b(?!,\d))?"
)
_HOW_MUCH = re.compile(r"\bhow \w+\b", re.I)  # only asks for the value
_YEAR = re.compile(r"(?:1\d|20)\d\d")


class Conflict(NamedTuple):
    """A sentence of another article, at `[start:end)` of the article's text.

    `excludes`: both cannot be right; else the other one is worth comparing.
    """

    article: str  # its id
    start: int
    end: int
    text: str
    excludes: bool = True


def find_conflict(
    claim: str, question: str, idf: Mapping[str, float], hits: Sequence[Hit], cited: Sequence[str]
) -> Conflict | None:
    """The sentence of an article not in `cited` that gives another value than `claim`; or None.

    `idf` weighs the question's stems; of several sentences the one with most of them is chosen,
    and of equals the first of `hits`, which are best first.
    """
    values = _values_by_kind(claim, question)
    if not values:
        return None
    question_stems = frozenset(stem_tokens([_HOW_MUCH.sub(" ", question)])[0])
    conflicts: list[tuple[float, Conflict]] = []
    for hit in hits:
        passage = hit.passage
        if passage.article in cited:
            continue
        injections = injection_spans(passage.text)
        for start, end in sentence_spans(passage.text):
            text = passage.text[start:end]
            if any(first < end and start < last for first, last in injections):
                continue  # addressed to a machine: no account of anything
            other = _values_by_kind(text, question)
            differs = any(kind in other and not values[kind] & other[kind] for kind in values)
            shared = coverage([text], {w: r for w, r in idf.items() if w in question_stems})
            if differs and shared >= MIN_COVERAGE and not _contains_all(text, values):
                bare, offset = text.rstrip(), passage.start + start
                conflict = Conflict(passage.article, offset, offset + len(bare), bare)
                conflicts.append((shared, conflict))
    return max(conflicts, key=lambda each: each[0])[1] if conflicts else None


def _contains_all(text: str, values: Mapping[str, frozenset[str]]) -> bool:
    contents = number_forms(text) | _dates_in(text)
    return all(each <= contents for each in values.values())


def _values_by_kind(text: str, question: str) -> dict[str, frozenset[str]]:
    """Values that `text` has and `question` has not, by kind: date, year, unit, what is counted."""
    question_values = number_forms(question) | _dates_in(question)
    kinds: dict[str, set[str]] = {"date": set(_dates_in(text) - question_values)}
    dateless = _DATE.sub(lambda date: "," * len(date[0]), text)
    for full, value, end, _ in number_spans(dateless):
        if full not in question_values and value not in question_values:
            unit = full.partition(" ")[2]
            kind = unit or ("year" if _YEAR.fullmatch(value) else counted_stem(dateless[end:]))
            kinds.setdefault(kind, set()).add(value)
    return {kind: frozenset(values) for kind, values in kinds.items() if kind and values}


def _dates_in(text: str) -> frozenset[str]:
    """Months, with the day where one is beside: "dec 18", "jun"."""
    dates = set()
    for date in _DATE.finditer(text):
        day = date["before"] or date["after"]
        dates.add(date["month"][:3].lower() + (f" {int(day)}" if day else ""))
    return frozenset(dates)


def counted_stem(after: str) -> str:
    """The stem of the word that a number before `after` counts: "container" for " containers"."""
    phrase = re.match(r"[^.,;:!?()]{0,60}", after)
    following = stem_tokens([phrase[0]])[0] if phrase else []
    return following[0] if following else ""

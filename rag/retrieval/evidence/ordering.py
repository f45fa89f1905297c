"""The order of candidates: what others bear out, newer accounts, fuller dates. Pure functions.

In:  the candidates of one question, in the order of their scores.
Out: the score that witnesses add; the order with a newer account or a fuller date first.
Left to others: the scores (`rag.retrieval.evidence.candidates`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.retrieval.evidence.candidates import Candidate

MOST_WITNESSES = 3
"""As many are counted: more add nothing."""
_WITNESS_WEIGHT = 0.5  # of a witness's own score
_MAX_WITNESS_SCORE = 4.0
_NOW = re.compile(
    r"(?:(?:who|what|which|where|how)\b(?:(?!\b(?:was|were|did|had|will|would)\b).)*?\b)?"
    r"(?:is|are|does|do|has|have|holds?|leads?|runs?|owns?)\b",
    re.I,
)
_NOT_NOW = re.compile(r"\b(?:1\d|20)\d\d\b|\b(?:was|were|did|had|ever|first|say|said)\b", re.I)
_MIN_NEWER_SCORE = 1.5  # log odds from which a newer article's account is evidence
_NEWER_MAY_SCORE_LESS = 3.0  # log odds
_MIN_PRECISE_SCORE = 1.0  # log odds from which a fuller date is evidence


def asks_of_now(question: str) -> bool:
    """Whether `question` asks for a state of now: in the present tense, and of no stated year."""
    return bool(_NOW.match(question)) and not _NOT_NOW.search(question)


def newest_first(order: list[int], candidates: Sequence[Candidate]) -> list[int]:
    """`order` with that candidate first that says something else, almost as surely, and later."""
    best = newest = candidates[order[0]]
    for n in order[1:]:
        other = candidates[n]
        if (
            newest.day
            and other.day
            and other.day > newest.day
            and other.score >= max(_MIN_NEWER_SCORE, best.score - _NEWER_MAY_SCORE_LESS)
            and not other.says.agrees(best.says)
        ):
            newest = other
    first = next(n for n in order if candidates[n] is newest)
    return [first, *(n for n in order if n != first)]


def most_precise_first(order: list[int], candidates: Sequence[Candidate]) -> list[int]:
    """`order` with that candidate first that answers as the first one does, by a fuller date."""
    precise, date = order[0], candidates[order[0]].says.date
    for n in order[1:]:
        other, own = candidates[n].says.date, candidates[n].score
        if other and date and own >= _MIN_PRECISE_SCORE and other.narrows(date):
            precise, date = n, other
    return [precise, *(n for n in order if n != precise)]


def witnesses_of(candidate: Candidate, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The best passage of each other origin whose span says the same, with a score above 0."""
    by_origin: dict[str, Candidate] = {}
    for other in candidates:
        if other.origin == candidate.origin or other.score <= 0:
            continue
        if other.says.agrees(candidate.says):
            best = by_origin.get(other.origin)
            if best is None or other.score > best.score:
                by_origin[other.origin] = other
    return list(by_origin.values())


def support_of_others(candidate: Candidate, candidates: Sequence[Candidate]) -> float:
    """Log odds that the witnesses of `candidate` add to its score."""
    best = sorted((each.score for each in witnesses_of(candidate, candidates)), reverse=True)
    return _WITNESS_WEIGHT * sum(min(each, _MAX_WITNESS_SCORE) for each in best[:MOST_WITNESSES])

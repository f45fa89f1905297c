"""What the articles say of one sentence of a draft.

    judge(candidates)  ->  `Judgement`: the verdict, and the sentence of an article it rests on

In:  a sentence of the draft beside each source that may bear it out (`Candidate`). Out: as above.
Left to others: the comparison (`rag.newsroom.drafts.comparison`), citations
(`rag.newsroom.drafts.checking`).

Supported is what one article has as a whole: every figure, date and name, no word negated or
turned round, and enough of the other words in each of its clauses. Contradicted is what the nearest
article has otherwise. In doubt a sentence is not supported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.newsroom.drafts.comparison import Comparison
from rag.newsroom.drafts.facts import Facts
from rag.newsroom.drafts.result import Verdict
from rag.text.sentences import Span
from rag.types import ClaimReading

_LEAST_COVERED = 0.7  # of what a sentence states, in the source and what stands around it
_LEAST_SHARED = 0.4  # in the source sentence itself
_LEAST_IN_CLAUSE = 0.55  # of the words of each clause
_LEAST_COSINE = 0.3
_LEAST_COSINE_IN_PART = 0.4  # where the source has not all words
_ALL = 0.99
_CONTRADICTS_SHARED = 0.5
_CONTRADICTS_COSINE = 0.5
_CONTRADICTS_BOTH = 0.4
_LEAST_ANCHORS = 2
_ONE_ANCHOR_COSINE = 0.65  # from which one is enough
_MUCH_NEARER = 0.2  # of likeness, by which another source must not be nearer than one that denies
_OBJECTS = 0.9  # of the reader's probability, from which a sentence needs to be covered better
_MUCH_COVERED = 0.8
_AGREES = 0.75  # of the reader's probability, from which less needs to be covered
_READ_AS_SUPPORT = 0.5  # by the reader; else a source that has not all words must be nearer
_LEAST_COSINE_UNREAD = 0.6
_LESS_COVERED, _LESS_IN_CLAUSE = 0.62, 0.45
_PART = re.compile(r",\s|;\s|\b(?:and|but|which|who)\b(?= )")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a draft beside a source.

    `cosine` is how near both are in meaning; `reading` is what the reader says, None without one.
    """

    comparison: Comparison
    cosine: float
    reading: ClaimReading | None = None

    @property
    def nearness(self) -> float:
        """By which candidates are ordered."""
        return self.comparison.shared + self.comparison.covered + self.cosine

    @property
    def likeness(self) -> float:
        """How much the source sentence itself is about the same thing."""
        return self.comparison.shared + self.cosine


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and the candidate that it rests on; None where no article is near."""

    verdict: Verdict
    best: Candidate | None
    unsupported: tuple[Span, ...] = ()

    @property
    def score(self) -> float:
        """The share of what the sentence states that the best source has, 0 to 1."""
        return round(self.best.comparison.covered, 3) if self.best else 0.0


def judge(claim: Facts, candidates: Sequence[Candidate]) -> Judgement:
    """What the sources say of `claim`.

    Of one that bears it out and one that has it otherwise the nearer counts.
    """
    ordered = sorted(candidates, key=lambda each: -each.nearness)
    nearest = max((each.likeness for each in candidates), default=0.0)
    supporting = next((each for each in ordered if is_supported(claim, each)), None)
    denying = max(
        (
            each
            for each in ordered
            if is_contradicted(each)
            and (each.likeness >= nearest - _MUCH_NEARER or is_denied_shortly(each, ordered[0]))
        ),
        key=lambda each: (is_denied_shortly(each, ordered[0]), each.likeness),
        default=None,
    )
    is_denied = denying is not None and is_denied_shortly(denying, ordered[0])
    if supporting and not is_denied and (denying is None or supporting.likeness > denying.likeness):
        return Judgement("supported", supporting)
    if denying:
        return Judgement("contradicted", denying, denying.comparison.unsupported)
    best = next((each for each in ordered if each.cosine >= _LEAST_COSINE), None)
    if best is None:
        return Judgement("not_found", None, ((0, len(claim.text)),))
    missing = best.comparison.unsupported or ((0, len(claim.text)),)
    return Judgement("not_found", best, missing)


def is_supported(claim: Facts, candidate: Candidate) -> bool:
    """Whether the source bears out all of `claim`."""
    comparison = candidate.comparison
    if comparison.differences or comparison.missing_facts or comparison.is_other:
        return False
    if comparison.shared < _LEAST_SHARED or candidate.cosine < _LEAST_COSINE:
        return False
    is_read = candidate.reading and candidate.reading.supported > _READ_AS_SUPPORT
    least_cosine = _LEAST_COSINE_IN_PART if is_read else _LEAST_COSINE_UNREAD
    if comparison.unsupported and candidate.cosine < least_cosine:
        return False
    least, in_part = _needed(candidate.reading)
    return comparison.covered >= least and _covers_each_part(claim, comparison, in_part)


def _needed(reading: ClaimReading | None) -> tuple[float, float]:
    """What must be covered of the sentence and of each part, by what the reader says of it."""
    if reading and reading.contradicted > _OBJECTS:
        return _MUCH_COVERED, _LEAST_IN_CLAUSE
    if reading and reading.supported > _AGREES:
        return _LESS_COVERED, _LESS_IN_CLAUSE
    return _LEAST_COVERED, _LEAST_IN_CLAUSE


def is_denied_shortly(candidate: Candidate, nearest: Candidate) -> bool:
    """Whether a short sentence of the nearest article denies it: "No one has been arrested."."""
    comparison = candidate.comparison
    return (
        any(each.kind == "negation" for each in comparison.differences)
        and comparison.of_source >= _ALL
        and comparison.source.article.id == nearest.comparison.source.article.id
    )


def is_contradicted(candidate: Candidate) -> bool:
    """Whether the source is about the same thing, and has it otherwise."""
    comparison = candidate.comparison
    if not comparison.differences or comparison.is_other:
        return False
    if comparison.of_source >= _ALL and comparison.differences[0].kind == "negation":
        return True
    least = 1 if candidate.cosine >= _ONE_ANCHOR_COSINE else _LEAST_ANCHORS
    return comparison.anchors >= least and (
        comparison.shared >= _CONTRADICTS_SHARED
        or candidate.cosine >= _CONTRADICTS_COSINE
        or min(comparison.shared, candidate.cosine) >= _CONTRADICTS_BOTH
    )


def _covers_each_part(claim: Facts, comparison: Comparison, least: float) -> bool:
    """Whether no part of the sentence ("…, and …") is mostly without support."""
    text = claim.text
    cuts = [0, *(match.end() for match in _PART.finditer(text)), len(text)]
    for start, end in pairwise(cuts):
        exact = [(each.start, each.end) for each in claim.figures]
        exact += [(each.start, each.end) for each in claim.names]
        places = [each.sense.start for each in claim.words]
        places += [place for place, _ in exact] + [each.start for each in claim.days]
        here = [each for each in places if start <= each < end]
        missing = [span for span in comparison.unsupported if start <= span[0] < end]
        exact = [each for each in exact if start <= each[0] < end]
        if len(missing) == 1 and exact and exact[0] not in missing:
            continue
        if len(here) >= 2 and 1 - len(missing) / len(here) < least:
            return False
    return True

"""From a draft to its claims, each with the passages that it cites. Pure functions.

    split_claims(draft, passages)        ->  `Claim`s, one for each sentence
    drop_repetitions(claims, question)   ->  those that say something new
    adds_to_question(claims, question)   ->  whether they say anything that the question did not

Left to others: whether a passage supports a claim (`rag.grounding.support`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.text.citation_marks import DRAFT, find_citation_marks, replace_citation_marks
from rag.text.folding import fold_spaces
from rag.text.sentences import sentence_spans
from rag.text.stemming import stem_tokens

_MARKS_AFTER_STOP = re.compile(r"([.!?][\"”’']?)((?:\s*\[[^\][]{1,30}\])+)")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of a draft without its marks, and the passages it cites (from 0)."""

    text: str
    passages: tuple[int, ...]


def split_claims(draft: str, passages: int) -> list[Claim]:
    """The sentences of `draft`, each with those of its marks that name one of `passages` passages.

    A mark after the full stop belongs to the sentence before it. Numbers that name no passage
    are dropped.
    """
    text = _MARKS_AFTER_STOP.sub(lambda match: f"{match[2]}{match[1]}", fold_spaces(draft))
    claims: list[Claim] = []
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        marks = find_citation_marks(sentence, DRAFT)
        numbers = [number - 1 for mark in marks for number in mark.expanded]
        valid = tuple(dict.fromkeys(n for n in numbers if 0 <= n < passages))
        unmarked = fold_spaces(replace_citation_marks(sentence, " ", DRAFT))
        unmarked = re.sub(r"\s+([.,;:!?])", r"\1", unmarked)
        if re.search(r"\w", unmarked):
            claims.append(Claim(unmarked, valid))
        elif claims and valid:  # marks alone on a line belong to the sentence before
            merged = tuple(dict.fromkeys((*claims[-1].passages, *valid)))
            claims[-1] = Claim(claims[-1].text, merged)
    return claims


def drop_repetitions(claims: Sequence[Claim], question: str) -> list[Claim]:
    """The first claim, and those with a stem that neither earlier claims nor `question` have."""
    earlier = set(stem_tokens([question])[0])
    distinct: list[Claim] = []
    for claim in claims:
        stems = set(stem_tokens([claim.text])[0])
        if not distinct or stems - earlier:
            distinct.append(claim)
        earlier |= stems
    return distinct


def adds_to_question(claims: Sequence[str], question: str) -> bool:
    """Whether one of `claims` has a stem that `question` does not have."""
    question_stems = frozenset(stem_tokens([question])[0])
    return any(not question_stems >= frozenset(stems) for stems in stem_tokens(list(claims)))

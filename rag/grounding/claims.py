"""From a draft with [n] marks to its claims, each with the passages it names. Pure functions.

    split_claims(draft, passages)  ->  `Claim`s

Left to others: whether a passage supports a claim (`rag.grounding.support`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.text.citation_marks import DRAFT, find_citation_marks, replace_citation_marks
from rag.text.folding import fold_spaces
from rag.text.sentences import sentence_spans

_AFTER_STOP = re.compile(r"([.!?][\"”’']?)((?:\s*\[[^\][]{1,30}\])+)")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of a draft without its markers, and the passages it names (from 0)."""

    text: str
    passages: tuple[int, ...]


def split_claims(draft: str, passages: int) -> list[Claim]:
    """Split a draft into sentences; keep the markers that name one of `passages` passages.

    A marker after the full stop belongs to the sentence before it. Numbers that name no passage
    are dropped.
    """
    moved = _AFTER_STOP.sub(lambda m: f"{m[2]}{m[1]}", " ".join(draft.split()))
    claims = []
    for start, end in sentence_spans(moved):
        sentence = moved[start:end]
        marks = find_citation_marks(sentence, DRAFT)
        named = [number - 1 for mark in marks for number in mark.expanded]
        unmarked = fold_spaces(replace_citation_marks(sentence, " ", DRAFT))
        text = re.sub(r"\s+([.,;:!?])", r"\1", unmarked)
        valid = tuple(dict.fromkeys(n for n in named if 0 <= n < passages))
        if re.search(r"\w", text):
            claims.append(Claim(text, valid))
        elif claims and valid:  # a line of markers alone belongs to what stands before it
            merged = tuple(dict.fromkeys((*claims[-1].passages, *valid)))
            claims[-1] = Claim(claims[-1].text, merged)
    return claims

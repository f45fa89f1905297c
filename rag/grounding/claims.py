"""From a draft with [n] marks to its claims, each with the passages it names. Pure functions.

    split_claims(draft, passages)  ->  `Claim`s

Left to others: whether a passage supports a claim (`rag.grounding.support`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.text.sentences import sentence_spans

_MARKER = re.compile(r"\[\s*(?:passages?\s*)?(\d{1,9}(?:\s*[,;\u2013-]\s*\d{1,9})*)\s*\]", re.I)
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
        named = [n - 1 for marker in _MARKER.finditer(sentence) for n in _numbers(marker[1])]
        text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(_MARKER.sub(" ", sentence).split()))
        valid = tuple(dict.fromkeys(n for n in named if 0 <= n < passages))
        if re.search(r"\w", text):
            claims.append(Claim(text, valid))
        elif claims and valid:  # a line of markers alone belongs to what stands before it
            merged = tuple(dict.fromkeys((*claims[-1].passages, *valid)))
            claims[-1] = Claim(claims[-1].text, merged)
    return claims


def _numbers(marker: str) -> list[int]:
    parts = re.split(r"\s*[,;]\s*", marker)
    numbers: list[int] = []
    for part in parts:
        ends = [int(each) for each in re.split(r"\s*[\u2013-]\s*", part) if each]
        numbers += list(range(ends[0], min(ends[-1], ends[0] + 20) + 1)) if ends else []
    return numbers

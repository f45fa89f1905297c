"""Polarity: whether one of two sentences denies what the other states. Pure functions.

In:  a claim and the quote that may support it. Out: whether they contradict each other by a "not".
Left to others: words, numbers and names (`rag.grounding.support`), who says it
(`rag.grounding.attribution`).

Rules for English on the surface of the text; in doubt there is no mismatch.
"""

from __future__ import annotations

import re

from rag.text.stemming import stem_tokens

_NOT = re.compile(
    r"\b(?:no longer|no more|not|never|no|none|nobody|neither|nor|cannot|without)\b|n['’]t\b", re.I
)
_DENIAL = re.compile(
    _NOT.pattern + r"|\b(?:den(?:y|ies|ied)|fail(?:s|ed)?|refus(?:e|es|ed)|reject(?:s|ed)?|unable|"
    r"lack(?:s|ed)?|absen(?:t|ce)|false|hardly|barely|impossible|un\w{4,}|non-?\w+)\b",
    re.I,
)
_NOT_ONLY = re.compile(
    r"\bnot (?:only|just|merely|least)\b|\bno (?:doubt|later|fewer|less)\b", re.I
)
_SCOPE = 3  # content words after a "not" that it negates


def polarity_mismatch(claim: str, quote: str) -> bool:
    """Whether one of the two says "not" where the other does not.

    A "not" in the claim requires a denial of some kind in the quote; a "not" in the quote that
    negates words of the claim requires one in the claim.
    """
    if _NOT.search(_NOT_ONLY.sub(" ", claim)):
        return not _DENIAL.search(quote)
    if _DENIAL.search(claim):
        return False
    claim_stems = set(stem_tokens([claim])[0])
    for sentence in re.split(r"(?<=[.!?;])\s+", _NOT_ONLY.sub(" ", quote)):
        for match in _NOT.finditer(sentence):
            scope = stem_tokens([sentence[match.end() :]])[0][:_SCOPE]
            outside = stem_tokens([_NOT.sub(" ", sentence[: match.start()])])[0]
            if len(scope) > 1 and set(scope) <= claim_stems and set(outside) & claim_stems:
                return True
    return False

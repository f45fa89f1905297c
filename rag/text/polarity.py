"""Polarity: whether a text states, negates or leaves open what it tells of. Pure functions.

    polarity_mismatch(claim, quote)  ->  whether one of the two denies what the other states
    polarity_of(clause)              ->  "stated", "negated", or "open": wanted, denied, not known

In:  a claim and the quote that may support it; a clause of a sentence. Out: as above.
Left to others: words, numbers and names (`rag.grounding.support`), who says it
(`rag.grounding.attribution`).

Rules for English on the surface of the text; in doubt there is no mismatch.
"""

from __future__ import annotations

import re
from typing import Literal

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

Polarity = Literal["stated", "negated", "open"]
_NEGATIVE_VERB = (
    r"failed|refus(?:e|es|ed)|declin(?:e|es|ed)(?= to\b)|reject(?:s|ed)?|turn(?:s|ed) down"
    r"|rul(?:es|ed) out|called off|cancelled|canceled|withdrew|dropped plans|unable to"
)
_REFUSED = re.compile(  # what was not granted was only proposed
    rf"(?P<verb>\b(?:{_NEGATIVE_VERB})) (?:(?:a|an|any|the|his|her|its|their) )?"
    r"(?:call|demand|idea|plan|proposal|request|suggestion)s?\b",
    re.I,
)
_NEGATED = re.compile(rf"{_NOT.pattern}|\b(?:no one|{_NEGATIVE_VERB})\b", re.I)
_NEITHER_NOR = re.compile(r"\bneither\b(.*?)\bnor\b", re.I)
_OPEN = re.compile(  # "May" is a month or a name
    r"\b(?:den(?:y|ies|ied|ying)|disput(?:e|es|ed|ing)|contest(?:s|ed)|alleg(?:e|es|ed|edly)"
    r"|(?:not|declin(?:e|es|ed) to|refus(?:e|es|ed) to) "
    r"(?:say|confirm|comment|reveal|disclose|rule out|exclude|deny|decide|certain|clear|sure)"
    r"|(?:not|un)(?: yet)? ?known|(?:if|unless|whether|(?-i:may)|might|could|perhaps|possibl[ey])"
    r"|offer(?:s|ed)? to|ask(?:s|ed)? (?:for|to|that)|call(?:s|ed) (?:for|on)|demand(?:s|ed)?"
    r"|want(?:s|ed)?|hop(?:es|ed|ing)|threaten(?:s|ed)?|consider(?:s|ed)?|intend(?:s|ed)?"
    r"|propos(?:e|es|ed|al)|petition|would rather|expect(?:s|ed)?|due to|plan(?:s|ned)? to"
    r"|suspect(?:s|ed)?|said to have|claim(?:s|ed)|claim (?:that|to))\b"
    r"|\b(?:almost|nearly) (?:\w+e[dn]|won)\b"
    r"|n['’]t (?:say|confirm|comment|rule out|know)\b",
    re.I,
)


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


def polarity_of(clause: str, question: str = "") -> Polarity:
    """Whether `clause` states, negates or leaves open what `question` asks.

    What the question leaves open itself ("Might it close?") does not count. Two negations in one
    clause, which may cancel each other, leave it open.
    """
    plain = _NEITHER_NOR.sub(r"not \1 or ", _NOT_ONLY.sub(" ", clause))
    plain = _REFUSED.sub(r"\g<verb>", plain)
    open_words = {match[0].lower() for match in _OPEN.finditer(question)}
    if any(match[0].lower() not in open_words for match in _OPEN.finditer(plain)):
        return "open"
    negations = len(_NEGATED.findall(plain))
    return "stated" if negations == 0 else "negated" if negations == 1 else "open"

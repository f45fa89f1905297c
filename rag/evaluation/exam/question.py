"""A question that was made, with its answer and what it rests on.

In:  the values of a maker. Out: `MadeQuestion`; whether its words can be understood alone.
Left to others: making them (`rag.evaluation.exam.makers`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.evaluation.exam.sources import SourceSentence
from rag.text.names import NAME_WORD

__all__ = ["MadeQuestion", "is_self_contained"]

_UNCLEAR = re.compile(  # needs the article to be understood
    r"\b(?:he|she|it|they|him|them|hers|theirs|we|us|our|i|me|my|you|your|this"
    r"|these|those|there|here|now|then|ago|last|next|later|earlier|previous|former|latter|such"
    r"|same|other|others|another|else|both|yesterday|today|tomorrow|himself|herself|itself"
    r"|themselves|each|did so|do so|further|instead|also|second one|more of|one of)\b"
    r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b",
    re.I,
)
_POSSESSIVE = re.compile(r"\b(?:his|her|its|their)\b")  # of somebody whom the question names
_DANGLING = re.compile(
    r"\b(?:a|an|the|of|to|in|on|at|by|for|from|with|and|or|but|than|as|into|about|some|over|"
    r"between|nearly|almost|only|after|before|very|more|both)\?$"
)
_ANY_BODY = re.compile(  # "the Institute": which one, the article tells
    r"(?:Assembly|Authority|Board|Church|City|Club|Commission|Committee|Company|Council|County|"
    r"Court|Government|Herald|Hospital|House|Institute|Island|Islands|League|Mayor|Minister|"
    r"Ministry|Museum|Office|Parliament|Party|Port|Post|President|River|School|Society|State|Town|"
    r"Union|University)$"
)
_LONGEST = 24  # words
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class MadeQuestion:
    """A question made of one sentence.

    `names` are the names in it that tell what it is about; `answers` are accepted strings, none
    where nothing answers it. `kind` names its maker, `edit` what was changed in it where it is a
    near miss of the question `original`. An article that has its names and all of `needed`, folded
    words or stems, may answer it.
    """

    kind: str
    question: str
    answers: tuple[str, ...]
    source: SourceSentence
    names: tuple[str, ...]
    edit: str = ""
    original: str = ""
    needed: frozenset[str] = frozenset()


def is_self_contained(base: MadeQuestion) -> bool:
    """Whether a question can be understood without the article: it has a name, and no "he"."""
    question = base.question
    words = question.split()
    plain = re.sub(r"“[^”]*”", "", question)
    if plain != question:  # the quotation itself tells what is meant
        return len(words) <= _LONGEST and "  " not in question
    owned = _POSSESSIVE.search(plain)
    if owned and not re.search(rf"(?<!^)\b{NAME_WORD}", plain[: owned.start()]):
        return False
    return (
        _SHORTEST <= len(words) <= _LONGEST
        and not _UNCLEAR.search(plain)
        and (base.kind == "stands_for" or not _DANGLING.search(question))
        and "  " not in question
        and not re.search(r"[\[\]{}|*#_]", question)
        and any(not _ANY_BODY.match(name) for name in base.names)
        and all(base.answers)
    )

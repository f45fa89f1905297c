"""A question taken apart where it asks several things. Pure functions of its wording.

    pieces(question)           ->  "How many are there", "from which outlets"; whole: one piece
    pieces_of_nouns(question)  ->  "Which outlets and authors are there?" as two; else none
    without_joining(question)  ->  a piece without "and", "what about" before it
    QUESTION_WORD              ->  a pattern

Left to others: whether the pieces are questions of their own
(`rag.retrieval.records.several.parts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.retrieval.records.wording import hide_quotes

QUESTION_WORD = r"(?:what|which|who|whom|whose|when|where|how)\b"
_FIELD = (
    r"(?:the |its |their )?(?:name|date|day|number|total|headline|title|authors?|outlets?|"
    r"newspapers?|paper|byline|publication)\b"
)
_NEXT_PIECE = re.compile(
    rf"(?:,|\?)?\s+(?:and|&)\s+(?=(?:\w+\s+){{0,2}}?{QUESTION_WORD})"
    rf"|\s*[,?;]\s*(?:and\s+)?(?=(?:(?:from|in|by|of|on)\s+)?{QUESTION_WORD})"
    r"|,?\s+(?:and|&)\s+(?=(?:per|(?:for|by|from|in) each)\b)"
    rf"|(?:\s*[,;]|\s+and|\s*[,;]?\s*[&+])(?:\s+also|\s+and)?\s+(?={_FIELD})",
    re.I,
)
_BOTH_ASKED = re.compile(  # "When and where was …", "By whom and when …"
    rf"(?P<one>(?:(?:by|in|on|from)\s+)?{QUESTION_WORD})\s+and\s+"
    rf"(?P<other>(?:(?:by|in|on|from)\s+)?{QUESTION_WORD})\s+(?P<rest>\w.*)",
    re.I,
)
_BOTH_NAMED = re.compile(  # "Which outlets and authors …", "the author and the date of …"
    r"(?P<ask>(?:which|what|list|show|give|name|who)(?: (?:is|are|was|were|me))?(?: the| all)*|the)"
    r" (?P<one>[\w-]+),? and "
    rf"(?!(?:the )?{QUESTION_WORD})(?:the )?(?P<other>[\w-]+)\b(?P<rest>.*)",
    re.I,
)
_JOINING = re.compile(r"(?:and|but|so|also|what about|how about)\b[ ,]*", re.I)
_FIELDS_OF = re.compile(  # "the title, the author and the date of the oldest article"
    rf"(?P<ask>.*?)\b(?P<fields>{_FIELD}(?:, {_FIELD})+,? (?:and|&) {_FIELD})"
    r"(?P<rest> (?:of|for|on) .+)",
    re.I,
)
_FIELD_NAME = re.compile(_FIELD, re.I)
_BRACKETS = re.compile(r"[()\[\]]")


def pieces(question: str, headlines: Iterable[str] = ()) -> list[str]:
    """The questions that `question` is made of, without what joins them.

    What is quoted, and each of `headlines` in it, stays whole.
    """
    bare = _BRACKETS.sub(",", question).strip(" .?!,")
    if fields := _FIELDS_OF.fullmatch(bare):
        names = [each[0].removeprefix("the ") for each in _FIELD_NAME.finditer(fields["fields"])]
        return [f"{fields['ask']}the {each}{fields['rest']}" for each in names]
    if both := _BOTH_ASKED.fullmatch(bare):
        return [f"{both['one']} {both['rest']}", f"{both['other']} {both['rest']}"]
    hidden = hide_quotes(bare, headlines)
    ends = [match.span() for match in _NEXT_PIECE.finditer(hidden)]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(bare)]
    return [bare[first:last].strip(" ,;?") for first, last in zip(starts, stops, strict=True)]


def pieces_of_nouns(question: str) -> list[str]:
    """The two questions of one that asks for two things by their names; none of any other."""
    both = _BOTH_NAMED.fullmatch(question.strip(" .?!"))
    if both is None:
        return []
    return [f"{both['ask']} {both[name]}{both['rest']}" for name in ("one", "other")]


def without_joining(question: str) -> str:
    """`question` without the words that join it to what stands before."""
    bare = question.strip(" .?!")
    return bare[match.end() :] if (match := _JOINING.match(bare)) else bare

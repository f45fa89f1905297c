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

QUESTION_WORD = r"(?:what|which|who|whom|whose|when|where|how)\b"
_FIELD = (
    r"(?:the |its |their )?(?:name|date|day|number|total|headline|title|authors?|outlets?|"
    r"newspapers?|paper|byline|publication)\b"
)
_NEXT_PIECE = re.compile(
    rf"(?:,|\?)?\s+(?:and|&)\s+(?=(?:\w+\s+){{0,2}}?{QUESTION_WORD})"
    rf"|[,?]\s+(?=(?:(?:from|in|by|of|on)\s+)?{QUESTION_WORD})"
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
_MOST_PIECES = 4


def pieces(question: str) -> list[str]:
    """The questions that `question` is made of, without what joins them; four at most."""
    bare = question.strip(" .?!")
    if both := _BOTH_ASKED.fullmatch(bare):
        return [f"{both['one']} {both['rest']}", f"{both['other']} {both['rest']}"]
    return [piece.strip(" ,;?") for piece in _NEXT_PIECE.split(bare, _MOST_PIECES - 1)]


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

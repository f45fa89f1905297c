"""Words in a text whatever their spelling, and names of people. Pure functions.

    find_words(text, words)  ->  where `text` has `words` in a row
    quotations(text)         ->  what stands in quotation marks
    PERSON                   ->  a pattern: "Lena Holt", "Beatrix van der Moolen", "O’Brien"

In:  a text, words as a person types them. Out: spans of the text, in characters.
Left to others: what is said of a person (`rag.retrieval.people.introductions`, `...speech`).
"""

from __future__ import annotations

import re

from rag.text.folding import fold
from rag.text.names import NAME_WORD

Span = tuple[int, int]

QUOTATION = re.compile(  # the words between the marks are the only group that matches
    r"“([^”]+)”|\"([^\"]+)\"|«\s*([^»]+?)\s*»|„([^“]+)“|(?<!\w)[‘']([^‘']+)[’'](?!\w)"
)

_TOKEN = re.compile(r"\w[\w’'-]*")
_JOINT = r"(?:(?:van|von|de|der|den|da|di|du|la|le|al|bin|ibn|y) )*"
PERSON = rf"{NAME_WORD}(?: {_JOINT}(?:{NAME_WORD}|[A-Z]\.))*"


def quotations(text: str) -> list[str]:
    """What stands in quotation marks in `text`, of any kind, without the marks."""
    return [next(filter(None, match.groups())) for match in QUOTATION.finditer(text)]


def find_words(text: str, words: str) -> list[Span]:
    """Where `text` has `words` in a row, marks, case and punctuation between them set aside."""
    wanted = fold(words).split()
    if not wanted:
        return []
    tokens = [(fold(match[0]).split(), match.span()) for match in _TOKEN.finditer(text)]
    flat = [(part, span) for parts, span in tokens for part in parts]
    return [
        (flat[n][1][0], flat[n + len(wanted) - 1][1][1])
        for n in range(len(flat) - len(wanted) + 1)
        if all(flat[n + k][0] == word for k, word in enumerate(wanted))
    ]

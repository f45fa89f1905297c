"""Words in a text whatever their spelling, and names of people. Pure functions.

    find_words(text, words)   ->  where `text` has `words` in a row
    find_quoted(text, words)  ->  the same within quotation marks, whatever narration parts them
    quotations(text)          ->  what stands in quotation marks
    without_quotations(text)  ->  the text with blanks in place of that
    PERSON                    ->  a pattern: "Lena Holt", "Beatrix van der Moolen", "O’Brien"

In:  a text, words as a person types them. Out: spans of the text, in characters.
Left to others: what is said of a person (`rag.retrieval.people.introductions`, `...speech`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.text.folding import fold
from rag.text.names import NAME_WORD

Span = tuple[int, int]

_MOST_LINES = 4  # that two pieces of one quotation may be apart

QUOTATION = re.compile(  # the words between the marks are the only group that matches
    r"“([^”]+)”|\"([^\"]+)\"|«\s*([^»]+?)\s*»|„([^“]+)“|(?<!\w)[‘']([^‘']+)[’'](?!\w)"
)

_QUOTED = re.compile(r"“[^”]*(?:”|$)|\"[^\"\n]*(?:\"|$)|„[^“]*“|«[^»]*»")
_TOKEN = re.compile(r"\w[\w’'-]*")
_JOINT = r"(?:(?:van|von|de|der|den|da|di|du|la|le|al|bin|ibn|y|Ó) )*"
PERSON = rf"{NAME_WORD}(?: {_JOINT}(?:{NAME_WORD}|[A-Z]\.))*"


def quotations(text: str) -> list[str]:
    """What stands in quotation marks in `text`, of any kind, without the marks."""
    return [next(filter(None, match.groups())) for match in QUOTATION.finditer(text)]


def without_quotations(text: str) -> str:
    """`text` with blanks in place of what stands in quotation marks."""
    return _QUOTED.sub(lambda match: " " * len(match[0]), text)


def find_words(text: str, words: str) -> list[Span]:
    """Where `text` has `words` in a row, marks, case and punctuation between them set aside."""
    return _in_a_row(_TOKEN.finditer(text), words)


def find_quoted(text: str, words: str) -> list[Span]:
    """Where quotations of `text` have `words` in a row.

    “Out,” she said, “and stay out.” has “Out and stay out”: what stands between is not counted.
    """
    outside = without_quotations(text)
    inside = (match for match in _TOKEN.finditer(text) if not outside[match.start()].strip())
    spans = _in_a_row(inside, words)
    return [span for span in spans if outside[slice(*span)].count("\n") < _MOST_LINES]


def trimmed(text: str, start: int, end: int) -> Span:
    """`[start:end]` of `text` without white space at its ends."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - (len(part) - len(part.rstrip()))


def _in_a_row(matches: Iterable[re.Match[str]], words: str) -> list[Span]:
    wanted = fold(words).split()
    if not wanted:
        return []
    tokens = [(fold(match[0]).split(), match.span()) for match in matches]
    flat = [(part, span) for parts, span in tokens for part in parts]
    return [
        (flat[n][1][0], flat[n + len(wanted) - 1][1][1])
        for n in range(len(flat) - len(wanted) + 1)
        if all(flat[n + k][0] == word for k, word in enumerate(wanted))
    ]

"""Sentence boundaries: a text in, the spans of its sentences out. Pure functions.

    sentence_spans(text)  ->  `[start, end)` spans in characters that tile the text
    Span                  ->  such a pair, wherever the project speaks of a part of a text
    breaks_off(text)      ->  whether it ends before its end, as a search result does

In which language a text is, which says where "am 3. Mai" ends, is seen from each block of lines.
Left to others: packing sentences into passages (`rag.ingest.chunking`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rag.text.languages import language_of

Span = tuple[int, int]

WRAPPED_LINE = 60  # characters; a line this long that ends in no stop may continue in the next
_STOPS = tuple(".!?:;…\"”»'’)]")
# dots that stand for the rest, and the count of it that some news services add: "… [+4231 chars]"
_BROKEN_OFF = re.compile(r"(?:\.\.\.|…)[\]\"”»'’)]*\s*(?:\[\+?\d+ char(?:acter)?s\])?$")
_LONGEST_END = 40  # characters


def sentence_spans(text: str) -> list[Span]:
    """The sentences of `text` as `[start, end)` character spans that tile it.

    White space after a sentence belongs to it. Within a block of lines the boundaries are those
    of sentencex (Wikimedia); the end of a line is one too, unless the line seems to be wrapped.
    """
    spans: list[Span] = []
    for start, end in _blocks(text):
        for first, last in _segments(text[start:end]):
            if spans and not text[start + first : start + last].strip():
                spans[-1] = (spans[-1][0], start + last)
            else:
                spans.append((start + first, start + last))
    if len(spans) > 1 and not text[: spans[0][1]].strip():
        spans[:2] = [(0, spans[1][1])]
    return spans


def breaks_off(text: str) -> bool:
    """Whether `text` ends in dots that stand for the rest of it."""
    return _BROKEN_OFF.search(text.rstrip()[-_LONGEST_END:]) is not None


def _blocks(text: str) -> Iterator[Span]:
    """Spans of lines that belong together, each with its line end and the blank lines after it."""
    start = position = 0
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        position += len(line)
        following = lines[number + 1] if number + 1 < len(lines) else ""
        bare = line.strip()
        wrapped = len(bare) >= WRAPPED_LINE and not bare.endswith(_STOPS) and following.strip()
        if not wrapped:
            yield start, position
            start = position


@lru_cache(maxsize=4096)
def _segments(block: str) -> tuple[Span, ...]:
    from sentencex import segment

    pieces = segment(language_of(block), block)
    if "".join(pieces) != block:  # never observed; one long sentence is better than a wrong offset
        return ((0, len(block)),)
    spans, position = [], 0
    for piece in pieces:
        spans.append((position, position + len(piece)))
        position += len(piece)
    return tuple(spans)

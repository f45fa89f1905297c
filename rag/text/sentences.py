"""Sentence boundaries: a text in, the spans of its sentences out. Pure functions.

    sentence_spans(text)  ->  `[start, end)` character spans that tile the text

Left to others: packing sentences into passages (`rag.ingest.chunking`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

Span = tuple[int, int]

WRAPPED_LINE = 60  # a line at least this long, ending in no stop, may go on in the next line
_STOPS = tuple(".!?:;…\"”»'’)]")


def sentence_spans(text: str) -> list[Span]:
    """The sentences of `text` as `[start, end)` character spans that tile it.

    White space after a sentence belongs to it. Boundaries within a block of lines are those of
    sentencex (Wikimedia); a line end is one too, unless the line seems to be wrapped.
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


def _blocks(text: str) -> Iterator[Span]:
    """Runs of lines that belong together; each ends after its line end and blank lines."""
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

    pieces = segment("en", block)
    if "".join(pieces) != block:  # never seen; a sentence too long is better than a wrong offset
        return ((0, len(block)),)
    spans, position = [], 0
    for piece in pieces:
        spans.append((position, position + len(piece)))
        position += len(piece)
    return tuple(spans)

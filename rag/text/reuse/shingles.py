"""Shingles of a text: its runs of words, and a sketch by which texts that share some are found.

    words_of(text)   ->  the folded words, each with its place and what it is
    sketch(words)    ->  hashes of some of the shingles, the same ones in every text

In:  a text. Out: values that can be compared.
Left to others: comparing two texts (`rag.text.reuse.overlap`), storing sketches
(`rag.index.copies`).

A sketch has the shingles whose hash is divisible by `_RATE` (Broder, "On the resemblance and
containment of documents", 1997). As the choice depends on the shingle alone, a paragraph has the
same ones by itself as in the long article that it was cut from; MinHash, which keeps a fixed number
of each text, would miss it. A short text has more of them, so that none has too few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from rag.text.folding import fold
from rag.text.numbers import COUNTING_WORDS

SHINGLE = 4
"""Words of a shingle of a sketch."""
_RATE = 8
_FEWEST = 24  # hashes of a sketch, where the text has as many shingles
_TOKEN = re.compile(r"\w+(?:[.,’'\-]\w+)*|[“”\"„«».!?:…\n]")
_OPENING, _CLOSING = "“„«", "”»"
_STOPS = ".!?:…\n"
_LONGEST_QUOTE = 120  # words: a mark that is not closed within them opens no quotation


class Word(NamedTuple):
    """A folded word that stands at `[start:end]` of its text.

    `is_mark`: a figure, or a name by its capital within a sentence. `is_quoted`: it stands between
    quotation marks.
    """

    folded: str
    start: int
    end: int
    is_mark: bool
    is_quoted: bool

    @property
    def is_figure(self) -> bool:
        """Whether it is a figure, in digits or as a word."""
        return self.folded[0].isdigit() or self.folded in COUNTING_WORDS


def words_of(text: str) -> list[Word]:
    """The words of `text` in order; letters of scripts without spaces are words of their own."""
    words: list[Word] = []
    opened: int | None = None  # number of words at the last opening mark
    opens = True  # whether the next word opens a sentence
    for token in _TOKEN.finditer(text):
        piece = token[0]
        if piece in _STOPS:
            opens = True
        elif piece in _OPENING or (piece == '"' and opened is None):
            opened, opens = len(words), True
        elif piece in _CLOSING or piece == '"':
            if opened is not None and len(words) - opened <= _LONGEST_QUOTE:
                words[opened:] = [each._replace(is_quoted=True) for each in words[opened:]]
            opened, opens = None, False
        else:
            folded, is_figure, is_capital = _read(piece)
            is_mark = is_figure or (is_capital and not opens)
            start, end = token.span()
            for each in folded:
                words.append(Word(each, start, end, is_mark, False))
            opens = False
    return words


def shingles(words: Sequence[str], size: int = SHINGLE) -> Iterator[tuple[str, ...]]:
    """Each run of `size` of `words`, in order."""
    return zip(*(words[start:] for start in range(size)), strict=False)


def sketch(words: Sequence[Word]) -> set[int]:
    """The hashes (32 bits) of the shingles of a text that stand for it; empty for a few words."""
    hashes = {crc32(" ".join(each).encode()) for each in shingles([word.folded for word in words])}
    chosen = {each for each in hashes if each % _RATE == 0}
    if len(chosen) < _FEWEST:
        chosen.update(sorted(hashes, key=lambda each: (each % _RATE, each))[:_FEWEST])
    return chosen


@lru_cache(maxsize=200_000)
def _read(piece: str) -> tuple[tuple[str, ...], bool, bool]:
    """The folded words of a word; whether it is a figure, and whether it has a capital."""
    is_figure = piece[0].isdigit() or piece.lower() in COUNTING_WORDS
    return tuple(fold(piece).split()), is_figure, piece[0].isupper()

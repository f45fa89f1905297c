"""What of the words of a file was not stored.

    left_out(pieces, stored)   ->  the pieces, or parts of them, of which nothing was stored

In:  all pieces of a file (`rag.ingest.inspection.raw_text`); the texts and records of its articles.
Out: the rest, in the order of the file. Pure functions.

A word counts as stored where it stands beside the same neighbour in a stored text: columns,
footnotes and paragraphs may be in another order there. A piece of one word counts where any text
has the word. So little of what is told is not true; some of what repeats words of an article is not
told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise

_HYPHENS = ("-", "\u2010")
_WORD = re.compile(r"[^\W_]+(?:(?<=\d)[.,]\d+)*")  # a figure with its separators is one


def left_out(pieces: Iterable[str], stored: Iterable[str]) -> list[str]:
    """The parts of `pieces` that none of the `stored` texts has; equal ones once."""
    words: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    for text in stored:
        own = [word for word, *_ in _words(text)]
        words.update(own)
        pairs.update(pairwise(own))
    lost = (part for piece in _unbroken(pieces, words) for part in _lost(piece, words, pairs))
    return list(dict.fromkeys(lost))


def _lost(piece: str, words: set[str], pairs: set[tuple[str, str]]) -> Iterator[str]:
    """The runs of words of one piece that were not stored."""
    own = list(_words(piece))
    if len(own) < 2:
        if own and own[0][0] not in words:
            yield piece
        return
    is_pair = [pair in pairs for pair in pairwise(word for word, *_ in own)]
    beside = zip([False, *is_pair], [*is_pair, False], strict=True)
    first: int | None = None
    for number, is_stored in enumerate(before or after for before, after in beside):
        if is_stored and first is not None:
            yield piece[own[first][1] : own[number - 1][2]]
            first = None
        elif not is_stored and first is None:
            first = number
    if first is not None:
        yield piece[own[first][1] :].strip()


def _unbroken(pieces: Iterable[str], words: set[str]) -> Iterator[str]:
    """The pieces, a word that is hyphenated at the end of one put together as it was stored."""
    before = ""
    for piece in pieces:
        rest = piece
        if before.endswith(_HYPHENS):
            head, tail = list(_words(before)), list(_words(piece))
            if head and tail and head[-1][0] + tail[0][0] in words:
                before = before[: head[-1][2]] + piece[tail[0][1] : tail[0][2]]
                rest = piece[tail[0][2] :]
        yield before
        before = rest
    yield before


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of `text` as they are compared, each with its place."""
    for match in _WORD.finditer(text):
        word = unicodedata.normalize("NFKC", match[0]).casefold()
        yield word, match.start(), match.end()

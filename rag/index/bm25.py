"""The keyword index of a generation: BM25 over stems, in one part or several.

In:  the texts of passages, in row order.
Out: a score per row for a query, and how rare a word is in the corpus.
Left to others: fusing with vectors (`rag.retrieval.search`).

Kept is how often each stem occurs in each passage, and no score: what a word is worth depends on
all parts, and a part that is added must not change those that stand.

BM25: Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009; k1 1.5, b 0.75, with
the inverse document frequency of Lucene and no factor k1 + 1 (Kamphuis and others, 2020).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.text.stemming import stem_tokens

_K1, _B = 1.5, 0.75
_AT_ONCE = 20_000  # texts whose stems are held in memory


@dataclass(frozen=True, slots=True)
class _Postings:
    """Of the n-th word: `places[starts[n]:starts[n + 1]]` hold it, `counts[...]` times each."""

    words: Mapping[str, int]
    starts: npt.NDArray[np.int64]
    places: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint16]
    lengths: npt.NDArray[np.int32]  # stems in each passage


class BM25Index:
    """BM25 scores by row; rows are the passages in the order they were given, part after part."""

    def __init__(self, parts: Sequence[_Postings]) -> None:
        self._parts = parts
        self.rows = sum(len(part.lengths) for part in parts)

    @cached_property
    def _weight(self) -> list[npt.NDArray[np.float32]]:
        """Of each passage's length, beside which its count of a word stands."""
        words = sum(int(part.lengths.sum()) for part in self._parts)
        mean = np.float32(max(1, words) / max(1, self.rows))
        return [
            (_K1 * (1 - _B + _B * part.lengths.astype(np.float32) / mean)).astype(np.float32)
            for part in self._parts
        ]

    @classmethod
    def build(cls, texts: Sequence[str]) -> BM25Index:
        """Index `texts`, as one part."""
        words: dict[str, int] = {}
        pairs, counts, lengths = [], [], []
        for start in range(0, len(texts), _AT_ONCE):
            tokens = stem_tokens(texts[start : start + _AT_ONCE])
            size = np.array([len(each) for each in tokens], np.int32)
            found = (words.setdefault(word, len(words)) for each in tokens for word in each)
            word = np.fromiter(found, np.int64, int(size.sum()))
            place = np.repeat(np.arange(start, start + len(tokens)), size)
            pair, count = np.unique(word << 32 | place, return_counts=True)
            pairs.append(pair)
            counts.append(np.minimum(count, np.iinfo(np.uint16).max).astype(np.uint16))
            lengths.append(size)
        held = np.concatenate([np.zeros(0, np.int64), *pairs])
        order = np.argsort(held, kind="stable")
        held = held[order]
        starts = np.searchsorted(held, np.arange(len(words) + 1) << 32)
        places = (held & 0xFFFFFFFF).astype(np.int32)
        count = np.concatenate([np.zeros(0, np.uint16), *counts])[order]
        length = np.concatenate([np.zeros(0, np.int32), *lengths])
        return cls([_Postings(words, starts, places, count, length)])

    @classmethod
    def combine(cls, parts: Sequence[BM25Index]) -> BM25Index:
        """All of `parts`, whose rows follow each other, as one."""
        return cls([postings for each in parts for postings in each._parts])

    def save(self, folder: Path) -> None:
        """Write what was built to `folder`, which is made."""
        (part,) = self._parts
        folder.mkdir(parents=True)
        (folder / "words.json").write_text(json.dumps(list(part.words)))
        for name in ("starts", "places", "counts", "lengths"):
            np.save(folder / f"{name}.npy", getattr(part, name))

    @classmethod
    def load(cls, folder: Path) -> BM25Index:
        """Read what `save` wrote."""
        words = json.loads((folder / "words.json").read_text())
        held = [
            np.load(folder / f"{name}.npy") for name in ("starts", "places", "counts", "lengths")
        ]
        return cls([_Postings({word: n for n, word in enumerate(words)}, *held)])

    def scores(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """BM25 of the query's stems for every row, shape [rows]."""
        scores = np.zeros(self.rows, np.float32)
        for word in words:
            rarity = np.float32(self.idf(word))
            for start, part, weight, (first, last) in self._holding(word):
                places, count = part.places[first:last], part.counts[first:last]
                count = count.astype(np.float32)
                scores[start : start + len(weight)][places] += (
                    rarity * count / (count + weight[places])
                )
        return scores

    def idf(self, word: str) -> float:
        """Inverse document frequency of a stem, above 0; highest for one the corpus lacks."""
        found = sum(last - first for *_, (first, last) in self._holding(word))
        return math.log(1 + (self.rows - found + 0.5) / (found + 0.5))

    def _holding(
        self, word: str
    ) -> Iterator[tuple[int, _Postings, npt.NDArray[np.float32], tuple[int, int]]]:
        """The parts that hold `word`: first row, part, weights of lengths, where its places are."""
        start = 0
        for part, weight in zip(self._parts, self._weight, strict=True):
            column = part.words.get(word)
            if column is not None:
                yield start, part, weight, (int(part.starts[column]), int(part.starts[column + 1]))
            start += len(weight)

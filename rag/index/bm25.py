"""The keyword index: BM25 over stems, in one segment or several.

In:  the texts of passages, in row order.
Out: a score per row for a query; the inverse document frequency of a stem; the languages of the
     passages, each of which has the stems of its own.
Left to others: fusing with vectors (`rag.retrieval.search`).

Term frequencies are stored, not scores: a score depends on all segments, and adding a segment must
not change the existing ones. The name of the file of stems holds the version of the folding that
gave them: an index with stems of another version is not misread but built anew from the texts.

BM25: Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009; k1 1.5, b 0.75, with
the inverse document frequency of Lucene and no factor k1 + 1 (Kamphuis and others, 2020).
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.text.folding import FOLDING_VERSION
from rag.text.languages import language_of
from rag.text.stemming import stem_tokens

_STEMS = f"stems-{FOLDING_VERSION}.json"
_K1, _B = 1.5, 0.75
_AT_ONCE = 20_000  # texts whose stems are held in memory


@dataclass(frozen=True, slots=True)
class _Postings:
    """Of one segment: stem n occurs in `places[starts[n]:starts[n + 1]]`, `counts[...]` times.

    `languages`: how many passages are in each language, by its code.
    """

    words: Mapping[str, int]
    languages: Mapping[str, int]
    starts: npt.NDArray[np.int64]
    places: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint16]
    lengths: npt.NDArray[np.int32]  # stems in each passage


class BM25Index:
    """BM25 of all passages, in row order: segment after segment. `rows`: how many there are."""

    def __init__(self, segments: Sequence[_Postings]) -> None:
        self._segments = segments
        self.rows = sum(len(segment.lengths) for segment in segments)

    @cached_property
    def _length_norms(self) -> list[npt.NDArray[np.float32]]:
        """The summand of each passage in the denominator of BM25, which depends on its length."""
        words = sum(int(segment.lengths.sum()) for segment in self._segments)
        mean = np.float32(max(1, words) / max(1, self.rows))
        return [
            (_K1 * (1 - _B + _B * segment.lengths.astype(np.float32) / mean)).astype(np.float32)
            for segment in self._segments
        ]

    @classmethod
    def build(cls, texts: Sequence[str]) -> BM25Index:
        """Index `texts` as one segment."""
        words: dict[str, int] = {}
        languages: Counter[str] = Counter()
        pairs, counts, lengths = [], [], []
        for start in range(0, len(texts), _AT_ONCE):
            batch = [(text, language_of(text)) for text in texts[start : start + _AT_ONCE]]
            languages.update(language for _, language in batch)
            tokens = [stem_tokens([text], language)[0] for text, language in batch]
            size = np.array([len(each) for each in tokens], np.int32)
            numbers = (words.setdefault(word, len(words)) for each in tokens for word in each)
            word = np.fromiter(numbers, np.int64, int(size.sum()))
            place = np.repeat(np.arange(start, start + len(tokens)), size)
            pair, count = np.unique(word << 32 | place, return_counts=True)
            pairs.append(pair)
            counts.append(np.minimum(count, np.iinfo(np.uint16).max).astype(np.uint16))
            lengths.append(size)
        keys = np.concatenate([np.zeros(0, np.int64), *pairs])
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        starts = np.searchsorted(keys, np.arange(len(words) + 1) << 32)
        places = (keys & 0xFFFFFFFF).astype(np.int32)
        count = np.concatenate([np.zeros(0, np.uint16), *counts])[order]
        length = np.concatenate([np.zeros(0, np.int32), *lengths])
        return cls([_Postings(words, languages, starts, places, count, length)])

    @classmethod
    def combine(cls, segments: Sequence[BM25Index]) -> BM25Index:
        """All `segments`, whose rows follow each other, as one index."""
        return cls([postings for each in segments for postings in each._segments])

    def save(self, folder: Path) -> None:
        """Write an index of one segment to `folder`, which must not exist."""
        (segment,) = self._segments
        folder.mkdir(parents=True)
        content = {"languages": dict(segment.languages), "stems": list(segment.words)}
        (folder / _STEMS).write_text(json.dumps(content), encoding="utf-8")
        for name in ("starts", "places", "counts", "lengths"):
            np.save(folder / f"{name}.npy", getattr(segment, name))

    @classmethod
    def load(cls, folder: Path) -> BM25Index:
        """Load what `save` wrote; only where not `is_outdated(folder)`."""
        content = json.loads((folder / _STEMS).read_text(encoding="utf-8"))
        arrays = [
            np.load(folder / f"{name}.npy") for name in ("starts", "places", "counts", "lengths")
        ]
        words = {word: n for n, word in enumerate(content["stems"])}
        return cls([_Postings(words, content["languages"], *arrays)])

    @staticmethod
    def is_outdated(folder: Path) -> bool:
        """Whether what is in `folder` has stems of another version."""
        return not (folder / _STEMS).is_file()

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """Every stem, each once, sorted."""
        return tuple(sorted({word for segment in self._segments for word in segment.words}))

    @cached_property
    def languages(self) -> Counter[str]:
        """In how many passages each language is used, by its code."""
        return sum((Counter(segment.languages) for segment in self._segments), Counter())

    def frequency(self, word: str) -> int:
        """In how many passages a stem occurs."""
        return sum(last - first for *_, (first, last) in self._postings(word))

    def positions(self, words: Iterable[str]) -> npt.NDArray[np.int64]:
        """Positions, in row order, of the passages that have all of `words`; all for no words."""
        has_all = np.ones(self.rows, bool)
        for word in words:
            has = np.zeros(self.rows, bool)
            for start, segment, _, (first, last) in self._postings(word):
                has[start + segment.places[first:last]] = True
            has_all &= has
        return np.flatnonzero(has_all)

    def scores(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """BM25 of the query's stems for every row, shape [rows]."""
        scores = np.zeros(self.rows, np.float32)
        for word in words:
            idf = np.float32(self.idf(word))
            for start, segment, norms, (first, last) in self._postings(word):
                places, count = segment.places[first:last], segment.counts[first:last]
                count = count.astype(np.float32)
                scores[start : start + len(norms)][places] += idf * count / (count + norms[places])
        return scores

    def idf(self, word: str) -> float:
        """Inverse document frequency of a stem, above 0; highest for one that does not occur."""
        frequency = self.frequency(word)
        return math.log(1 + (self.rows - frequency + 0.5) / (frequency + 0.5))

    def _postings(
        self, word: str
    ) -> Iterator[tuple[int, _Postings, npt.NDArray[np.float32], tuple[int, int]]]:
        """By segment that has `word`: its first row, it, its length norms, the range of places."""
        start = 0
        for segment, norms in zip(self._segments, self._length_norms, strict=True):
            number = segment.words.get(word)
            if number is not None:
                starts = segment.starts
                yield start, segment, norms, (int(starts[number]), int(starts[number + 1]))
            start += len(norms)

"""The keyword index of one generation: BM25 over stems.
In:  the texts of passages, in row order.
Out: a score per row for a query, and how rare a word is in the corpus.
Left to others: fusing with vectors (`rag.retrieve`).

BM25: Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009; k1 1.5, b 0.75,
Lucene's variant as in bm25s (Lù, 2024).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.words import stems


class Keywords:
    """BM25 scores by row; rows are the passages in the order they were given."""

    def __init__(self, index: Any | None, rows: int) -> None:
        self._index = index  # None: no passage has a word
        self.rows = rows

    @classmethod
    def build(cls, texts: Sequence[str]) -> Keywords:
        """Index `texts`."""
        import bm25s

        tokens = stems(texts)
        if not any(tokens):
            return cls(None, len(texts))
        index = bm25s.BM25()
        index.index(tokens, show_progress=False)
        return cls(index, len(texts))

    def save(self, folder: Path) -> None:
        """Write to `folder`, which is made."""
        folder.mkdir(parents=True)
        (folder / "rows").write_text(str(self.rows))
        if self._index is not None:
            self._index.save(str(folder / "bm25"), show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> Keywords:
        """Read what `save` wrote."""
        import bm25s

        rows = int((folder / "rows").read_text())
        where = folder / "bm25"
        return cls(bm25s.BM25.load(str(where)) if where.is_dir() else None, rows)

    def scores(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """BM25 of the query's stems for every row, shape [rows]."""
        known = [word for word in words if self._index is not None and self._document_count(word)]
        if not known or self._index is None:
            return np.zeros(self.rows, np.float32)
        return np.asarray(self._index.get_scores(known), dtype=np.float32)

    def rarity(self, word: str) -> float:
        """Inverse document frequency of a stem, above 0; highest for one the corpus lacks."""
        found = self._document_count(word)
        return math.log(1 + (self.rows - found + 0.5) / (found + 0.5))

    def _document_count(self, word: str) -> int:
        if self._index is None:
            return 0
        column = self._index.vocab_dict.get(word)
        if column is None:
            return 0
        pointers = self._index.scores["indptr"]
        if column + 1 >= len(pointers):
            return 0
        return int(pointers[column + 1] - pointers[column])

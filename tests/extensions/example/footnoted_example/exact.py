"""A vector store that compares with every vector: two files of numpy."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np


class ExactStore:
    """The vectors of one segment, in memory."""

    def __init__(self, rows: np.ndarray, vectors: np.ndarray) -> None:
        self._rows, self._vectors = rows, vectors

    @staticmethod
    def build(
        folder: Path,
        rows: Sequence[int],
        vectors: np.ndarray,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "rows.npy", np.asarray(rows, np.int64))
        np.save(folder / "vectors.npy", vectors)
        if progress:
            progress(len(rows))

    @classmethod
    def extend(cls, folder: Path, base: Path, rows: Sequence[int], vectors: np.ndarray) -> None:
        before = cls.open(base)
        all_rows = np.concatenate([before._rows, np.asarray(rows, np.int64)])
        all_vectors = np.concatenate([before._vectors, np.asarray(vectors).reshape(len(rows), -1)])
        cls.build(folder, all_rows, all_vectors)

    @classmethod
    def open(cls, folder: Path) -> "ExactStore":
        return cls(np.load(folder / "rows.npy"), np.load(folder / "vectors.npy"))

    def count(self) -> int:
        return len(self._rows)

    def nearest(
        self, vector: np.ndarray, k: int, allowed: Sequence[int] | None = None
    ) -> dict[int, float]:
        distances = 1 - self._vectors @ vector
        if allowed is not None:
            distances = np.where(np.isin(self._rows, allowed), distances, np.inf)
        order = [n for n in np.argsort(distances, kind="stable")[:k] if distances[n] < np.inf]
        return {int(self._rows[n]): float(distances[n]) for n in order}

    def close(self) -> None:
        """Nothing is open."""

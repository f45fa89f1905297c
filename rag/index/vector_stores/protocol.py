"""What a vector store must be able to do (docs/extending.md).

In:  unit vectors with their row numbers. Out: for a vector, the nearest rows.

A store is written once, into a folder of its own, and from then on only read: its files are hashed,
and an index whose files changed is refused. It can always be rebuilt from the documents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["VectorStore", "VectorStoreType"]


class VectorStore(Protocol):
    """An open store of one segment. Every method may be called from several threads."""

    def count(self) -> int:
        """The number of vectors."""
        ...

    def nearest(
        self, vector: npt.NDArray[np.float32], k: int, allowed: Sequence[int] | None = None
    ) -> dict[int, float]:
        """At most `k` rows nearest to the unit `vector`, with cosine distances, nearest first.

        `allowed`: the rows to search; None searches all. Of the true ten nearest at least 99 in 100
        must be among ten, or the index is not published.
        """
        ...

    def close(self) -> None:
        """Release its files."""
        ...


class VectorStoreType(Protocol):
    """How stores are written and opened: a class with static methods will do."""

    def build(
        self,
        folder: Path,
        rows: Sequence[int],
        vectors: npt.NDArray[np.float32],
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Write a new store into `folder`, which may not be there yet: one vector for each row.

        `vectors` has shape [len(rows), dimensions]; `progress` gets how many are written.
        """
        ...

    def extend(
        self, folder: Path, base: Path, rows: Sequence[int], vectors: npt.NDArray[np.float32]
    ) -> None:
        """Write a new store into `folder`: what the one in `base` has, and these rows."""
        ...

    def open(self, folder: Path) -> VectorStore:
        """Open the store in `folder` without writing to it."""
        ...

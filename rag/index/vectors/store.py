"""What a store of vectors offers, and which one the settings name.

In:  the address of a Chroma server, or the name of a store; the folder of the index.
Out: a `VectorStore`. What it writes for a segment is in the segment's folder `chroma`: the
     collection itself, or the name of the collection on a server.
Left to others: the vectors themselves, texts and articles (`rag.index.documents`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Rows = Sequence[int]
VectorArray = npt.NDArray[np.float32]
CHROMA = "chroma"  # the name of our own store
ON_SERVER = "server"  # in place of Chroma's version, in the fingerprint of an index


class VectorIndex(Protocol):
    """The open collection of one segment."""

    def count(self) -> int:
        """Number of vectors."""
        ...

    def nearest(self, vector: VectorArray, k: int, allowed: Rows | None = None) -> dict[int, float]:
        """At most `k` rows nearest to the unit `vector`, with cosine distances, nearest first.

        `allowed`: the rows to search; None searches all.

        Raises:
            IndexFault: Chroma fails.
        """
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


class VectorStore(Protocol):
    """Where the vectors of segments are kept; `folder` is the folder `chroma` of a segment."""

    @property
    def form(self) -> str:
        """What the fingerprint of an index says of it.

        That is Chroma's version, `ON_SERVER`, or the package that adds it, with its version.
        """
        ...

    @property
    def extend(self) -> Callable[[Path, Path, Rows, VectorArray], None] | None:
        """Write the collection of the second folder plus more rows to the first.

        None where a collection can only be built.
        """
        ...

    def build(
        self,
        folder: Path,
        rows: Rows,
        vectors: VectorArray,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Write a new collection: one vector per row; `vectors` has shape [len(rows), dimensions].

        `progress` is called with the number of vectors written so far.
        """
        ...

    def open(self, folder: Path) -> VectorIndex:
        """Open what `build` or `extend` wrote.

        Raises:
            IndexFault: the collection is missing or does not open.
        """
        ...

    def holds(self, folders: Iterable[Path]) -> bool:
        """Whether what is kept outside of these folders is complete."""
        ...

    def take_over(self, folders: Iterable[Path]) -> None:
        """Own what is kept outside of these folders, which another index wrote."""
        ...

    def remove_unused(self, folders: Iterable[Path]) -> None:
        """Remove what this index keeps outside of its folder, but for what `folders` name."""
        ...


def vector_store(place: str, index: Path) -> VectorStore:
    """The store for the index in the folder `index`.

    `place` is the address of a Chroma server, `CHROMA` or nothing for Chroma in this process, or
    the name of a store that another package adds. Nothing is contacted yet.

    Raises:
        IndexFault: nothing that is installed has that name, or it does not load.
    """
    if "://" in place:
        from rag.index.vectors.server import ServerVectors

        return ServerVectors(place, index)
    if place not in ("", CHROMA):
        from rag.index.vectors.added import AddedVectors

        return AddedVectors(place)
    from rag.index.vectors.local import LocalVectors

    return LocalVectors()


def hnsw_configuration(rows: Rows) -> Mapping[str, Any]:
    """How the graph of a collection of `rows` is built and searched."""
    return {
        "space": "cosine",
        # the graph goes to disk once, with the last vector
        "sync_threshold": max(2, len(rows)),
        # practically exact, whatever the vectors look like
        "max_neighbors": 32,
        "ef_construction": 200,
        "ef_search": 800,
    }

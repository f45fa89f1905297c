"""A store of vectors that another package adds (docs/extending.md).

In:  the name of an entry point of `footnoted.vector_stores`, which gives a `VectorStoreType`.
Out: a `VectorStore`; `vector_stores`: all that are installed.

A store is written once, into a folder of its own, and from then on only read: its files are hashed,
and an index whose files changed is refused. It can always be rebuilt from the documents. Whatever
the code of the package raises becomes an `IndexFault` that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from rag.errors import ExtensionError, IndexFault, RagError
from rag.index.vectors.store import CHROMA, Rows, VectorArray, VectorIndex
from rag.runtime import extensions
from rag.runtime.extensions import Extension, FoundExtensions, find_extensions

__all__ = ["AddedVectors", "VectorStoreType", "vector_stores"]


class VectorStoreType(Protocol):
    """How stores are written and opened: a class with static methods will do."""

    def build(
        self,
        folder: Path,
        rows: Rows,
        vectors: VectorArray,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Write a new store into `folder`, which may not be there yet: one vector for each row.

        `vectors` has shape [len(rows), dimensions]; `progress` gets how many are written.
        """
        ...

    def extend(self, folder: Path, base: Path, rows: Rows, vectors: VectorArray) -> None:
        """Write a new store into `folder`: what the one in `base` has, and these rows."""
        ...

    def open(self, folder: Path) -> VectorIndex:
        """Open the store in `folder` without writing to it.

        Of the true ten nearest to a vector it must find at least 99 in 100 among ten, or the index
        is not published. What is open may be called from several threads.
        """
        ...


@lru_cache(maxsize=1)
def vector_stores() -> FoundExtensions:
    """The vector stores of other packages, by name."""
    return find_extensions(extensions.VECTOR_STORES, {CHROMA})


class AddedVectors:
    """The store of another package, named `name`; its errors are named.

    Raises:
        IndexFault: nothing that is installed has that name, or it does not load.
    """

    def __init__(self, name: str) -> None:
        self._extension = _extension(name)
        with _named(self._extension, "does not load"):
            self._type: Any = self._extension.load()
            for method in ("build", "extend", "open"):
                if not callable(getattr(self._type, method, None)):
                    raise self._extension.fault(f"has no method {method}")

    @property
    def form(self) -> str:
        """The package, with its version."""
        return f"{self._extension.package} {self._extension.version}"

    def build(
        self,
        folder: Path,
        rows: Rows,
        vectors: VectorArray,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """As `VectorStoreType.build`."""
        with _named(self._extension, "does not write its vectors"):
            self._type.build(folder, rows, vectors, progress)

    def extend(self, folder: Path, base: Path, rows: Rows, vectors: VectorArray) -> None:
        """As `VectorStoreType.extend`."""
        with _named(self._extension, "does not write its vectors"):
            self._type.extend(folder, base, rows, vectors)

    def open(self, folder: Path) -> VectorIndex:
        """As `VectorStoreType.open`."""
        with _named(self._extension, "does not open its vectors"):
            return _AddedIndex(self._extension, self._type.open(folder))

    @staticmethod
    def holds(folders: Iterable[Path]) -> bool:
        """Yes: all is in these folders, whose manifests tell whether it is complete."""
        return True

    @staticmethod
    def take_over(folders: Iterable[Path]) -> None:
        """Nothing: all is in folders of the index."""

    @staticmethod
    def remove_unused(folders: Iterable[Path]) -> None:
        """Nothing: all is in folders of the index."""


class _AddedIndex:
    def __init__(self, extension: Extension, index: VectorIndex) -> None:
        self._extension, self._index = extension, index

    def count(self) -> int:
        with _named(self._extension, "does not count its vectors"):
            return int(self._index.count())

    def nearest(self, vector: VectorArray, k: int, allowed: Rows | None = None) -> dict[int, float]:
        if allowed is not None and not allowed:
            return {}
        with _named(self._extension, "does not find vectors"):
            rows = self._index.nearest(vector, k, allowed)
            return {int(row): float(distance) for row, distance in rows.items()}

    def close(self) -> None:
        with _named(self._extension, "does not close"):
            self._index.close()


def _extension(name: str) -> Extension:
    offered = vector_stores()
    if name in offered.by_name:
        return offered.by_name[name]
    known = ", ".join((CHROMA, *offered.by_name))
    raise IndexFault(
        offered.clashes.get(name)
        or f"no vector store {name!r} is installed: name one of {known} in RAG_VECTOR_STORE"
    )


@contextmanager
def _named(extension: Extension, problem: str) -> Iterator[None]:
    try:
        yield
    except ExtensionError as error:
        raise IndexFault(str(error)) from error
    except (RagError, OSError):  # a full disk is told as such
        raise
    except Exception as error:
        line = " ".join(str(error).split())[:120]
        fault = extension.fault(f"{problem} ({type(error).__name__}: {line})")
        raise IndexFault(str(fault)) from error

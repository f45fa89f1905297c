"""The vector store that a name stands for.

In:  `chroma`, or the name of an entry point of `footnoted.vector_stores`.
Out: how its stores are written and opened; what it is, with its version, for the manifest.

Whatever a store of another package raises becomes an `IndexFault` that names the package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.errors import ExtensionError, IndexFault, RagError
from rag.index.vector_stores.protocol import VectorStore, VectorStoreType
from rag.index.vectors import VectorIndex
from rag.runtime import extensions
from rag.runtime.extensions import Extension, FoundExtensions, find_extensions

CHROMA = "chroma"


@lru_cache(maxsize=1)
def vector_stores() -> FoundExtensions:
    """The vector stores of other packages, by name."""
    return find_extensions(extensions.VECTOR_STORES, {CHROMA})


def vector_store(name: str) -> VectorStoreType:
    """How stores of that name are written and opened.

    Raises:
        IndexFault: nothing that is installed has that name, or it does not load.
    """
    return VectorIndex if name == CHROMA else _Covered(_extension(name))


def package_of(name: str) -> str:
    """The package that adds the store of that name, with its version. Raises as `vector_store`."""
    extension = _extension(name)
    return f"{extension.package} {extension.version}"


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
    except RagError:
        raise
    except OSError:
        raise  # a full disk is told as such
    except Exception as error:
        line = " ".join(str(error).split())[:120]
        fault = extension.fault(f"{problem} ({type(error).__name__}: {line})")
        raise IndexFault(str(fault)) from error


class _Covered:
    """A vector store of another package; its errors are named."""

    def __init__(self, extension: Extension) -> None:
        self._extension = extension
        with _named(extension, "does not load"):
            self._type: Any = extension.load()
            for method in ("build", "extend", "open"):
                if not callable(getattr(self._type, method, None)):
                    raise extension.fault(f"has no method {method}")

    def build(
        self,
        folder: Path,
        rows: Sequence[int],
        vectors: npt.NDArray[np.float32],
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """As `VectorStoreType.build`."""
        with _named(self._extension, "does not write its vectors"):
            self._type.build(folder, rows, vectors, progress)

    def extend(
        self, folder: Path, base: Path, rows: Sequence[int], vectors: npt.NDArray[np.float32]
    ) -> None:
        """As `VectorStoreType.extend`."""
        with _named(self._extension, "does not write its vectors"):
            self._type.extend(folder, base, rows, vectors)

    def open(self, folder: Path) -> VectorStore:
        """As `VectorStoreType.open`."""
        with _named(self._extension, "does not open its vectors"):
            return _CoveredStore(self._extension, self._type.open(folder))


class _CoveredStore:
    def __init__(self, extension: Extension, store: VectorStore) -> None:
        self._extension, self._store = extension, store

    def count(self) -> int:
        with _named(self._extension, "does not count its vectors"):
            return int(self._store.count())

    def nearest(
        self, vector: npt.NDArray[np.float32], k: int, allowed: Sequence[int] | None = None
    ) -> dict[int, float]:
        if allowed is not None and not allowed:
            return {}
        with _named(self._extension, "does not find vectors"):
            rows = self._store.nearest(vector, k, allowed)
            return {int(row): float(distance) for row, distance in rows.items()}

    def close(self) -> None:
        with _named(self._extension, "does not close"):
            self._store.close()

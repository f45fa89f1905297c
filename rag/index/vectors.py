"""Nearest passages by vector. The only importer of chromadb.

In:  unit vectors with their row numbers, from our own store.
Out: for a query vector, the nearest rows.
Left to others: texts, articles and the vectors themselves (`rag.index.documents`): this
collection is disposable and is always rebuilt from there.

A collection is written once, new or as a longer copy of another, and then only read, from a copy of
its own: Chroma writes to its database when it is merely opened. See docs/architecture.md, "Chroma".
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.errors import IndexFault
from rag.index.private import TemporaryCopy

_NAME = "passages"
_DATABASE = "chroma.sqlite3"
_BATCH = 2_000


def chroma_version() -> str:
    """The version of chromadb that is installed."""
    from importlib.metadata import version

    return version("chromadb")


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    class Own(Settings):
        """Chroma's settings, deaf to the environment: it could send the index elsewhere."""

        @classmethod
        def settings_customise_sources(cls, *_: Any, **sources: Any) -> tuple[Any, ...]:
            return (sources["init_settings"],)

    return chromadb.PersistentClient(
        path=str(folder.resolve()),
        settings=Own(anonymized_telemetry=False, allow_reset=False),
    )


class VectorIndex:
    """An open collection of one generation."""

    def __init__(self, client: Any, collection: Any, copy: TemporaryCopy) -> None:
        self._client = client
        self._collection = collection
        self._copy = copy

    @staticmethod
    def build(
        folder: Path,
        rows: Sequence[int],
        vectors: npt.NDArray[np.float32],
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Write a new collection: one vector a row; `vectors` is [len(rows), dimensions]."""
        client = _client(folder)
        try:
            collection = client.create_collection(
                _NAME,
                embedding_function=None,
                configuration={
                    "hnsw": {
                        "space": "cosine",
                        # the graph goes to disk once, with the last vector
                        "sync_threshold": max(2, len(rows)),
                        # as exact as search by reading all, for vectors of any kind
                        "max_neighbors": 32,
                        "ef_construction": 200,
                        "ef_search": 800,
                    }
                },
            )
            for start in range(0, len(rows), _BATCH):
                end = min(start + _BATCH, len(rows))
                collection.add(
                    ids=[str(row) for row in rows[start:end]], embeddings=vectors[start:end]
                )
                if progress:
                    progress(end)
        finally:
            client.close()
        _compact(folder)

    @staticmethod
    def extend(
        folder: Path, base: Path, rows: Sequence[int], vectors: npt.NDArray[np.float32]
    ) -> None:
        """Write the collection of `base`, which stays as it is, with more `rows` to `folder`.

        What `base` holds is not searched anew for its neighbours: that is nearly all the work.
        """
        for file in (each for each in base.rglob("*") if each.is_file()):
            to = folder / file.relative_to(base)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to)  # `copytree` would not say that the disk is full
        client = _client(folder)
        try:
            found = client.get_collection(_NAME, embedding_function=None)
            found.modify(configuration={"hnsw": {"sync_threshold": max(2, len(rows))}})
        finally:
            client.close()
        client = _client(folder)  # the threshold is read where a collection is opened
        try:
            found = client.get_collection(_NAME, embedding_function=None)
            for start in range(0, len(rows), _BATCH):
                names = [str(row) for row in rows[start : start + _BATCH]]
                found.add(ids=names, embeddings=vectors[start : start + _BATCH])
            # whoever opens it is to write nothing
            found.modify(configuration={"hnsw": {"sync_threshold": max(2, found.count())}})
        finally:
            client.close()
        _compact(folder)

    @classmethod
    def open(cls, folder: Path) -> VectorIndex:
        """Open what `build` or `extend` wrote, from a copy of it; never makes a new one.

        A damaged file can end the process: let `rag.index.manifest` look at it first.

        Raises:
            IndexFault: the collection is missing or does not open.
        """
        try:
            copy = TemporaryCopy(folder)
        except OSError as error:
            raise IndexFault(
                f"cannot copy the vectors in {folder} to the temporary folder "
                f"({error.strerror or error}): is space left?"
            ) from error
        try:
            client = _client(copy.path)
            opened = cls(client, client.get_collection(_NAME, embedding_function=None), copy)
            opened.count()
        except Exception as error:
            copy.close()
            raise IndexFault(
                f"the vectors in {folder} do not open ({type(error).__name__}): type `rag index`"
            ) from error
        return opened

    def count(self) -> int:
        """Vectors held."""
        return int(self._collection.count())

    def nearest(
        self, vector: npt.NDArray[np.float32], number: int, within: Sequence[int] | None = None
    ) -> dict[int, float]:
        """Rows nearest to the unit `vector` with their distances (1 less the cosine), best first.

        At most `number`; of `within` alone.

        Raises:
            IndexFault: Chroma cannot say.
        """
        if within is not None and not within:
            return {}
        try:
            found = self._collection.query(
                query_embeddings=[vector],
                n_results=number,
                ids=None if within is None else [str(row) for row in within],
                include=["distances"],
            )
        except Exception as error:
            raise IndexFault(
                f"Chroma does not answer ({type(error).__name__}): type `rag index --rebuild`"
            ) from error
        rows = (int(row) for row in found["ids"][0])
        return dict(zip(rows, found["distances"][0], strict=True))

    def close(self) -> None:
        """Give back the files."""
        self._client.close()
        self._copy.close()


def _compact(folder: Path) -> None:
    """Let go of the log of what was added: it is empty now, or as good as that."""
    with sqlite3.connect(folder / _DATABASE) as database:
        database.execute("VACUUM")
    database.close()

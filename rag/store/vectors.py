"""Nearest passages by vector. The only importer of chromadb.

In:  unit vectors with their row numbers, from our own store.
Out: for a query vector, the nearest rows.
Left to others: texts, articles and the vectors themselves (`rag.store.records`): this
collection is disposable and is always rebuilt from there.

The settings are those that survived being killed and a hostile environment; see
docs/architecture.md, "Chroma".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.errors import IndexFault

_NAME = "passages"
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


class Vectors:
    """An open collection of one generation."""

    def __init__(self, client: Any, collection: Any) -> None:
        self._client = client
        self._collection = collection

    @classmethod
    def build(
        cls,
        folder: Path,
        rows: Sequence[int],
        vectors: npt.NDArray[np.float32],
        articles: Sequence[str],
        progress: Callable[[int], None] | None = None,
    ) -> Vectors:
        """Write a new collection: one vector a row, each with the id of its article.

        `vectors` has shape [len(rows), dimensions].
        """
        client = _client(folder)
        collection = client.create_collection(
            _NAME,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine", "sync_threshold": 1_000_000}},
        )
        for start in range(0, len(rows), _BATCH):
            end = min(start + _BATCH, len(rows))
            collection.add(
                ids=[str(row) for row in rows[start:end]],
                embeddings=vectors[start:end],
                metadatas=[{"article": article} for article in articles[start:end]],
            )
            if progress:
                progress(end)
        return cls(client, collection)

    @classmethod
    def open(cls, folder: Path) -> Vectors:
        """Open what `build` wrote; never makes a new one.

        Raises:
            IndexFault: the collection is missing or does not open.
        """
        try:
            client = _client(folder)
            return cls(client, client.get_collection(_NAME, embedding_function=None))
        except Exception as error:
            raise IndexFault(
                f"the vectors in {folder} do not open ({type(error).__name__}): "
                "type `rag index --rebuild`"
            ) from error

    def count(self) -> int:
        """Vectors held."""
        return int(self._collection.count())

    def nearest(
        self, vector: npt.NDArray[np.float32], number: int, articles: Sequence[str] | None = None
    ) -> list[int]:
        """Rows nearest to the unit `vector`, best first, at most `number`; of `articles` alone."""
        if articles is not None and not articles:
            return []
        found = self._collection.query(
            query_embeddings=[vector],
            n_results=number,
            where=None if articles is None else {"article": {"$in": list(articles)}},
            include=[],
        )
        return [int(row) for row in found["ids"][0]]

    def close(self) -> None:
        """Give back the files."""
        self._client.close()

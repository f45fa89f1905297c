"""Vectors in collections on a Chroma server, one for each segment, named by snapshot.

    footnoted-<id of the index>-gen-000007-<8 hex digits>    a collection; none is changed later
    <segment>/chroma/collection.json                         its name, and how many vectors it has
    <index>/COLLECTIONS                                      the id, of the collections that this
                                                             index may remove; below it those of
                                                             indexes that it took over

In:  unit vectors with their row numbers. Out: for a query vector, the nearest rows.
Left to others: requests and their faults (`rag.index.vectors.connection`).

Vectors and row numbers are sent, and no text. Each attempt to build has a name of its own, so that
no snapshot is ever searched with the vectors of another; what an interrupted one leaves is removed
by the next run. The id is no part of a backup: an index that is restored elsewhere removes nothing
of the first one's.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from rag.errors import ChromaServerError, IndexFault
from rag.index.vectors.connection import ChromaServer
from rag.index.vectors.faults import fault
from rag.index.vectors.store import ON_SERVER, Rows, VectorArray, hnsw_configuration
from rag.runtime.atomic_file import write_atomically

FILE = "collection.json"
_ID = "COLLECTIONS"
_NAME = re.compile(r"footnoted-[0-9a-f]{12}-gen-\d{6}-[0-9a-f]{8}")
_BATCH = 500  # some 4 MB for 384 dimensions; a server takes 40 MB at most


class ServerVectors:
    """The store on the server at `address`, for the index in the folder `index`."""

    form = ON_SERVER
    extend = None  # a server of one's own has no copies of collections

    def __init__(self, address: str, index: Path) -> None:
        self._server = ChromaServer(address)
        self._index = index.absolute()

    def build(
        self,
        folder: Path,
        rows: Rows,
        vectors: VectorArray,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Write a new collection, and its name to `folder`. See `VectorStore.build`.

        Raises:
            ChromaServerError: the server fails, or has not all vectors in the end.
        """
        snapshot = folder.absolute().relative_to(self._index).parts[0][: len("gen-000000")]
        own, *_ = self._prefixes() or (self._new_prefix(),)
        name = f"{own}{snapshot}-{secrets.token_hex(4)}"
        id = self._server.create(name, hnsw_configuration(rows))
        for start in range(0, len(rows), _BATCH):
            end = min(start + _BATCH, len(rows))
            self._server.add(id, [str(row) for row in rows[start:end]], vectors[start:end])
            if progress:
                progress(end)
        _require_count(self._server, id, name, len(rows))
        folder.mkdir(parents=True)
        (folder / FILE).write_text(
            json.dumps({"collection": name, "vectors": len(rows)}), encoding="utf-8"
        )

    def open(self, folder: Path) -> ServerIndex:
        """Open the collection that `folder` names. See `VectorStore.open`.

        Raises:
            IndexFault: `folder` names none.
            ChromaServerError: the server fails, or has not all vectors of it.
        """
        name, vectors = _collection(folder)
        id = self._server.id_of(name)
        _require_count(self._server, id, name, vectors)
        return ServerIndex(self._server, id)

    def holds(self, folders: Iterable[Path]) -> bool:
        """Whether the server has all collections that `folders` name, with all their vectors.

        Raises:
            ChromaServerError: the server fails.
        """
        try:
            for folder in folders:
                self.open(folder)
        except ChromaServerError as error:
            if error.kind in ("missing", "incomplete"):
                return False
            raise
        except IndexFault:
            return False
        return True

    def take_over(self, folders: Iterable[Path]) -> None:
        """Own the collections that `folders` name. See `VectorStore.take_over`."""
        ids = [prefix.split("-")[1] for prefix in self._prefixes()]
        for folder in folders:
            with suppress(IndexFault):  # a damaged one names none
                ids.append(_collection(folder)[0].split("-")[1])
        if ids:
            write_atomically(self._index / _ID, "\n".join(dict.fromkeys(ids)), sync=True)

    def remove_unused(self, folders: Iterable[Path]) -> None:
        """Remove the collections of this index that none of `folders` names.

        Raises:
            ChromaServerError: the server fails.
        """
        self._server.check()
        if not (prefixes := self._prefixes()):
            return
        used = set()
        for folder in folders:
            with suppress(IndexFault):  # a damaged one cannot be searched any more
                used.add(_collection(folder)[0])
        own = {name for name in self._server.collections() if name.startswith(prefixes)}
        for name in sorted(own - used):
            try:
                self._server.delete(name)
            except ChromaServerError as error:
                if error.kind != "missing":  # else it is gone, as it should be
                    raise

    def describe(self) -> str:
        """Where the vectors are, in words, if the server answers.

        Raises:
            ChromaServerError: it does not.
        """
        prefixes = self._prefixes()
        own = [each for each in self._server.collections() if each.startswith(prefixes)]
        noun = "collection" if len(own) == 1 else "collections"
        return f"{len(own)} {noun} of this index on the Chroma server {self._server.url}"

    def _prefixes(self) -> tuple[str, ...]:
        """What the names of this index's collections begin with, its own first; at first none."""
        file = self._index / _ID
        if not file.is_file():
            return ()
        ids = file.read_text(encoding="utf-8", errors="replace").split()
        if not ids or not all(re.fullmatch("[0-9a-f]{12}", id) for id in ids):
            raise IndexFault(f"{file} is damaged: delete it, then type `rag index --rebuild`")
        return tuple(f"footnoted-{id}-" for id in ids)

    def _new_prefix(self) -> str:
        id = secrets.token_hex(6)
        write_atomically(self._index / _ID, id, sync=True)
        return f"footnoted-{id}-"


class ServerIndex:
    """An open collection on a server."""

    def __init__(self, server: ChromaServer, id: str) -> None:
        self._server = server
        self._id = id

    def count(self) -> int:
        """Number of vectors. Raises `ChromaServerError` if the server fails."""
        return self._server.count(self._id)

    def nearest(self, vector: VectorArray, k: int, allowed: Rows | None = None) -> dict[int, float]:
        """At most `k` nearest rows, with cosine distances. See `VectorIndex.nearest`.

        Raises:
            ChromaServerError: the server fails, or has the collection no more.
        """
        if allowed is not None and not allowed:
            return {}
        ids = None if allowed is None else [str(row) for row in allowed]
        distances = self._server.query(self._id, vector, k, ids)
        return {int(id): distance for id, distance in distances.items()}

    def close(self) -> None:
        """Nothing: the connection is the store's."""


def _collection(folder: Path) -> tuple[str, int]:
    """The name of the collection of a segment, and how many vectors it was given.

    Raises:
        IndexFault: `folder` names none.
    """
    try:
        values = json.loads((folder / FILE).read_text(encoding="utf-8"))
        name, vectors = values["collection"], values["vectors"]
        if _NAME.fullmatch(name) and isinstance(vectors, int):
            return name, vectors
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise IndexFault(f"{folder} names no collection of a Chroma server: type `rag index`")


def _require_count(server: ChromaServer, id: str, name: str, vectors: int) -> None:
    if (count := server.count(id)) != vectors:
        raise fault(server.url, "incomplete", f"{name}: {count} of {vectors}")

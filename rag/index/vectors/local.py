"""Collections of Chroma in this process. The only importer of chromadb.

In:  unit vectors with their row numbers, from the document store.
Out: for a query vector, the nearest rows.
Left to others: texts, articles and the vectors themselves (`rag.index.documents`), from which a
collection can always be rebuilt; collections on a server (`rag.index.vectors.server`).

A collection is written once, from scratch or as an extended copy of another, and from then on only
read, through a `TemporaryCopy`: Chroma writes to its database as soon as it is opened. See
docs/architecture.md, "Chroma".
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Any

from filelock import FileLock, Timeout

from rag.errors import IndexFault
from rag.index.vectors.store import Rows, VectorArray, hnsw_configuration

_NAME = "passages"
_DATABASE = "chroma.sqlite3"
_BATCH = 2_000
_COPY_PREFIX = "footnoted-index-"  # of nothing else of ours: what has it is removed
_COPY, _COPY_LOCK = "copy", "HELD"  # all that is in its folder
_GRACE = 60.0  # seconds; the owner of a younger copy may be about to lock it


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


class TemporaryCopy:
    """A copy of the files of `folder` for this process alone, at `path`, until it is closed.

    A process that is killed leaves its copy behind; the next process that makes one removes every
    copy whose lock is free. A fork of the process leaves it alone.

    Raises:
        OSError: the copy cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        remove_stale_copies()
        directory = Path(mkdtemp(prefix=_COPY_PREFIX))
        self._owner = os.getpid()
        self._remove = weakref.finalize(self, _remove_own, directory, self._owner)
        self.path = directory / _COPY
        self._lock = FileLock(self.path.parent / _COPY_LOCK, thread_local=False)
        try:
            self._lock.acquire()
            self.path.mkdir()
            _copy_files(folder, self.path)
        except BaseException:
            self.close()
            raise

    @property
    def is_own(self) -> bool:
        """Whether this process made it: false in a fork of the one that did."""
        return os.getpid() == self._owner

    def close(self) -> None:
        """Remove the copy."""
        self._lock.release()
        self._remove()


def _remove_own(directory: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(directory, ignore_errors=True)


def remove_stale_copies() -> None:
    """Remove the copies of this user whose owners have died; no folder that holds anything else."""
    for copy in Path(gettempdir()).glob(f"{_COPY_PREFIX}*"):
        try:
            status = copy.lstat()
            ours = not hasattr(os, "getuid") or status.st_uid == os.getuid()
            if copy.is_symlink() or not ours or time.time() - status.st_mtime < _GRACE:
                continue
            if {each.name for each in copy.iterdir()} - {_COPY, _COPY_LOCK}:
                continue
            with FileLock(copy / _COPY_LOCK, timeout=0):
                pass
        except (OSError, Timeout):
            continue
        shutil.rmtree(copy, ignore_errors=True)


class LocalVectors:
    """The store in the folders of the segments themselves."""

    @property
    def form(self) -> str:
        """The version of chromadb, which wrote the files."""
        return chroma_version()

    @staticmethod
    def build(
        folder: Path,
        rows: Rows,
        vectors: VectorArray,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Write a new collection: one vector per row; `vectors` has shape [len(rows), dimensions].

        `progress` is called with the number of vectors written so far.
        """
        client = _client(folder)
        try:
            collection = client.create_collection(
                _NAME,
                embedding_function=None,
                configuration={"hnsw": hnsw_configuration(rows)},
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
    def extend(folder: Path, base: Path, rows: Rows, vectors: VectorArray) -> None:
        """Write the collection of `base`, which is not changed, plus more `rows`, to `folder`.

        The graph of `base` is copied, so that the neighbours of its vectors, nearly all the work,
        are not searched for again.
        """
        _copy_files(base, folder)
        client = _client(folder)
        try:
            collection = client.get_collection(_NAME, embedding_function=None)
            collection.modify(configuration={"hnsw": {"sync_threshold": max(2, len(rows))}})
        finally:
            client.close()
        client = _client(folder)  # the threshold is read when a collection is opened
        try:
            collection = client.get_collection(_NAME, embedding_function=None)
            for start in range(0, len(rows), _BATCH):
                ids = [str(row) for row in rows[start : start + _BATCH]]
                collection.add(ids=ids, embeddings=vectors[start : start + _BATCH])
            # opening it must not write anything
            collection.modify(
                configuration={"hnsw": {"sync_threshold": max(2, collection.count())}}
            )
        finally:
            client.close()
        _compact(folder)

    @staticmethod
    def open(folder: Path) -> LocalIndex:
        """Open what `build` or `extend` wrote, through a temporary copy. Never creates one.

        A damaged file can crash the process: check it with `rag.index.manifest` first.

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
            opened = LocalIndex(client, client.get_collection(_NAME, embedding_function=None), copy)
            opened.count()
        except Exception as error:
            copy.close()
            raise IndexFault(
                f"the vectors in {folder} do not open ({type(error).__name__}): type `rag index`"
            ) from error
        return opened

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


class LocalIndex:
    """An open collection of one segment."""

    def __init__(self, client: Any, collection: Any, copy: TemporaryCopy) -> None:
        self._client = client
        self._collection = collection
        self._copy = copy
        _OPEN.add(self)

    def count(self) -> int:
        """Number of vectors."""
        return int(self._collection.count())

    def nearest(self, vector: VectorArray, k: int, allowed: Rows | None = None) -> dict[int, float]:
        """At most `k` rows nearest to the unit `vector`, with cosine distances, nearest first.

        `allowed`: the rows to search; None searches all.

        Raises:
            IndexFault: Chroma fails.
        """
        if allowed is not None and not allowed:
            return {}
        try:
            result = self._collection.query(
                query_embeddings=[vector],
                n_results=k,
                ids=None if allowed is None else [str(row) for row in allowed],
                include=["distances"],
            )
        except Exception as error:
            raise IndexFault(
                f"Chroma does not answer ({type(error).__name__}): type `rag index --rebuild`"
            ) from error
        rows = (int(row) for row in result["ids"][0])
        return dict(zip(rows, result["distances"][0], strict=True))

    def close(self) -> None:
        """Close the collection and remove its temporary copy; in a fork nothing of either.

        Chroma would wait there for threads that only its parent has.
        """
        if self._copy.is_own:
            self._client.close()
            self._copy.close()


_OPEN = weakref.WeakSet[LocalIndex]()  # the collections of this process


def _keep_for_ever() -> None:
    """In a fork: never free the clients of the parent, whose threads Chroma would wait for."""
    for index in _OPEN:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(index._client))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_keep_for_ever)


def _copy_files(folder: Path, to: Path) -> None:
    """Copy files without their permissions, as the copy is written to.

    Unlike `shutil.copytree`, this lets the error of a full disk through.
    """
    for file in (each for each in folder.rglob("*") if each.is_file()):
        target = to / file.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def _compact(folder: Path) -> None:
    """Give the pages of Chroma's log of additions, which is empty by now, back to the disk."""
    with sqlite3.connect(folder / _DATABASE) as database:
        database.execute("VACUUM")
    database.close()

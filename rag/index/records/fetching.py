"""The files of a published snapshot on this machine, fetched where it lacks them.

    FetchedSnapshots(shared, index).current()     the folder of the current one

In:  what is published (`rag.index.records.sharing`); the folder of the index.
Out: a folder such as `gen-000007`, each file as it was written where the index is made, by its
     hash. Those of another index, or of an index that is not in a database, are left alone.
Left to others: opening it (`rag.index.snapshot`).

Segments that an older snapshot has here already are not fetched again. Snapshots that the database
no longer has, because their text had to go, are removed when another is fetched.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from rag.errors import IndexFault
from rag.index import manifest, merge_policy
from rag.index.records.faults import fault
from rag.index.records.server import schema_of
from rag.index.records.sharing import PublishedSnapshot, SharedSnapshots, hash_of, own_files
from rag.index.records.store import FILE, NAMED
from rag.runtime.atomic_file import write_atomically
from rag.runtime.observability.logs import notify

_WAIT = 600.0  # seconds for another process that fetches


class FetchedSnapshots:
    """The snapshots of `shared` in the folder `index` of this machine."""

    def __init__(self, shared: SharedSnapshots, index: Path) -> None:
        self._shared = shared
        self._index = index.absolute()
        self._hashes: dict[tuple[str, int, int], str] = {}

    def current(self, *, again: bool = False) -> Path | None:
        """The folder of the current snapshot, fetched where it is not here; None: there is none.

        `again`: fetch it although it is here, because it is damaged.

        Raises:
            DatabaseFault: the database fails.
            IndexFault: the folder of the index cannot be written.
        """
        published = self._shared.current()
        if published is None:
            return None
        if not again and (folder := self._here(published.hash)):
            return folder
        from filelock import FileLock, Timeout

        try:
            self._index.mkdir(parents=True, exist_ok=True)
            with FileLock(self._index / "FETCH.lock", timeout=_WAIT):
                if not again and (folder := self._here(published.hash)):
                    return folder
                notify("rag: fetching the index from its database", logging.INFO)
                return self._fetch(published)
        except Timeout:
            raise IndexFault(
                f"another process fetches the index in {self._index}: wait for it, or end it"
            ) from None
        except OSError as error:
            raise IndexFault(
                f"the index cannot be fetched to {self._index} ({error.strerror or error}): give "
                "it space and write rights, or name another folder with --index"
            ) from error

    def _here(self, digest: str) -> Path | None:
        """The folder of the snapshot whose manifest has this hash, if it is on this machine."""
        for folder in sorted(self._index.glob("gen-??????"), reverse=True):
            with suppress(OSError):
                status = (folder / manifest.NAME).stat()
                key = (folder.name, status.st_ino, status.st_mtime_ns)
                if key not in self._hashes:
                    self._hashes[key] = hash_of(folder)
                if self._hashes[key] == digest:
                    return folder
        return None

    def _fetch(self, published: PublishedSnapshot) -> Path:
        here = self._segments_here()
        fetching = self._index / f".fetching-{secrets.token_hex(4)}"
        try:
            folder = fetching
            for schema in reversed(published.schemas):  # the newest first: the older ones below it
                folder.mkdir()
                if schema in here:
                    for name in own_files(here[schema]):
                        (folder / name).parent.mkdir(parents=True, exist_ok=True)
                        merge_policy.hardlink_file(here[schema] / name, folder / name)
                else:
                    self._write_files(schema, folder)
                folder /= manifest.BASE
            self._require_whole(fetching, published)
            numbers = [int(each.name[4:10]) for each in self._index.glob("gen-??????*")]
            fetched = self._index / f"gen-{max(numbers, default=0) + 1:06d}"
            fetching.rename(fetched)
        finally:
            shutil.rmtree(fetching, ignore_errors=True)
        write_atomically(self._index / "CURRENT", fetched.name, sync=True)
        self._remove_others(fetched)
        return fetched

    def _write_files(self, schema: str, folder: Path) -> None:
        query = f"SELECT name, part, content FROM {schema}.file ORDER BY name, part"  # noqa: S608
        for name, part, content in self._shared.database.stream(query):
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts:
                raise fault(self._shared.address, "failed", f"{schema} has a file {name}")
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with (folder / name).open("ab" if part else "wb") as stream:
                stream.write(content)

    def _require_whole(self, fetched: Path, published: PublishedSnapshot) -> None:
        """Raises `DatabaseFault` where a file is not as it was written."""
        segments = manifest.segment_dirs(fetched)
        for segment in segments:
            _restore_times(segment)
        whole = len(segments) == len(published.schemas) and (fetched / manifest.NAME).is_file()
        if whole and hash_of(fetched) == published.hash:
            changed = [name for each in segments for name in manifest.changed_files(each)]
            if not changed:
                return
        is_there = self._shared.current() == published
        raise fault(
            self._shared.address, "damaged" if is_there else "missing", published.schemas[-1]
        )

    def _segments_here(self) -> dict[str, Path]:
        """The folders of segments on this machine that are as they were built, by schema."""
        folders = {}
        for snapshot in self._index.glob("gen-??????"):
            for segment in manifest.segment_dirs(snapshot):
                with suppress(IndexFault, OSError):
                    if (segment / NAMED).is_file() and not manifest.changed_files(segment):
                        folders[schema_of(segment)[0]] = segment
        return folders

    def _remove_others(self, fetched: Path) -> None:
        """Remove snapshots of the database that it no longer has, and all that is damaged."""
        others = self._shared.retained() - {hash_of(fetched)}
        for folder in self._index.glob("gen-??????"):
            if folder != fetched and not (folder / FILE).exists():
                digest = ""
                with suppress(OSError):  # without its manifest nobody can open it
                    digest = hash_of(folder)
                if digest not in others:
                    shutil.rmtree(folder, ignore_errors=True)
        for each in self._index.glob(".fetching-*"):
            shutil.rmtree(each, ignore_errors=True)


def _restore_times(segment: Path) -> None:
    """Give each file the time that its manifest has, by which `rag index` trusts it."""
    for name, changed in _times(segment):
        with suppress(OSError):
            os.utime(segment / name, ns=(changed, changed))


def _times(segment: Path) -> Iterator[tuple[str, int]]:
    with suppress(OSError, ValueError, KeyError, TypeError):
        files = json.loads((segment / manifest.NAME).read_text(encoding="utf-8"))["files"]
        yield from ((name, int(entry["changed"])) for name, entry in files.items())

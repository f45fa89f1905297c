"""The versions of an index on disk; one small file says which of them is current.

In:  the folder of the index; what an index must be built from (its fingerprint).
Out: the folders of snapshots, complete and never changed again; the current one, open.

    <index>/CURRENT               the name of the current snapshot, replaced atomically
    <index>/LOCK                  held while indexing; freed by the system when its holder dies
    <index>/gen-000007/           records.sqlite, chroma/, keywords/, trigrams/, manifest.json
    <index>/gen-000008.building/  under construction, or left by an interrupted run, to be resumed
    <index>.corrections.json      what a person corrected, put over the records of any snapshot
    <index>/COLLECTIONS           whose the collections on a Chroma server are, where one is used

Where the record is in a PostgreSQL database, that says which snapshot is current, and has its files
for machines that lack them (`rag.index.records`). Left to others: building (`rag.index.build`),
whether files are as they were built (`rag.index.manifest`), searching (`rag.index.snapshot`).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ChromaServerError, DatabaseFault, IndexFault
from rag.index import manifest
from rag.index.companions.corrections import CorrectionStore
from rag.index.manifest import FileCheck, Fingerprint
from rag.index.records.store import record_store
from rag.index.snapshot import Snapshot, damaged_index
from rag.index.vectors.store import vector_store
from rag.runtime.atomic_file import write_atomically
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.index.records.fetching import FetchedSnapshots
    from rag.index.records.sharing import SharedSnapshots

NEW = "new.sqlite"  # in a folder under construction: the documents that are new
_BUILDING = ".building"
_PURPOSE = "for.json"  # in a folder under construction: what it is built from


def corrections_of(settings: Settings) -> CorrectionStore:
    """The corrections of the index that `settings` name; nothing is contacted yet."""
    return SnapshotStore.of(settings).corrections


class SnapshotStore:
    """The folder of an index, with its snapshots.

    Its vectors are at `place` (`vector_store`), its record at `record_place` (`record_store`).
    """

    def __init__(self, folder: Path, place: str = "", record_place: str = "") -> None:
        self.folder = folder.absolute()
        self.vectors = vector_store(place, self.folder)
        self.records = record_store(record_place, self.folder)
        self.shared: SharedSnapshots | None = None
        self._fetched: FetchedSnapshots | None = None
        if record_place:
            from rag.index.records.fetching import FetchedSnapshots
            from rag.index.records.sharing import SharedSnapshots

            self.shared = SharedSnapshots(record_place, self.folder)
            self._fetched = FetchedSnapshots(self.shared, self.folder)
        own = CorrectionStore.of_index(self.folder)
        self.corrections = self.shared.corrections if self.shared else own

    @classmethod
    def of(cls, settings: Settings) -> SnapshotStore:
        """The index that `settings` name."""
        return cls(settings.index, settings.vector_place, settings.record_place)

    def current(self) -> Path | None:
        """The folder of the current snapshot; None if nothing was ever published.

        Raises:
            IndexFault: `CURRENT` names a snapshot that does not exist; or the database of the
                record fails.
        """
        return self._fetched.current() if self._fetched else self._current_here()

    def _current_here(self) -> Path | None:
        try:
            name = (self.folder / "CURRENT").read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise IndexFault(f"{self.folder} cannot be read ({error}): check its rights") from error
        snapshot = self.folder / name
        if not name.startswith("gen-") or "/" in name or not (snapshot / manifest.NAME).is_file():
            raise damaged_index(self.folder, f"{name[:40]!r} is missing")
        return snapshot

    def current_or_none(self) -> tuple[Path, Fingerprint] | None:
        """The current snapshot and its fingerprint; None if there is none, or it is damaged.

        Raises:
            DatabaseFault: the database of the record fails.
        """
        try:
            if current := self.current():
                return current, manifest.fingerprint(current)
        except DatabaseFault:
            raise
        except IndexFault:
            pass
        return None

    def newest_usable(self, expected: Fingerprint, check: FileCheck) -> Path | None:
        """The newest snapshot, current or not, with undamaged documents that serve `expected`."""
        if self._fetched:
            self._mend(self._fetched, expected, check)
        newest_first = sorted(self.folder.glob("gen-??????"), reverse=True)
        usable = (s for s in newest_first if manifest.documents_usable(s, expected, check))
        there = (s for s in usable if self.records.holds(manifest.segment_dirs(s)))
        return next(there, None)

    def _mend(self, fetched: FetchedSnapshots, expected: Fingerprint, check: FileCheck) -> None:
        """Fetch the current snapshot anew where its names of records are damaged here.

        Raises:
            DatabaseFault: the database fails.
        """
        try:
            current = fetched.current()
            if current and not manifest.documents_usable(current, expected, check):
                fetched.current(again=True)
        except DatabaseFault as error:
            if error.kind not in ("damaged", "missing"):
                raise

    def require_compatible(self, expected: Fingerprint) -> Path:
        """The folder of the current snapshot, if it can serve `expected`.

        Raises:
            IndexFault: there is none, or it was built from something else.
        """
        snapshot = self.current()
        if snapshot is None:
            raise self.absent()
        if why := manifest.fingerprint(snapshot).mismatch(expected):
            raise IndexFault(f"the index in {self.folder} {why}: type `rag index --rebuild`")
        return snapshot

    def open_current(self, expected: Fingerprint, before: Snapshot | None = None) -> Snapshot:
        """Open the current snapshot, reusing the segments that are open in `before`.

        Raises:
            IndexFault: it cannot serve `expected`, or it or the file of corrections is damaged.
        """
        folder = self.require_compatible(expected)
        corrections = self.corrections.read()
        try:
            return Snapshot.open(folder, before, corrections, self.vectors, self.records)
        except (IndexFault, FileNotFoundError) as error:
            is_here = not isinstance(error, DatabaseFault | ChromaServerError)
            if is_here and self._fetched and self.is_written_elsewhere():
                # damaged on this machine: it is fetched anew, once
                folder = self._fetched.current(again=True) or folder
                return Snapshot.open(folder, before, corrections, self.vectors, self.records)
            if self.require_compatible(expected) == folder:
                raise
        # a new one was published and the old one deleted in between
        return self.open_current(expected, before)

    def absent(self) -> IndexFault:
        """The error for an index that there is none of."""
        if self.shared:
            from rag.index.records.faults import fault

            return fault(self.shared.address, "no_index", self.shared.address.index)
        return IndexFault(f"there is no index in {self.folder}: type `rag index`")

    def is_written_elsewhere(self) -> bool:
        """Whether another folder, perhaps of another machine, writes this index.

        Raises:
            DatabaseFault: the database of the record fails.
        """
        return self.shared is not None and self.shared.is_written_elsewhere()

    @contextmanager
    def lock(self, *, take_over: bool = False) -> Iterator[None]:
        """Hold the lock for indexing. Raises `IndexFault` within a second if another holds it.

        `take_over`: this folder writes an index that several machines read from now on, and owns
        the vectors that another wrote for it.
        """
        with self.lock_here(), ExitStack() as locks:
            if self.shared:
                locks.enter_context(self.shared.lock(take_over=take_over))
            if self.shared and take_over and (current := self.current_or_none()):
                segments = manifest.segment_dirs(current[0])
                self.vectors.take_over(segment / "chroma" for segment in segments)
            yield

    @contextmanager
    def lock_here(self) -> Iterator[None]:
        """Hold the lock of this folder alone. Raises as `lock`."""
        from filelock import FileLock, Timeout

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            owner = self.folder / "LOCK.owner"
            with FileLock(self.folder / "LOCK", timeout=0.3):
                owner.write_text(str(os.getpid()), encoding="utf-8")
                yield
                owner.unlink(missing_ok=True)
        except Timeout:
            holder = owner.read_text(encoding="utf-8", errors="replace") if owner.is_file() else "?"
            raise IndexFault(
                f"{self.folder} is being indexed by process {holder}: wait for it, or end it"
            ) from None
        except PermissionError as error:
            raise IndexFault(
                f"cannot write to {self.folder} ({error.strerror}): "
                "give it write rights, or name another with --index"
            ) from error

    def start(self, expected: Fingerprint, base: Path | None = None) -> Path:
        """A folder to build a snapshot in, above the snapshot `base`.

        It is the one that an interrupted run left, if it had the same purpose and base.
        """
        base_hash = base and hashlib.sha256((base / manifest.NAME).read_bytes()).hexdigest()
        purpose = json.dumps({**asdict(expected), "base": base_hash}, sort_keys=True)
        for folder in sorted(self.folder.glob(f"gen-*{_BUILDING}")):
            file = folder / _PURPOSE
            if file.is_file() and file.read_text(encoding="utf-8") == purpose:
                return folder
            shutil.rmtree(folder)
        numbers = [int(each.name[4:10]) for each in self.folder.glob("gen-??????")]
        folder = self.folder / f"gen-{max(numbers, default=0) + 1:06d}{_BUILDING}"
        folder.mkdir()
        (folder / _PURPOSE).write_text(purpose, encoding="utf-8")
        return folder

    def publish(self, building: Path, keep_old: bool) -> Path:
        """Make the snapshot in `building` the current one, atomically. Its new folder.

        `keep_old`: keep the previous snapshot too; not if it has text that must be deleted.
        """
        (building / _PURPOSE).unlink(missing_ok=True)
        published = building.with_name(building.name.removesuffix(_BUILDING))
        building.rename(published)
        before = self.current_or_none()
        if self.shared:  # from now on it is the current one, everywhere
            self._share_corrections()
            self.shared.publish(published, before[0] if before and keep_old else None)
        write_atomically(self.folder / "CURRENT", published.name, sync=True)
        manifest.sync(self.folder)
        (published / NEW).unlink(missing_ok=True)
        retained = {published, before[0]} if before and keep_old else {published}
        for old in set(self.folder.glob("gen-*")) - retained:
            shutil.rmtree(old, ignore_errors=True)  # if in use, on some systems: gone the next time
        return published

    def _share_corrections(self) -> None:
        """Move corrections beside this folder, of before its record was in the database, there."""
        own = CorrectionStore.of_index(self.folder)
        if own.path.is_file() and not self.corrections.text():
            self.corrections.put(own.text())
            own.path.unlink()

    def completed(self, snapshot: Path) -> Path:
        """The current `snapshot`, of which machines that read have all files to fetch again.

        Raises:
            DatabaseFault: the database of the record fails.
        """
        if self.shared:
            self.shared.put_files(snapshot)
        return snapshot

    def remove_unused(self) -> None:
        """Remove what is kept outside of this folder, and that no snapshot uses.

        Raises:
            IndexFault: the store of the vectors, or that of the record, fails.
        """
        snapshots = self.folder.glob("gen-??????")
        segments = [segment for each in snapshots for segment in manifest.segment_dirs(each)]
        self.records.remove_unused(segments)
        self.vectors.remove_unused(segment / "chroma" for segment in segments)


@contextmanager
def disk_errors_named(folder: Path) -> Iterator[None]:
    """Turn errors of the disk and of SQLite while the index in `folder` is written into one line.

    Raises:
        IndexFault: the disk is full, or the folder cannot be written.
    """
    try:
        yield
    except Exception as error:
        text = str(error)
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EFBIG)
        if full or "disk is full" in text or "disk I/O error" in text:
            raise IndexFault(
                f"no space left for the index in {folder}: free some, then type `rag index` "
                "again (what was indexed before is intact)"
            ) from error
        if isinstance(error, sqlite3.OperationalError | PermissionError):
            raise IndexFault(f"cannot write the index in {folder} ({text})") from error
        raise

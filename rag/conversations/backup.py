"""A collection as one file: index, corrections, calibration, alerts, conversations.

    write_backup(settings, file)     a ZIP file; written whole, or not at all
    restore_backup(settings, file)   checked before anything is put in its place

    backup.json            format, version, when it was made; size and SHA-256 of each file
    index/…                the current snapshot, and what it is made of
    corrections.json, alerts.sqlite, conversations.sqlite

In:  the path of a file. Out: `Contents`.
Left to others: the snapshot (`rag.index.snapshots`), the commands (`rag.cli.storage.backup`).

Only names of this form are ever written, each below its own place: no path of the file is
followed. Nothing that is there is replaced. Each file is compared with its hash, and those of the
index with its manifest. A hash tells damage, not who wrote the file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

from rag.conversations.store import ConversationStore
from rag.errors import BackupError, IndexFault
from rag.index import manifest
from rag.index.companions.corrections import CorrectionStore
from rag.index.manifest import fingerprint
from rag.index.merge_policy import hardlink_tree
from rag.index.records.local import LOCAL_RECORDS
from rag.index.records.renewal import renew_records
from rag.index.snapshots import SnapshotStore
from rag.index.vectors.renewal import renew_vectors
from rag.index.vectors.store import ON_SERVER
from rag.newsroom.alerts.store import AlertStore
from rag.runtime.atomic_file import atomic_writer
from rag.settings import Settings

_FORMAT, _VERSION = "footnoted backup", 1
_CONTENTS = "backup.json"
_INDEX = "index"
_PARTS = ("index", "corrections", "alerts", "conversations")
_NAME = re.compile(
    r"index/(?:CURRENT|[a-z]+\.json|gen-\d{6}(?:/(?!\.)[\w.-]+)+)"
    r"|corrections\.json|alerts\.sqlite|conversations\.sqlite",
    re.ASCII,
)
_CHUNK = 1 << 20  # bytes
_MOST_CONTENTS = 64 << 20  # bytes of the list of files
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a backup: its size in bytes, and its SHA-256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds, and when it was made: ISO 8601 in UTC."""

    made_at: str
    files: Mapping[str, StoredFile]

    @property
    def parts(self) -> list[str]:
        """Which of index, corrections, alerts and conversations are in it."""
        names = {re.split(r"[/.]", name)[0] for name in self.files}
        return [each for each in _PARTS if each in names]


def write_backup(settings: Settings, file: Path) -> Contents:
    """Write the collection of `settings` to the new file `file`, readable by its owner alone.

    Raises:
        BackupError: the file is there already, or the index is damaged.
        IndexFault: there is no index, or it is being indexed.
        OSError: the file cannot be written.
    """
    if file.exists():
        raise BackupError(f"{file} is there already: name another file")
    snapshots = SnapshotStore.of(settings)
    if snapshots.current() is None:
        raise snapshots.absent()
    with snapshots.lock_here(), tempfile.TemporaryDirectory(dir=file.absolute().parent) as copies:
        _require_intact(snapshots)
        sources = dict(_sources(settings, snapshots, Path(copies)))
        with atomic_writer(file, sync=True) as stream:
            _make_private(stream)
            contents = _write(stream, sources)
    return contents


def restore_backup(settings: Settings, file: Path) -> Contents:
    """Put what is in `file` where `settings` have it; there must be nothing yet.

    Raises:
        BackupError: the file is no backup, or damaged; or something is there already.
        IndexFault: its vectors cannot be written to the Chroma server of the settings.
        OSError: nothing can be written there.
    """
    index = settings.index.absolute()
    with _opened(file) as archive:
        contents = _contents(archive, file)
        targets = {part: _targets(settings)[part] for part in contents.parts}
        if settings.database_url:
            targets.pop("corrections", None)  # they go there too
        _require_free(targets)
        index.parent.mkdir(parents=True, exist_ok=True)
        needed = sum(each.size for each in contents.files.values())
        if needed > shutil.disk_usage(index.parent).free:
            raise BackupError(f"{file} needs {needed:,} bytes in {index.parent}: free some")
        with tempfile.TemporaryDirectory(dir=index.parent, prefix=".restoring-") as staging:
            for name, entry in contents.files.items():
                _extract(archive, name, entry, Path(staging) / name)
            try:
                _require_intact(SnapshotStore(Path(staging) / _INDEX))
            except IndexFault as error:
                raise BackupError(f"{file} holds a damaged index ({error})") from error
            _require_free(targets)
            with (
                _vectors_moved(Path(staging) / _INDEX, settings),
                _record_moved(Path(staging), settings),
            ):
                _put(Path(staging), targets)
    return contents


@contextmanager
def _vectors_moved(index: Path, settings: Settings) -> Iterator[None]:
    """The vectors of the restored `index` are where the settings keep them, unless this fails.

    A server has the collections of the first index, which may remove them: this one gets its own.

    Raises:
        IndexFault: the server fails, or the documents cannot be read.
    """
    snapshots = SnapshotStore(index, settings.vector_place)
    current = snapshots.current()
    if current is None or not (settings.chroma_url or fingerprint(current).chromadb == ON_SERVER):
        yield
        return
    try:
        renew_vectors(current, snapshots.vectors)
        yield
    except BaseException:
        with suppress(IndexFault):
            snapshots.vectors.remove_unused(())
        raise


@contextmanager
def _record_moved(staging: Path, settings: Settings) -> Iterator[None]:
    """The record of the restored index is where the settings keep it, unless this fails.

    In a database it is published with its corrections, for all machines that read it.

    Raises:
        BackupError: the database has an index of that name.
        IndexFault: the database fails.
    """
    here = SnapshotStore(staging / _INDEX)
    there = SnapshotStore(staging / _INDEX, record_place=settings.record_place)
    current, shared = here.current(), there.shared
    if current is None or shared is None:
        yield
        return
    if shared.current():
        raise BackupError(
            f"{shared.address} has an index {shared.address.index} already, and nothing is "
            "replaced: name another (?index=NAME in RAG_DATABASE_URL)"
        )
    corrections = staging / "corrections.json"
    try:
        with shared.lock():
            renew_records(current, here.records, there.records)
            if corrections.is_file():
                there.corrections.put(corrections.read_text(encoding="utf-8"))
            shared.publish(current, None)
            yield
    except BaseException:
        with suppress(IndexFault):
            shared.remove(lambda: there.records.remove_unused(()))
        raise


def _targets(settings: Settings) -> dict[str, Path]:
    """Where each part belongs."""
    return {
        "conversations": ConversationStore(settings.conversations).file,
        "alerts": AlertStore.of_index(settings.index).file,
        "corrections": CorrectionStore.of_index(settings.index).path,
        "index": settings.index.absolute(),
    }


def _require_free(targets: Mapping[str, Path]) -> None:
    for path in targets.values():
        if path.is_dir() and not any(path.iterdir()):
            continue
        if path.exists() or path.is_symlink():
            raise BackupError(
                f"{path} is there already, and nothing is replaced: name another place with "
                "--index and RAG_CONVERSATIONS, or move it away"
            )


def _require_intact(snapshots: SnapshotStore) -> None:
    """Raises `BackupError` or `IndexFault` where a file of the current snapshot has changed."""
    snapshot = snapshots.current()
    if snapshot is None:
        raise BackupError(f"{snapshots.folder} has no snapshot")
    for segment in manifest.segment_dirs(snapshot):
        if changed := manifest.changed_files(segment):
            raise BackupError(
                f"the index in {snapshots.folder} is damaged ({changed[0]}): type `rag index`"
            )


# writing


def _sources(
    settings: Settings, snapshots: SnapshotStore, copies: Path
) -> Iterator[tuple[str, Path]]:
    """The names in the backup, and the files that they are written from."""
    for path in snapshots.folder.glob("*.json"):
        yield f"{_INDEX}/{path.name}", path
    snapshot = snapshots.current()
    assert snapshot is not None
    if snapshots.shared:  # whose record is not in its files
        copy = copies / _INDEX / snapshot.name
        hardlink_tree(snapshot, copy)
        renew_records(copy, snapshots.records, LOCAL_RECORDS)
        snapshot = copy
    current = copies / "CURRENT"
    current.write_text(snapshot.name, encoding="utf-8")
    yield f"{_INDEX}/CURRENT", current
    for path in (each for each in sorted(snapshot.rglob("*")) if each.is_file()):
        yield f"{_INDEX}/{path.relative_to(snapshot.parent).as_posix()}", path
    targets = _targets(settings)
    if corrections := snapshots.corrections.text():
        copy = copies / "corrections.json"
        copy.write_text(corrections, encoding="utf-8")
        yield copy.name, copy
    for part in ("alerts", "conversations"):
        if targets[part].is_file():
            yield f"{part}.sqlite", _copied(targets[part], copies / part)


def _copied(database: Path, copy: Path) -> Path:
    """A copy of a database as it was at one moment, whatever is written to it meanwhile."""
    try:
        with (
            closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        raise BackupError(f"{database} cannot be read ({error}): nothing was written") from error
    return copy


def _write(stream: IO[bytes], sources: Mapping[str, Path]) -> Contents:
    files = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path in sources.items():
            digest, size = hashlib.sha256(), 0
            with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    size += target.write(chunk)
            files[name] = StoredFile(size, digest.hexdigest())
        contents = Contents(datetime.now(UTC).isoformat(timespec="seconds"), files)
        values = {
            "format": _FORMAT,
            "version": _VERSION,
            "footnoted": version("footnoted"),
            "made_at": contents.made_at,
            "files": {name: asdict(each) for name, each in files.items()},
        }
        archive.writestr(_CONTENTS, json.dumps(values, indent=1))
    return contents


# reading


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    if not file.exists():
        raise BackupError(f"{file} is not there: name a file of `rag backup`")
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except _BROKEN as error:
        raise BackupError(f"{file} is no backup, or is damaged ({error})") from error


def _contents(archive: zipfile.ZipFile, file: Path) -> Contents:
    """What the backup says that it holds, if that is what is in it. Raises `BackupError`."""
    names = archive.namelist()
    if _CONTENTS not in names:
        raise BackupError(f"{file} is no backup of `rag backup`: it has no {_CONTENTS}")
    if archive.getinfo(_CONTENTS).file_size > _MOST_CONTENTS:
        raise BackupError(f"{file} is no backup of `rag backup`: its {_CONTENTS} is too large")
    try:
        values = json.loads(archive.read(_CONTENTS))
        if (values["format"], values["version"]) != (_FORMAT, _VERSION):
            raise BackupError(f"{file} is a backup of another version: update this program")
        files = {name: StoredFile(**each) for name, each in values["files"].items()}
        contents = Contents(str(values["made_at"]), files)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"{file} is damaged: its {_CONTENTS} cannot be read") from error
    for name, each in files.items():
        if not _NAME.fullmatch(name) or not isinstance(each.size, int):
            raise BackupError(f"{file} is no backup of `rag backup`: it holds “{name[:80]}”")
    if sorted(names) != sorted([*files, _CONTENTS]) or _INDEX not in contents.parts:
        raise BackupError(f"{file} is damaged: it does not hold the files that it lists")
    return contents


def _extract(archive: zipfile.ZipFile, name: str, entry: StoredFile, target: Path) -> None:
    """Write a file of the backup to `target`, compared with its size and hash."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with archive.open(name) as source, target.open("xb") as stream:
        while size <= entry.size and (chunk := source.read(_CHUNK)):
            digest.update(chunk)
            size += stream.write(chunk)
    if (size, digest.hexdigest()) != (entry.size, entry.sha256):
        raise BackupError(f"{archive.filename} is damaged: {name} is not as it was written")


def _put(staging: Path, targets: Mapping[str, Path]) -> None:
    """Put each part in its place, the index last: until then there is none. All, or nothing."""
    placed: list[Path] = []
    try:
        _put_each(staging, targets, placed)
    except BaseException:
        for each in placed:
            each.unlink(missing_ok=True)
        raise


def _put_each(staging: Path, targets: Mapping[str, Path], placed: list[Path]) -> None:
    """Put each part in its place, and add it to `placed`; the index, the last, by one step."""
    for part, target in sorted(targets.items(), key=lambda each: each[0] == _INDEX):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if part == _INDEX:
            if target.is_dir():
                target.rmdir()  # it is empty
            (staging / part).rename(target)
            continue
        source = next(each for each in staging.glob(f"{part}.*") if each.is_file())
        with source.open("rb") as content, atomic_writer(target, sync=True) as stream:
            _make_private(stream)
            shutil.copyfileobj(content, stream)
        placed.append(target)


def _make_private(stream: IO[bytes]) -> None:
    """Let nobody but its owner read a file, on systems that can."""
    if os.name == "posix":
        os.fchmod(stream.fileno(), 0o600)

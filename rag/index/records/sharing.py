"""The snapshots of an index that several machines read: which there are, and which is current.

    with shared.lock():                    one machine writes; `shared.publish(folder, before)`
    shared.current()                       the hash of the manifest of the current one, and schemas
    shared.corrections                     of all machines

    footnoted.indexes      name, id, writer, hash of the current snapshot, corrections
    footnoted.snapshots    hash of the manifest, the schemas of its segments, oldest first
    <schema>.file          the files that are derived from a segment, in parts
    <index>/WRITER         the id by which the folder that writes an index is known

In:  the address of the database; the folder of the index, and of a snapshot that is complete.
Out: rows, written in one transaction.
Left to others: the record of a segment (`rag.index.records.server`), the files of a snapshot on
this machine (`rag.index.records.fetching`), when to publish (`rag.index.snapshots`).

A snapshot is known by the hash of its manifest, which has the hash of each of its files, and so is
the same everywhere, whatever its folder is called.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from rag.errors import DatabaseFault, IndexFault
from rag.index import manifest
from rag.index.records.connection import WRITE_SECONDS, Database, Transaction, shared_database
from rag.index.records.corrections import SharedCorrections
from rag.index.records.faults import fault
from rag.index.records.server import schema_of
from rag.index.records.tables import lines_of
from rag.runtime.atomic_file import write_atomically
from rag.runtime.network.database_address import DatabaseAddress

_WRITER = "WRITER"
_PART = 1 << 20  # bytes of a file in one row
_REGISTRY = (
    "CREATE SCHEMA IF NOT EXISTS footnoted",
    "CREATE TABLE IF NOT EXISTS footnoted.indexes("
    "name text PRIMARY KEY, id text NOT NULL UNIQUE, writer text NOT NULL, current text, "
    "corrections text NOT NULL DEFAULT '{}', corrected bigint NOT NULL DEFAULT 0)",
    "CREATE TABLE IF NOT EXISTS footnoted.snapshots("
    "index_id text NOT NULL REFERENCES footnoted.indexes(id) ON DELETE CASCADE, "
    "hash text NOT NULL, schemas text NOT NULL, published timestamptz NOT NULL DEFAULT now(), "
    "PRIMARY KEY(index_id, hash))",
)
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended(?, 0))"
_CURRENT = (
    "SELECT s.hash, s.schemas FROM footnoted.indexes i JOIN footnoted.snapshots s "
    "ON s.index_id = i.id AND s.hash = i.current WHERE i.name = ?"
)
_RETAINED = (
    "SELECT s.hash FROM footnoted.snapshots s JOIN footnoted.indexes i ON i.id = s.index_id "
    "WHERE i.name = ?"
)


class PublishedSnapshot(NamedTuple):
    """The hash of its manifest, and the schemas of its segments, oldest first."""

    hash: str
    schemas: tuple[str, ...]


class SharedSnapshots:
    """The index that `place` names, for the folder `index` of this machine."""

    def __init__(self, place: str, index: Path) -> None:
        self.address = DatabaseAddress.parse(place)
        self.database = shared_database(self.address)
        self.corrections = SharedCorrections(self.database)
        self._index = index.absolute()
        self._writing: Database | None = None

    def current(self) -> PublishedSnapshot | None:
        """The current snapshot; None if nothing was ever published. Raises `DatabaseFault`."""
        for digest, schemas in self._rows(_CURRENT):
            return PublishedSnapshot(digest, tuple(json.loads(schemas)))
        return None

    def retained(self) -> set[str]:
        """The hashes of all snapshots that are there. Raises `DatabaseFault`."""
        return {digest for (digest,) in self._rows(_RETAINED)}

    def article_count(self) -> int | None:
        """How many articles the current snapshot has; None where there is none.

        Raises:
            DatabaseFault: the database fails.
        """
        if (published := self.current()) is None:
            return None
        counts = (f"(SELECT count(*) FROM {each}.article)" for each in published.schemas)  # noqa: S608
        return int(self.database.rows(f"SELECT {' + '.join(counts)}")[0][0])

    def is_written_elsewhere(self) -> bool:
        """Whether another folder writes the index. Raises `DatabaseFault`."""
        rows = self._rows("SELECT writer FROM footnoted.indexes WHERE name = ?")
        file = self._index / _WRITER
        own = file.read_text(errors="replace", encoding="utf-8").strip() if file.is_file() else ""
        return bool(rows) and rows != [[own]]

    def written_elsewhere(self) -> DatabaseFault:
        """The error for that."""
        return fault(self.address, "writer", self.address.index)

    @contextmanager
    def lock(self, *, take_over: bool = False) -> Iterator[None]:
        """Hold the lock for indexing, which the database frees when the connection ends.

        `take_over`: this folder writes the index from now on, whichever did before.

        Raises:
            DatabaseFault: another run holds it, another folder writes this index, or the database
                fails.
        """
        database = Database(self.address, WRITE_SECONDS)
        try:
            with database.transaction() as transaction:
                # of two that begin at once, one makes the tables
                transaction.run("SELECT pg_advisory_xact_lock(hashtextextended('footnoted', 0))")
                if not _has_registry(transaction):
                    for statement in _REGISTRY:
                        transaction.run(statement)
                self._hold(transaction, take_over=take_over)
            self._writing = database
            yield
        finally:
            self._writing = None
            database.close()

    def publish(self, snapshot: Path, before: Path | None) -> None:
        """Make the snapshot in a folder the current one, with its files, in one transaction.

        `before` stays too; others go.

        Raises:
            DatabaseFault: the database fails; what was current stays.
        """
        assert self._writing is not None, "only under the lock"
        schemas = [schema_of(segment)[0] for segment in manifest.segment_dirs(snapshot)]
        digest = hash_of(snapshot)
        with self._writing.transaction() as transaction:
            self._hold(transaction)  # the connection may have been lost, and the lock with it
            _put_files(transaction, snapshot)
            ((id,),) = transaction.run(
                "UPDATE footnoted.indexes SET current = ? WHERE name = ? RETURNING id",
                (digest, self.address.index),
            )
            transaction.run(
                "DELETE FROM footnoted.snapshots WHERE index_id = ? AND hash <> ?",
                (id, hash_of(before) if before else ""),
            )
            transaction.run(
                "INSERT INTO footnoted.snapshots(index_id, hash, schemas) VALUES(?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                (id, digest, json.dumps(schemas)),
            )

    def put_files(self, snapshot: Path) -> None:
        """Write the files of a snapshot that the database has lost once more.

        Raises:
            DatabaseFault: the database fails.
        """
        assert self._writing is not None, "only under the lock"
        with self._writing.transaction() as transaction:
            self._hold(transaction)
            _put_files(transaction, snapshot)

    @contextmanager
    def renamed(self, new: str) -> Iterator[None]:
        """The index has the name of the address `new`, unless the `with` block fails.

        Raises:
            DatabaseFault: another folder writes it, another index has the name, or the database
                fails.
        """
        name = DatabaseAddress.parse(new).index
        with self.lock():
            assert self._writing is not None
            with self._writing.transaction() as transaction:
                transaction.run(
                    "UPDATE footnoted.indexes SET name = ? WHERE name = ?",
                    (name, self.address.index),
                )
                yield

    def remove(self, remove_unused: Callable[[], None]) -> None:
        """Remove the index; `remove_unused` removes its schemas. Raises `DatabaseFault`."""
        with self.lock():
            assert self._writing is not None
            name = (self.address.index,)
            with self._writing.transaction() as transaction:
                transaction.run(
                    "DELETE FROM footnoted.snapshots WHERE index_id IN "
                    "(SELECT id FROM footnoted.indexes WHERE name = ?)",
                    name,
                )
            remove_unused()
            with self._writing.transaction() as transaction:
                transaction.run("DELETE FROM footnoted.indexes WHERE name = ?", name)

    def _hold(self, transaction: Transaction, *, take_over: bool = False) -> None:
        """Take the lock of this index for this folder, which is the one that writes it."""
        name = self.address.index
        ((is_free,),) = transaction.run(_LOCK, (f"footnoted {name}",))
        if not is_free:
            raise fault(self.address, "in_use", f"index {name}")
        writer = self._writer()
        rows = transaction.run("SELECT writer FROM footnoted.indexes WHERE name = ?", (name,))
        if not rows:
            transaction.run(
                "INSERT INTO footnoted.indexes(name, id, writer) VALUES(?, ?, ?)",
                (name, self._new_id(transaction), writer),
            )
        elif take_over and rows != [[writer]]:
            transaction.run(
                "UPDATE footnoted.indexes SET writer = ? WHERE name = ?", (writer, name)
            )
        elif rows != [[writer]]:
            raise self.written_elsewhere()

    def _new_id(self, transaction: Transaction) -> str:
        """An id for the index.

        Where its row was lost it is the one that its schemas have, so that they go in their time.
        """
        for folder in sorted(self._index.glob("gen-??????"), reverse=True):
            with suppress(IndexFault):  # it has no schema
                id = schema_of(folder)[0].split("_")[1]
                if not transaction.run("SELECT 1 FROM footnoted.indexes WHERE id = ?", (id,)):
                    return id
        return secrets.token_hex(6)

    def _writer(self) -> str:
        """The id of this folder, given to it when it first writes."""
        file = self._index / _WRITER
        if not file.is_file():
            write_atomically(file, secrets.token_hex(12), sync=True)
        return file.read_text(errors="replace", encoding="utf-8").strip()

    def _rows(self, statement: str) -> list[list[str]]:
        """The rows of a statement about this index; none where there are no tables yet."""
        try:
            return self.database.rows(statement, (self.address.index,))
        except DatabaseFault as error:
            if error.kind == "missing":
                return []
            raise


def hash_of(snapshot: Path) -> str:
    """The hash by which a snapshot is known: of its manifest."""
    return hashlib.sha256((snapshot / manifest.NAME).read_bytes()).hexdigest()


def own_files(segment: Path) -> list[str]:
    """The files of a segment, without those of the older ones below it, the manifest last."""
    files = (each for each in segment.rglob("*") if each.is_file())
    names = (each.relative_to(segment).as_posix() for each in files)
    own = sorted(each for each in names if each.split("/")[0] in manifest.OWN)
    return [*own, manifest.NAME]


def _put_files(transaction: Transaction, snapshot: Path) -> None:
    """Write the files of each segment that the database does not have in their sizes."""
    for segment in manifest.segment_dirs(snapshot):
        schema, files = schema_of(segment)[0], own_files(segment)
        sizes = f"SELECT name, sum(octet_length(content))::bigint FROM {schema}.file GROUP BY name"  # noqa: S608
        stored = {str(name): int(size) for name, size in transaction.run(sizes)}
        if stored != {each: (segment / each).stat().st_size for each in files}:
            transaction.run(f"DELETE FROM {schema}.file")  # noqa: S608
            rows = (row for file in files for row in _parts(segment, file))
            transaction.copy_in(f"COPY {schema}.file FROM STDIN", lines_of(rows))


def _parts(segment: Path, name: str) -> Iterator[tuple[str, int, bytes]]:
    """A file as rows: (name, number of the part, bytes); an empty file has one part too."""
    with (segment / name).open("rb") as stream:
        part, number = stream.read(_PART), 0
        while part or not number:
            yield name, number, part
            part, number = stream.read(_PART), number + 1


def _has_registry(transaction: Transaction) -> bool:
    """Whether the tables are there: who may not make any can still write to them."""
    query = "SELECT to_regclass('footnoted.indexes'), to_regclass('footnoted.snapshots')"
    return None not in transaction.run(query)[0]

"""The record of each segment in a schema of PostgreSQL of its own.

    footnoted_<id of the index>_<8 hex digits>    a schema; nothing in it is changed later
    <segment>/records.json                        its name, how many rows it has, their SHA-256

In:  the folder of a segment. Out: an open `RecordDatabase`.
Left to others: tables and rows (`rag.index.records.segments`), which snapshots there are, and the
id of an index (`rag.index.records.sharing`), statements (`rag.index.records.connection`).

A segment is written as a file of SQLite, and moved here in one transaction when it is complete. A
name is never used twice. A schema that no snapshot names, such as that of a run that was
interrupted, is removed by the next run of the same index.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path

from rag.errors import DatabaseFault, IndexFault
from rag.index.records.connection import WRITE_SECONDS, Database, shared_database
from rag.index.records.faults import fault
from rag.index.records.local import LOCAL_RECORDS, SQLiteDatabase
from rag.index.records.segments import SchemaDatabase, Written, copy_to_file, write_segment
from rag.index.records.store import FILE, IN_DATABASE, NAMED
from rag.runtime.network.database_address import DatabaseAddress
from rag.runtime.observability.stages import stage

_NAME = re.compile(r"footnoted_[0-9a-f]{12}_[0-9a-f]{8}")
_SNAPSHOTS = (
    "SELECT s.schemas FROM footnoted.snapshots s JOIN footnoted.indexes i ON i.id = s.index_id "
    "WHERE i.name = ?"
)


class ServerRecords:
    """The store in the database at `place`, for the index in the folder `index`."""

    form = IN_DATABASE

    def __init__(self, place: str, index: Path) -> None:
        self.address = DatabaseAddress.parse(place)
        self._index = index.absolute()
        self._database = shared_database(self.address)

    def database(self, segment: Path) -> SchemaDatabase | SQLiteDatabase:
        """Open the record of a segment, which may still be in its folder."""
        if (segment / FILE).is_file():
            return LOCAL_RECORDS.database(segment)
        return SchemaDatabase.open(self._database, *schema_of(segment))

    def file_of(self, segment: Path, folder: Path) -> Path:
        """The record as a file of SQLite. See `RecordStore.file_of`."""
        if (segment / FILE).is_file():
            return LOCAL_RECORDS.file_of(segment, folder)
        schema, written = schema_of(segment)
        SchemaDatabase.open(self._database, schema, written)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{schema}.sqlite"
        copy_to_file(self._database, schema, file)
        return file

    def take(self, segment: Path) -> None:
        """Move `records.sqlite` to a new schema. See `RecordStore.take`.

        Raises:
            DatabaseFault: the database fails.
        """
        schema = f"{self._prefix()}{secrets.token_hex(4)}"
        with (
            stage("store"),
            closing(Database(self.address, WRITE_SECONDS)) as database,
            database.transaction() as transaction,
        ):
            written = write_segment(transaction, schema, segment / FILE)
        place = str(self.address).removeprefix("the PostgreSQL database ")
        values = {"database": place, "schema": schema, **asdict(written)}
        (segment / NAMED).write_text(json.dumps(values, indent=1), encoding="utf-8")
        (segment / FILE).unlink()

    def holds(self, segments: Iterable[Path]) -> bool:
        """Whether the database has the records of all of them. Raises `DatabaseFault`."""
        try:
            for segment in segments:
                self.database(segment).close()
        except DatabaseFault as error:
            if error.kind == "missing":
                return False
            raise
        except (IndexFault, sqlite3.Error):
            return False
        return True

    def remove_unused(self, segments: Iterable[Path]) -> None:
        """Remove the schemas of this index that neither `segments` nor a snapshot there names.

        Raises:
            DatabaseFault: the database fails.
        """
        used = set()
        for segment in segments:
            with suppress(IndexFault):  # a damaged one cannot be read any more
                used.add(schema_of(segment)[0])
        for (schemas,) in self._database.rows(_SNAPSHOTS, (self.address.index,)):
            used.update(json.loads(schemas))
        for schema in sorted(self._schemas() - used):
            with closing(Database(self.address, WRITE_SECONDS)) as database:
                database.rows(f"DROP SCHEMA IF EXISTS {schema} CASCADE")

    def describe(self) -> str:
        """Where the record is, in words, if the database answers. Raises `DatabaseFault`."""
        try:
            count = len(self._schemas())
        except DatabaseFault as error:
            if error.kind not in ("missing", "no_index"):
                raise
            count = 0
        noun = "segment" if count == 1 else "segments"
        return f"{count} {noun} of the index {self.address.index} in {self.address}"

    def _schemas(self) -> set[str]:
        query = "SELECT nspname::text FROM pg_namespace WHERE starts_with(nspname::text, ?)"
        return {name for (name,) in self._database.rows(query, (self._prefix(),))}

    def _prefix(self) -> str:
        """What the names of this index's schemas begin with."""
        query = "SELECT id FROM footnoted.indexes WHERE name = ?"
        rows = self._database.rows(query, (self.address.index,))
        if not rows:
            raise fault(self.address, "no_index", self.address.index)
        return f"footnoted_{rows[0][0]}_"


def schema_of(segment: Path) -> tuple[str, Written]:
    """The schema that has the record of a segment, and what was written to it.

    Raises:
        IndexFault: the folder names none.
    """
    try:
        values = json.loads((segment / NAMED).read_text(encoding="utf-8"))
        written = Written({str(k): int(n) for k, n in values["rows"].items()}, values["sha256"])
        if _NAME.fullmatch(values["schema"]):
            return values["schema"], written
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    raise IndexFault(f"{segment} names no record in a database: type `rag index`")

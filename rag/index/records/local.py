"""The record of each segment in a file of SQLite, `records.sqlite` in its folder.

In:  the folder of a segment, or a file. Out: an open `RecordDatabase`.
Left to others: writing the file (`rag.index.document_writer`).
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rag.errors import IndexFault
from rag.index.records.store import FILE, LOCAL, NAMED

_FIELD = re.compile(r"\{field (\w+)\}")


class SQLiteDatabase:
    """A file of SQLite. Its caller lets one thread in at a time."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path

    @classmethod
    def open(cls, path: Path) -> SQLiteDatabase:
        """Open for reading. Raises `IndexFault` if the file is missing or damaged."""
        try:
            connection = sqlite3.connect(read_only_uri(path), uri=True, check_same_thread=False)
            database = cls(connection, path)
            database.select("SELECT * FROM {segment}.article, {segment}.passage LIMIT 1")
        except (sqlite3.Error, IndexFault) as error:
            raise IndexFault(f"{path} does not open ({error}): type `rag index`") from error
        return database

    def select(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows of `query`. See `RecordDatabase.select`."""
        try:
            return self.connection.execute(_in_sqlite(query), values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._fault(error) from error

    def stream(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of `query`, one at a time. See `RecordDatabase.stream`."""
        try:
            yield from self.connection.execute(_in_sqlite(query))
        except sqlite3.DatabaseError as error:
            raise self._fault(error) from error

    def has_table(self, name: str) -> bool:
        """Whether it has a table."""
        query = "SELECT 1 FROM {segment}.sqlite_master WHERE type='table' AND name=?"
        return bool(self.select(query, (name,)))

    def integrity(self) -> str:
        """The result of SQLite's integrity check: "ok" or the first error."""
        ((result,), *_) = self.select("PRAGMA main.integrity_check(1)")
        return "ok" if result == "ok" else f"SQLite finds {result}"

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def _fault(self, error: sqlite3.Error) -> IndexFault:
        return IndexFault(f"{self.path} cannot be read ({error}): type `rag index`")


class LocalRecords:
    """The store in the folders of segments."""

    form = LOCAL

    @staticmethod
    def database(segment: Path) -> SQLiteDatabase:
        """Open `records.sqlite`. See `RecordStore.database`."""
        if (segment / NAMED).is_file() and not (segment / FILE).exists():
            raise IndexFault(
                f"the record of {segment} is in {_place(segment / NAMED)}, and RAG_DATABASE_URL is "
                "not set: set it, or type `rag index --rebuild`"
            )
        return SQLiteDatabase.open(segment / FILE)

    @classmethod
    def file_of(cls, segment: Path, folder: Path) -> Path:
        """The file itself. See `RecordStore.file_of`."""
        cls.database(segment).close()
        return segment / FILE

    @staticmethod
    def take(segment: Path) -> None:
        """Nothing: it belongs there."""

    @staticmethod
    def holds(segments: Iterable[Path]) -> bool:
        """Whether each is in its folder; what is in the file is told by its manifest."""
        return all((each / FILE).is_file() for each in segments)

    @staticmethod
    def remove_unused(segments: Iterable[Path]) -> None:
        """Nothing: nothing is elsewhere."""


LOCAL_RECORDS = LocalRecords()


def read_only_uri(path: Path) -> str:
    """The URI with which SQLite opens a file read-only."""
    return f"{path.resolve().as_uri()}?mode=ro"


def _in_sqlite(query: str) -> str:
    named = query.replace("{segment}", "main")
    return _FIELD.sub(r"json_extract(record, '$.\1')", named) if "{" in named else named


def _place(file: Path) -> str:
    """The database that a record is in, in words."""
    try:
        return f"the PostgreSQL database {json.loads(file.read_text(encoding='utf-8'))['database']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a PostgreSQL database"

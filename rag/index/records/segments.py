"""The record of a segment in a schema of PostgreSQL: written, read, copied and compared.

    write_segment(transaction, schema, file)     from a file of SQLite; its `Written`
    SchemaDatabase(database, schema)             an open `RecordDatabase`
    copy_to_file(database, schema, file)         to a file of SQLite

In:  a connection (`rag.index.records.connection`), the name of a schema.
Left to others: names, and which schema belongs to which segment (`rag.index.records.server`).
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import DatabaseFault
from rag.index.records.connection import Database, Transaction
from rag.index.records.faults import fault
from rag.index.records.local import read_only_uri
from rag.index.records.tables import CREATE_IN_SQLITE, TABLES, in_postgresql, lines_of

_FIELD = re.compile(r"\{field (\w+)\}")
_BY_BYTES = {"name": 'name COLLATE "C"'}  # as SQLite orders texts


@dataclass(frozen=True, slots=True)
class Written:
    """The rows of each table of a segment, and the SHA-256 of all of them."""

    rows: Mapping[str, int]
    sha256: str


class _Digest:
    """Lines that pass, counted and hashed."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()
        self.rows: dict[str, int] = {}

    def passing(self, table: str, rows: Iterator[Any]) -> Iterator[bytes]:
        self.hash.update(f"{table}\n".encode())
        count = 0
        for chunk in lines_of(rows):
            self.hash.update(chunk)
            count += chunk.count(b"\n")
            yield chunk
        self.rows[table] = count

    def written(self) -> Written:
        return Written(dict(self.rows), self.hash.hexdigest())


def write_segment(transaction: Transaction, schema: str, file: Path) -> Written:
    """Write the record in `file` to the new `schema`. Raises `DatabaseFault`."""
    for statement in in_postgresql(schema):
        transaction.run(statement)
    digest = _Digest()
    with closing(sqlite3.connect(read_only_uri(file), uri=True)) as source:
        for name, table in TABLES.items():
            rows = source.execute(f"SELECT {table.columns} FROM {name} ORDER BY {table.order}")  # noqa: S608
            copy = f"COPY {schema}.{name} FROM STDIN"
            transaction.copy_in(copy, digest.passing(name, rows))
            transaction.run(f"ANALYZE {schema}.{name}")
    return digest.written()


def copy_to_file(database: Database, schema: str, file: Path) -> None:
    """Write the record in `schema` to the new `file`. Raises `DatabaseFault`, `sqlite3.Error`."""
    file.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as target, database.reading() as reading:
        target.executescript(CREATE_IN_SQLITE)
        for name, table in TABLES.items():
            marks = ",".join("?" * len(table.columns.split(",")))
            rows = reading.stream(_all_of(schema, name))
            # an article that is inserted gets a row of `indexed`, which its own replaces
            target.executemany(f"INSERT OR REPLACE INTO {name} VALUES({marks})", rows)
        target.commit()


class SchemaDatabase:
    """The record in `schema`, which has as many rows as were `written`."""

    def __init__(self, database: Database, schema: str, written: Written) -> None:
        self._database = database
        self._schema = schema
        self._written = written

    @classmethod
    def open(cls, database: Database, schema: str, written: Written) -> SchemaDatabase:
        """Open for reading.

        Raises:
            DatabaseFault: it is not there, has other numbers of rows, or the database fails.
        """
        counts = ", ".join(f"(SELECT count(*) FROM {schema}.{name})" for name in TABLES)  # noqa: S608
        opened = cls(database, schema, written)
        (row,) = opened.select(f"SELECT {counts}")
        if dict(zip(TABLES, row, strict=True)) != written.rows:
            raise fault(database.address, "missing", f"{schema} as it was written")
        return opened

    def select(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows of `query`. See `RecordDatabase.select`."""
        try:
            return [tuple(row) for row in self._database.rows(self._in_postgresql(query), values)]
        except DatabaseFault as error:
            raise self._named(error) from None

    def stream(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of `query`, some at a time. See `RecordDatabase.stream`."""
        try:
            for row in self._database.stream(self._in_postgresql(query)):
                yield tuple(row)
        except DatabaseFault as error:
            raise self._named(error) from None

    def has_table(self, name: str) -> bool:
        """Whether it has a table: every one."""
        return name in TABLES

    def integrity(self) -> str:
        """ "ok" if every row is as it was written; reads all of them."""
        digest = _Digest()
        with self._database.reading() as reading:
            for name in TABLES:
                for _ in digest.passing(name, reading.stream(_all_of(self._schema, name))):
                    pass
        if digest.written() == self._written:
            return "ok"
        other = [name for name in TABLES if digest.rows[name] != self._written.rows[name]]
        what = f"{other[0]} with {digest.rows[other[0]]} rows" if other else "rows"
        return f"PostgreSQL has {what} that are not as they were written"

    def close(self) -> None:
        """Nothing: the connection is one for all."""

    def _in_postgresql(self, query: str) -> str:
        named = query.replace("{segment}", self._schema)
        return _FIELD.sub(r"(record::json ->> '\1')", named)

    def _named(self, error: DatabaseFault) -> DatabaseFault:
        """The same fault; of what is not there, the name."""
        if error.kind != "missing" or self._schema in str(error):
            return error
        return fault(self._database.address, "missing", self._schema)


def _all_of(schema: str, name: str) -> str:
    table = TABLES[name]
    return f"SELECT {table.columns} FROM {schema}.{name} ORDER BY {_BY_BYTES.get(table.order, table.order)}"  # noqa: S608, E501

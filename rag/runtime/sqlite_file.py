"""A small SQLite file that only its owner may read, intact after whatever may happen to it.

In:  a path, a schema with its upgrades. Out: rows; transactions.
Left to others: its tables and their rows (`rag.conversations`, `rag.newsroom.alerts`).

A process killed at any moment, or a full disk, leaves the file as it was before the transaction.
Several processes may share it: SQLite lets one write at a time. What is deleted is overwritten
and stays in no file beside it. A file that was moved away meanwhile is created again. Every fault
is one error of the class that the schema names.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import RagError

BUSY_TIMEOUT = 10.0  # seconds to wait for another process that is writing
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True, slots=True)
class Schema:
    """The statements that create the tables of `version`, and how an older file gets there.

    `upgrades[n]` leads from version n to n + 1; it runs within a transaction. `content` is what the
    file holds, as in "alerts cannot be stored", `error` the class of every fault, and `remedy` what
    to do where the file cannot be reached or written.
    """

    version: int
    statements: Sequence[str]
    upgrades: Mapping[int, Callable[[sqlite3.Connection], None]]
    content: str
    error: type[RagError]
    remedy: str = "check the free space and your right to write there"


class SQLiteFile:
    """Opened when first needed. May be called from several threads."""

    def __init__(self, path: Path, schema: Schema) -> None:
        self.path = path
        self._schema = schema
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None  # device and inode of the open file

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = self._opened = None

    def rows(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows of `query`; none where there is no file yet."""
        with self._lock, self._naming_faults("read"):
            if not self.path.exists():
                return []
            return self._open().execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything within is on the disk afterwards, or nothing of it."""
        with self._lock, self._naming_faults("stored"):
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # SQLite may have rolled back itself
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _naming_faults(self, action: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            self.close()
            why = getattr(error, "strerror", None) or str(error)
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
                remedy = "move the file away, and a new one is created"
            else:
                remedy = self._schema.remedy
            raise self._schema.error(
                f"{self._schema.content} cannot be {action} in {self.path} ({why}): {remedy}"
            ) from error

    def _open(self) -> sqlite3.Connection:
        file = self._identity()
        if self._connection is None or file is None or file != self._opened:
            self.close()
            self._prepare(file is None)
            self._connection = self._connect()
            self._opened = self._identity()
        return self._connection

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    def _prepare(self, new: bool) -> None:
        """Create the folder and the file, readable by nobody else."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if new:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        elif os.name == "posix" and self.path.stat().st_mode & 0o077:
            self.path.chmod(0o600)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            version = _version(connection)
            if version > self._schema.version:
                raise self._schema.error(
                    f"{self.path} was written by a later version of this program: "
                    "type `pip install --upgrade .`"
                )
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("PRAGMA synchronous=EXTRA")
            if version < self._schema.version:
                self._upgrade(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        """Create the tables, or lead those of an older version to this one; all or nothing."""
        connection.execute("BEGIN IMMEDIATE")
        version = _version(connection)  # another process may have done it meanwhile
        if version == 0:
            for statement in self._schema.statements:
                connection.execute(statement)
        else:
            for step in range(version, self._schema.version):
                self._schema.upgrades[step](connection)
        connection.execute(f"PRAGMA user_version={self._schema.version}")
        connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    ((version,),) = connection.execute("PRAGMA user_version")
    return int(version)

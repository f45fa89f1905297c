"""A small SQLite file for its owner's eyes alone, which survives what may happen to it.

In:  a path, a schema. Out: rows; transactions.
Left to others: what stands in it (`rag.conversations.store`).

Killed at any moment, or out of room, the file holds what it held. Several processes may share it:
SQLite lets one write at a time. What is deleted is overwritten, and stays in no file beside it. A
file that was moved away meanwhile is begun anew. Every fault is one `ConversationError`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.errors import ConversationError

PATIENCE = 10.0  # seconds to wait for another process that is writing
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class SQLiteFile:
    """Opened at the first need. May be called from several threads."""

    def __init__(self, path: Path, schema: str, version: int) -> None:
        self.path = path
        self._schema = schema
        self._version = version
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None  # which file that is

    def close(self) -> None:
        """Give it back."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = self._opened = None

    def rows(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """What `query` finds; nothing, where there is no file yet."""
        with self._lock, self._told("read"):
            if not self.path.exists():
                return []
            return self._open().execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it is on the disk afterwards, or nothing of it."""
        with self._lock, self._told("kept"):
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
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            self.close()
            why = getattr(error, "strerror", None) or str(error)
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
                mend = "move the file away, and a new one is begun"
            else:
                mend = "is there room, and may you write there? RAG_KEEP_CONVERSATIONS=no keeps nothing"
            raise ConversationError(
                f"conversations cannot be {what} in {self.path} ({why}): {mend}"
            ) from error

    def _open(self) -> sqlite3.Connection:
        at = self._seen()
        if self._connection is None or at is None or at != self._opened:
            self.close()
            self._prepare(at is None)
            self._connection = self._connected()
            self._opened = self._seen()
        return self._connection

    def _seen(self) -> tuple[int, int] | None:
        try:
            seen = self.path.stat()
        except FileNotFoundError:
            return None
        return seen.st_dev, seen.st_ino

    def _prepare(self, new: bool) -> None:
        """The folder and the file, which nobody else may read."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if new:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        elif os.name == "posix" and self.path.stat().st_mode & 0o077:
            self.path.chmod(0o600)

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw",
            uri=True,
            timeout=PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            ((version,),) = connection.execute("PRAGMA user_version")
            if version > self._version:
                raise ConversationError(
                    f"{self.path} is of a later version of this program: "
                    "type `pip install --upgrade .`"
                )
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("PRAGMA synchronous=EXTRA")
            if version < self._version:
                connection.executescript(
                    f"BEGIN IMMEDIATE; {self._schema} PRAGMA user_version={self._version}; COMMIT;"
                )
        except BaseException:
            connection.close()
            raise
        return connection

"""Statements to PostgreSQL, with deadlines; the only importer of pg8000.

    Database(address).rows(statement, values)    a statement that reads; connects when it must
    Database(address).stream(statement)          the rows of many, some at a time
    with Database(address).reading() as t:       t.stream(…) of one table after another
    with Database(address).transaction() as t:   t.run(…), t.copy_in(…): all of it, or nothing
    shared_database(address)                     the one of this process

In:  statements with `?` for values. Out: rows, or a `DatabaseFault` (`rag.index.records.faults`).
Left to others: which statements.

A statement that reads is sent once more where the connection was lost since the last one, as when
the server was started again. A connection whose statement failed or was interrupted is not used
again, nor is that of another process in its fork.
"""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

from rag.index.records.faults import fault, from_connection, from_state
from rag.runtime.network.database_address import DatabaseAddress

READ_SECONDS = 30.0
WRITE_SECONDS = 300.0
_CONNECT_SECONDS = 10.0
_FETCHED = 500  # rows of a stream that are in memory together
_SESSION = {
    "client_min_messages": "error",
    "synchronize_seqscans": "off",  # rows come in the order in which they were written
    "max_parallel_workers_per_gather": "0",
    # a machine that is gone without a word (no power, no network) holds its lock for a minute, and
    # no router forgets the connection of a run that embeds for hours
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
Row = list[Any]


class Transaction:
    """Statements of which all hold, or none."""

    def __init__(self, send: Callable[..., list[Row]]) -> None:
        self._send = send

    def run(self, statement: str, values: tuple[Any, ...] = ()) -> list[Row]:
        """The rows of `statement`, if it has any. Raises `DatabaseFault`."""
        return self._send(statement, values)

    def copy_in(self, statement: str, chunks: Iterable[bytes]) -> None:
        """Run a `COPY … FROM STDIN` with `chunks` of its lines. Raises `DatabaseFault`."""
        self._send(statement, (), chunks)

    def stream(self, statement: str) -> Iterator[Row]:
        """The rows of a `statement` that reads, some at a time. Raises `DatabaseFault`."""
        self._send(f"DECLARE rows NO SCROLL CURSOR FOR {statement}")
        while some := self._send(f"FETCH {_FETCHED} FROM rows"):
            yield from some
        self._send("CLOSE rows")


class Database:
    """A connection to the database at `address`; any thread may use it, one at a time.

    A statement that takes longer than `seconds` is given up.
    """

    def __init__(self, address: DatabaseAddress, seconds: float = READ_SECONDS) -> None:
        self.address = address
        self._seconds = seconds
        self._lock = threading.RLock()
        self._connection: Any = None
        self._process = 0

    def rows(self, statement: str, values: tuple[Any, ...] = ()) -> list[Row]:
        """The rows of a `statement` that reads. Raises `DatabaseFault`."""
        with self._lock:
            was_open = self._is_open()
            try:
                return self._send(statement, values)
            except Exception as error:
                if not was_open or getattr(error, "kind", "") != "cut_off":
                    raise
            return self._send(statement, values)

    def stream(self, statement: str) -> Iterator[Row]:
        """The rows of a `statement` that reads, through a connection of their own.

        Raises:
            DatabaseFault: it fails.
        """
        with self.reading() as transaction:
            yield from transaction.stream(statement)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction through a connection of its own, for `stream`. Raises `DatabaseFault`."""
        own = Database(self.address, self._seconds)
        try:
            with own.transaction() as transaction:
                yield transaction
        finally:
            own.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction, which ends with the `with` block. Raises `DatabaseFault`."""
        with self._lock:
            self._send("BEGIN")
            try:
                yield Transaction(self._send)
                self._send("COMMIT")
            except BaseException:
                with suppress(Exception):
                    if self._is_open():
                        self._send("ROLLBACK")
                raise

    def close(self) -> None:
        """End the connection, if this process has one."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None and self._process == os.getpid():
                with suppress(Exception):  # it may be broken
                    connection.close()

    def _is_open(self) -> bool:
        return self._connection is not None and self._process == os.getpid()

    def _send(
        self,
        statement: str,
        values: tuple[Any, ...] = (),
        chunks: Iterable[bytes] | None = None,
    ) -> list[Row]:
        from pg8000.native import DatabaseError

        connecting = not self._is_open()
        try:
            if connecting:
                self._connection, self._process = self._connect(), os.getpid()
            connecting = False
            return self._execute(statement, values, chunks)
        except DatabaseError as error:
            values_of = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
            # pg8000 may have sent half of the next step, whose answer would be taken for another's
            self.close()
            raise from_state(self.address, values_of.get("C", ""), values_of.get("M", "")) from None
        except BaseException as error:
            self.close()
            if isinstance(error, UnicodeEncodeError):  # of a value: no fault of the connection
                raise
            if isinstance(error, _faults_of_connections()):
                raise from_connection(self.address, error, connecting=connecting) from None
            raise

    def _execute(
        self, statement: str, values: tuple[Any, ...], chunks: Iterable[bytes] | None
    ) -> list[Row]:
        if not values and chunks is None:
            return self._connection.execute_simple(statement).rows or []
        context = self._connection.execute_unnamed(_numbered(statement), values, stream=chunks)
        return context.rows or []

    def _connect(self) -> Any:
        """A new connection, which is in UTF-8."""
        try:
            from pg8000.native import Connection
        except ImportError:
            raise fault(self.address, "no_driver") from None
        where = self.address
        place = (
            {"unix_sock": f"{where.host}/.s.PGSQL.{where.port}"}
            if where.host.startswith("/")
            else {"host": where.host, "port": where.port}
        )
        connection = Connection(
            where.user,
            database=where.database,
            password=where.password,
            timeout=_CONNECT_SECONDS,
            ssl_context=_ssl_context(where.ssl),
            application_name="footnoted",
            **place,
        )
        encoding = connection.parameter_statuses.get("server_encoding", "")
        if encoding != "UTF8":
            connection.close()
            raise fault(self.address, "encoding", str(encoding))
        connection._usock.settimeout(self._seconds)
        session = {**_SESSION, "statement_timeout": int(self._seconds * 1000)}
        connection.run("; ".join(f"SET {name} TO {value}" for name, value in session.items()))
        return connection


@lru_cache(maxsize=8)
def shared_database(address: DatabaseAddress) -> Database:
    """The connection of this process for reading from the database at `address`."""
    return Database(address)


def _faults_of_connections() -> tuple[type[BaseException], ...]:
    """What pg8000 raises for a broken connection, or for a server that is none of PostgreSQL."""
    import struct

    from pg8000.native import InterfaceError
    from scramp import ScramException

    return InterfaceError, OSError, ScramException, struct.error, KeyError, ValueError


def _ssl_context(mode: str) -> ssl.SSLContext | bool:
    if mode == "disable":
        return False
    context = ssl.create_default_context()
    if mode == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _numbered(statement: str) -> str:
    """The statement with `$1`, `$2` … for each `?`."""
    first, *others = statement.split("?")
    return first + "".join(f"${number}{each}" for number, each in enumerate(others, start=1))

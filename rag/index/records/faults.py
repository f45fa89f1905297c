"""Every way in which the database of the record can fail, and the line for it. Pure functions.

In:  an address; SQLSTATE and message of PostgreSQL, an exception of the connection, or a kind.
Out: a `DatabaseFault` whose `kind` is a key of `_MESSAGES`. The password is in none of them.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from rag.errors import DatabaseFault
from rag.runtime.network.database_address import DatabaseAddress

_INTACT = "(what was indexed before is intact)"
_MESSAGES = {
    # no connection
    "no_driver": "needs a driver: type `pip install 'footnoted[postgres]'`",
    "refused": "refuses connections: start its server, or correct RAG_DATABASE_URL",
    "unknown_host": "has a host name that is not known: correct RAG_DATABASE_URL",
    "unreachable": "cannot be reached{detail}: check the network, or correct RAG_DATABASE_URL",
    "tls": (
        "has no TLS connection as asked for{detail}: correct RAG_DATABASE_URL (?sslmode=disable in "
        "a network of your own), or name the file of your own authority in SSL_CERT_FILE"
    ),
    "not_postgresql": "is no server of PostgreSQL{detail}: correct RAG_DATABASE_URL",
    "password": "refuses the user or the password{detail}: correct RAG_DATABASE_URL",
    "database": "is not there{detail}: create it (`createdb`), or correct RAG_DATABASE_URL",
    "encoding": "has the encoding {detail}: create one with `createdb --encoding UTF8`",
    "busy": "takes no connection now{detail}: try again in a moment",
    "too_slow": "was not done{detail}: see its log, then type the command again",
    "cut_off": "ended the connection{detail}: see whether it runs, then type `rag index` again, or "
    f"ask again {_INTACT}",
    # what it may not do
    "rights": (
        "gives this user too few rights{detail}: `GRANT CREATE ON DATABASE … TO …` lets it index, "
        "docs/postgresql.md has those for reading"
    ),
    "read_only": "is read-only{detail}: name the one that is written to in RAG_DATABASE_URL",
    "full": f"has no space left: free some there, then type `rag index` again {_INTACT}",
    "failed": f"failed{{detail}}: see its log, then type `rag index` again {_INTACT}",
    # what it has
    "missing": (
        "has no record{detail}, though the index here names it: ask again if the index was just "
        "updated; if not, type `rag index`"
    ),
    "damaged": (
        "has files{detail} that are not as they were written: type `rag index --rebuild` on the "
        "machine that writes the index"
    ),
    "no_index": "has no index {detail}: type `rag index` on the machine that has the articles",
    "other_database": (
        "is not where the record of this index is, which is {detail}: correct RAG_DATABASE_URL, or "
        "type `rag index --rebuild`"
    ),
    "in_use": "is written to by another run of `rag index`{detail}: wait for it, or end it",
    "writer": (
        "has an index {detail}, and another folder writes it: index there, give this one a name of "
        "its own (?index=NAME in RAG_DATABASE_URL), or type `rag index --replace PATH` to take it "
        "over with the articles of PATH"
    ),
}
_STATES = {
    "28000": "password",
    "28P01": "password",
    "3D000": "database",
    "42501": "rights",
    "25006": "read_only",
    "53100": "full",
    "57014": "too_slow",
    "57P03": "busy",
    "53300": "busy",
    "57P01": "cut_off",
    "57P02": "cut_off",
    "3F000": "missing",
    "42P01": "missing",
}
_LONGEST_DETAIL = 200  # characters of what a server says


def fault(address: DatabaseAddress, kind: str, detail: str = "") -> DatabaseFault:
    """The error of this kind for the database at `address`; `detail` is what is known besides."""
    printable = "".join(each if each.isprintable() else " " for each in detail)
    if address.password:
        printable = printable.replace(address.password, "…")
    known = " ".join(printable.split())[:_LONGEST_DETAIL]
    message = _MESSAGES[kind]
    is_bare = kind in ("encoding", "no_index", "other_database", "writer")
    line = message.format(detail=known if is_bare else f" ({known})" if known else "")
    return DatabaseFault(kind, f"{address} {line}")


def from_state(address: DatabaseAddress, state: str, message: str) -> DatabaseFault:
    """The error for a fault that PostgreSQL names by this SQLSTATE."""
    kind = _STATES.get(state, "failed")
    if kind == "failed" and state.startswith("08"):
        kind = "cut_off"
    if kind == "failed" and ("could not extend" in message or "No space left" in message):
        kind = "full"
    return fault(address, kind, message)


def from_connection(
    address: DatabaseAddress, error: BaseException, *, connecting: bool
) -> DatabaseFault:
    """The error for an exception of the connection; `connecting`: none was made yet."""
    kind, detail = _kind_of(error, connecting)
    return fault(address, kind, detail)


def _kind_of(error: BaseException, connecting: bool) -> tuple[str, str]:
    causes = list(_causes(error))
    system = next((each for each in causes if isinstance(each, OSError)), None)
    kind, detail = "not_postgresql" if connecting else "cut_off", ""
    if isinstance(system, ssl.SSLError):
        kind, detail = "tls", getattr(system, "verify_message", "") or system.reason or ""
    elif "refuses SSL" in str(error):
        kind, detail = "tls", "the server offers none"
    elif isinstance(system, socket.gaierror):
        kind = "unknown_host"
    elif isinstance(system, ConnectionRefusedError | FileNotFoundError):
        kind = "refused"
    elif isinstance(system, TimeoutError):
        kind, detail = "unreachable" if connecting else "too_slow", "no answer in time"
    elif connecting and "uthentication" in str(error):
        kind, detail = "password", str(error)
    elif connecting and system and system.strerror:
        kind, detail = "unreachable", system.strerror
    return kind, detail


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """`error` and whatever led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

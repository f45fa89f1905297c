"""The address of a PostgreSQL database, taken apart. Pure functions.

    postgresql://USER:PASSWORD@HOST:PORT/DATABASE?index=NAME&sslmode=require

In:  what `RAG_DATABASE_URL` has; behind `#`, where the program puts it, the name of a collection.
Out: a `DatabaseAddress`, whose words for people never have the password.
Left to others: connecting (`rag.index.records.connection`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

EXAMPLE = "postgresql://USER:PASSWORD@127.0.0.1:5432/footnoted"
SSL_MODES = ("disable", "require", "verify-full")
_PORT = 5432
_INDEX = re.compile(r"\w[\w.-]{0,59}")
_LOCAL = re.compile(r"localhost|::1|127(?:\.\d+){3}|/.*")


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where a database is, who asks, and which of its indexes is meant.

    `host` is a name, or the folder of a Unix socket. `ssl`: one of `SSL_MODES`.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    ssl: str
    index: str

    @classmethod
    def parse(cls, text: str) -> DatabaseAddress:
        """The address in `text`. Raises `ValueError`, which says what is wrong without the text."""
        try:
            parts = urlsplit(text)
            port = parts.port or _PORT
        except ValueError:
            raise ValueError("is no address") from None
        if parts.scheme not in ("postgresql", "postgres"):
            raise ValueError("is no address of PostgreSQL")
        options = _options(parts)
        host = options.get("host", parts.hostname or "")
        database = unquote(parts.path.removeprefix("/"))
        if not host or not database or "/" in database:
            raise ValueError("names no host and one database")
        if not parts.username:
            raise ValueError("names no user")
        index = options.get("index", "default")
        if not _INDEX.fullmatch(index):
            raise ValueError("has a name behind index= that is not of letters, digits, . - and _")
        collection = unquote(parts.fragment)
        return cls(
            host=host,
            port=port,
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            database=database,
            ssl=options.get("sslmode", "disable" if _LOCAL.fullmatch(host) else "require"),
            index=f"{index}/{collection}" if collection else index,
        )

    def __str__(self) -> str:
        place = f"in {self.host}" if self.host.startswith("/") else f"at {self.host}"
        return f"the PostgreSQL database {self.database} {place}:{self.port}"

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is on another machine."""
        return not _LOCAL.fullmatch(self.host)


def _options(parts: SplitResult) -> dict[str, str]:
    """What stands behind the `?`. Raises `ValueError` where something else does."""
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if options.keys() - {"index", "sslmode", "host"}:
        raise ValueError("may have index=…, sslmode=… and host=… behind the ?, and nothing else")
    if options.get("sslmode", SSL_MODES[0]) not in SSL_MODES:
        raise ValueError(f"has another sslmode than {', '.join(SSL_MODES)}")
    return options

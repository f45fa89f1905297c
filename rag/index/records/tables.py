"""The tables of a segment, in both dialects, and their rows as lines of `COPY`.

    TABLES                 name -> columns, and the order of rows that is the same everywhere
    CREATE_IN_SQLITE, in_postgresql(schema)     what makes them
    lines_of(rows)         rows as PostgreSQL's `COPY … FROM STDIN` reads them, in chunks

`rag.index.documents` describes them. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

IN_SQLITE = """
CREATE TABLE IF NOT EXISTS source(name TEXT PRIMARY KEY, stamp TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS body(
    number INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS article(
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hash TEXT NOT NULL,
    origin TEXT NOT NULL, record TEXT NOT NULL, body INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS passage(
    row INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, text TEXT NOT NULL, vector BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS place(
    body INTEGER NOT NULL REFERENCES body(number) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY(body, start));
CREATE TABLE IF NOT EXISTS indexed(
    number INTEGER PRIMARY KEY REFERENCES article(number) ON DELETE CASCADE, at TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS article_indexed AFTER INSERT ON article BEGIN
    INSERT INTO indexed VALUES(new.number, strftime('%Y-%m-%dT%H:%M:%SZ', 'now')); END;
CREATE INDEX IF NOT EXISTS article_body ON article(body);
CREATE INDEX IF NOT EXISTS place_row ON place(row);
"""
IN_SQLITE_TOO = """
CREATE TABLE IF NOT EXISTS sketch(
    hash INTEGER NOT NULL, body INTEGER NOT NULL, PRIMARY KEY(hash, body)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS compared(
    body INTEGER PRIMARY KEY, version INTEGER NOT NULL, credits TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS near_copy(
    body INTEGER NOT NULL, other INTEGER NOT NULL, share REAL NOT NULL, PRIMARY KEY(body, other));
"""  # which an index of this schema may lack: `rag.index.copies` fills them in
# in one transaction: each statement by itself would wait for the disk
CREATE_IN_SQLITE = f"BEGIN;{IN_SQLITE}{IN_SQLITE_TOO}COMMIT;"
_IN_POSTGRESQL = """
CREATE TABLE {s}.source(name text PRIMARY KEY, stamp text NOT NULL);
CREATE TABLE {s}.body(number bigint PRIMARY KEY, hash text NOT NULL UNIQUE, text text NOT NULL);
CREATE TABLE {s}.article(
    number bigint PRIMARY KEY, id text NOT NULL UNIQUE, hash text NOT NULL,
    origin text NOT NULL, record text NOT NULL, body bigint NOT NULL);
CREATE TABLE {s}.passage(
    row bigint PRIMARY KEY, hash text NOT NULL UNIQUE, text text NOT NULL, vector bytea NOT NULL);
CREATE TABLE {s}.place(
    body bigint NOT NULL, start bigint NOT NULL, "end" bigint NOT NULL, row bigint NOT NULL,
    PRIMARY KEY(body, start));
CREATE TABLE {s}.indexed(number bigint PRIMARY KEY, at text NOT NULL);
CREATE TABLE {s}.sketch(hash bigint NOT NULL, body bigint NOT NULL, PRIMARY KEY(hash, body));
CREATE TABLE {s}.compared(body bigint PRIMARY KEY, version bigint NOT NULL, credits text NOT NULL);
CREATE TABLE {s}.near_copy(
    body bigint NOT NULL, other bigint NOT NULL, share float8 NOT NULL, PRIMARY KEY(body, other));
CREATE INDEX ON {s}.article(body);
CREATE INDEX ON {s}.place(row);
CREATE TABLE {s}.file(
    name text NOT NULL, part bigint NOT NULL, content bytea NOT NULL, PRIMARY KEY(name, part));
"""  # the last one: files that are derived, for machines that read (`rag.index.records.sharing`)


class Table(NamedTuple):
    """Its columns, and what its rows are ordered by."""

    columns: str
    order: str


TABLES = {
    "source": Table("name, stamp", "name"),
    "body": Table("number, hash, text", "number"),
    "article": Table("number, id, hash, origin, record, body", "number"),
    "passage": Table("row, hash, text, vector", "row"),
    "place": Table('body, start, "end", row', "body, start"),
    "indexed": Table("number, at", "number"),
    "sketch": Table("hash, body", "hash, body"),
    "compared": Table("body, version, credits", "body"),
    "near_copy": Table("body, other, share", "body, other"),
}
_CHUNK = 1 << 18  # characters
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def in_postgresql(schema: str) -> list[str]:
    """The statements that make a schema and its tables."""
    tables = _IN_POSTGRESQL.replace("{s}", schema).split(";\n")
    return [f"CREATE SCHEMA {schema}", *(each for each in tables if each.strip())]


def lines_of(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Rows as lines for `COPY`, some of them together."""
    lines: list[str] = []
    size = 0
    for row in rows:
        lines.append("\t".join(map(_cell, row)))
        size += len(lines[-1])
        if size >= _CHUNK:
            yield _together(lines)
            lines, size = [], 0
    if lines:
        yield _together(lines)


def _together(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _cell(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, bytes):
        return rf"\\x{value.hex()}"
    return str(value).translate(_ESCAPES)

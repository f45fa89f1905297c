"""Write a part of the record: articles, their passages and vectors, and what was read of them.

In:  the file of the part; the files of the older parts that it stands on, which stay as they are.
Out: the same part, batch by batch, each in one transaction; or several parts joined into one.
Left to others: reading (`rag.index.documents`, which also says what the tables hold).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.index.documents import DocumentStore, read_only
from rag.types import Article, Passage

_SCHEMA = """
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
_JOIN = (
    # the article of the newer part stands for one of the same id
    "DELETE FROM main.article WHERE id IN (SELECT id FROM newer.article)",
    "INSERT INTO main.body SELECT * FROM newer.body",
    "INSERT INTO main.passage SELECT * FROM newer.passage",
    "INSERT INTO main.place SELECT * FROM newer.place",
    "INSERT INTO main.article SELECT * FROM newer.article",
    "INSERT OR REPLACE INTO main.indexed SELECT * FROM newer.indexed",
    "INSERT OR REPLACE INTO main.source SELECT * FROM newer.source",
)
_NUMBERS = {"article": "number", "body": "number", "passage": "row"}
_PUT_BODY = "INSERT INTO main.body VALUES(?,?,?)"
_PUT_PASSAGE = "INSERT INTO main.passage VALUES(?,?,?,?)"
_PUT_PLACE = "INSERT INTO main.place VALUES(?,?,?,?) ON CONFLICT DO NOTHING"
_PUT_ARTICLE = "INSERT INTO main.article VALUES(?,?,?,?,?,?)"


def content_hash(article: Article) -> str:
    """SHA-256 of an article's text and record: it changes when anything to be shown does."""
    return hashlib.sha256(
        json.dumps(asdict(article), sort_keys=True, ensure_ascii=True).encode()
    ).hexdigest()


def text_hash(text: str) -> str:
    """SHA-256 of a body's or passage's text: the same wording is kept and embedded once."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as it is kept: with the hash of its content and the name of its source."""

    article: Article
    digest: str
    passages: Sequence[Passage]
    origin: str = ""


class DocumentWriter(DocumentStore):
    """The newest part of a record, open for writing; all parts are read."""

    _floors: Mapping[str, int]  # greatest numbers of the older parts

    @classmethod
    def create(cls, path: Path, older: Sequence[Path] = ()) -> DocumentWriter:
        """Open `path` for writing, on top of `older`; it is begun anew where it is broken."""
        if not _sound(path):
            _clear(path)
        uri = f"{path.absolute().as_uri()}?mode=rwc"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA secure_delete=ON")  # a removed article's text leaves the disk
        connection.executescript(_SCHEMA)
        made = cls(connection, path, older)
        made._floors = {table: made._older_last(table) for table in _NUMBERS}
        return made

    @classmethod
    def joined(cls, path: Path, parts: Sequence[Path], gone: Iterable[str] = ()) -> DocumentWriter:
        """Write one record to `path` that holds what `parts`, oldest first, hold; open it.

        The articles `gone` are left out, where the newest part does not hold them anew.
        """
        _clear(path)
        with closing(sqlite3.connect(parts[0])) as oldest:
            oldest.execute("VACUUM INTO ?", (str(path),))  # compact
        made = cls.create(path)
        left_out = [(id,) for id in gone]
        for part in parts[1:]:
            made.rows("ATTACH ? AS newer", (read_only(part),))
            with made._connection as transaction:
                if part == parts[-1]:
                    transaction.executemany("DELETE FROM main.article WHERE id=?", left_out)
                for statement in _JOIN:
                    transaction.execute(statement)
            made.rows("DETACH newer")
        with made._connection as transaction:
            _sweep(transaction)
        return made

    def remove(self, ids: Iterable[str]) -> None:
        """Remove articles of this part, and the bodies and passages that no other of it has."""
        with self._lock, self._connection as transaction:
            transaction.executemany("DELETE FROM main.article WHERE id=?", [(id,) for id in ids])
            _sweep(transaction)

    def texts_to_embed(self, texts: Iterable[str]) -> list[str]:
        """Those of `texts` that no passage of any part holds yet, each once."""
        hashes = {text_hash(text): text for text in texts}
        for held in self._rows_by_hash(list(hashes)):
            del hashes[held]
        return list(hashes.values())

    def put(self, entries: Sequence[Entry], vectors: Mapping[str, npt.NDArray[np.float32]]) -> None:
        """Add or replace whole articles of this part, in one transaction.

        `vectors` holds one for the text of each passage that the record was `lacking`.
        """
        with self._lock, self._connection as transaction:
            row = self._last("passage")
            made = [
                (row + n, text_hash(text), text, vector.astype("<f4").tobytes())
                for n, (text, vector) in enumerate(vectors.items(), start=1)
            ]
            transaction.executemany(_PUT_PASSAGE, made)
            replaced = 0
            for entry in entries:
                article = entry.article
                gone = transaction.execute("DELETE FROM main.article WHERE id=?", (article.id,))
                replaced += gone.rowcount
                number = self._last("article") + 1
                body = self._put_body(transaction, article.text, entry.passages)
                record = {key: value for key, value in asdict(article).items() if key != "text"}
                told = (number, article.id, entry.digest, entry.origin, json.dumps(record), body)
                transaction.execute(_PUT_ARTICLE, told)
            if replaced:
                _sweep(transaction)

    def note(self, seen: Mapping[str, str]) -> None:
        """Note what was read of sources, by name, in place of what this part noted before."""
        with self._lock, self._connection as transaction:
            transaction.execute("DELETE FROM main.source")
            transaction.executemany("INSERT OR REPLACE INTO main.source VALUES(?,?)", seen.items())

    def own_hashes(self) -> dict[str, str]:
        """Content hash by article id, of this part alone."""
        return dict(self.rows("SELECT id, hash FROM main.article"))

    def rows_missing_from(self, part: Path) -> list[int] | None:
        """Rows that the record `part` lacks, in order; None where it holds one that this lacks."""
        self.rows("ATTACH ? AS base", (read_only(part),))
        try:
            ((gone,),) = self.rows(
                "SELECT count(*) FROM base.passage b LEFT JOIN main.passage p "
                "ON p.row=b.row AND p.hash=b.hash WHERE p.row IS NULL"
            )
            if gone:
                return None
            new = "SELECT row FROM main.passage WHERE row NOT IN (SELECT row FROM base.passage)"
            return [row for (row,) in self.rows(f"{new} ORDER BY row")]
        finally:
            self.rows("DETACH base")

    def sizes(self) -> tuple[list[int], int]:
        """How many passages each older part holds, oldest first, and how many this one."""
        *older, own = (int(count) for (count,) in self.each("SELECT count(*) FROM {part}.passage"))
        return older, own

    def reusable_segments(self, gone: Sequence[str]) -> int:
        """How many of the older parts, oldest first, stay right where the articles `gone` are not.

        One does that holds none of them, and no passage that is cited from an article of this part
        from now on: its words are searched in the context of that article.
        """
        taken = self._taken()
        for number, part in enumerate(self._parts[:-1]):
            for query, values in (
                (f"SELECT 1 FROM {part}.article WHERE id IN ({{marks}})", gone),  # noqa: S608
                (f"SELECT 1 FROM {part}.passage WHERE row IN ({{marks}})", taken),  # noqa: S608
            ):
                if next(self._where_in(query, values, (part,)), None):
                    return number
        return len(self._parts) - 1

    def _taken(self) -> list[int]:
        """Rows of older parts that are cited from an article of this one."""
        row, body = self._floors["passage"], self._floors["body"]
        query = "SELECT DISTINCT body FROM main.article WHERE body <= ?"
        bodies = [number for (number,) in self.rows(query, (body,))]
        held = self._where_in("SELECT row FROM {part}.place WHERE body IN ({marks})", bodies)
        shared = {number for (number,) in held}
        query = "SELECT DISTINCT row FROM main.place WHERE row <= ?"
        shared |= {number for (number,) in self.rows(query, (row,))}
        own = {id for (id,) in self.rows("SELECT id FROM main.article")} if shared else set()
        rows = sorted(shared)
        return [row for row, id in zip(rows, self.citing_articles(rows), strict=True) if id in own]

    def _put_body(
        self, transaction: sqlite3.Connection, text: str, passages: Sequence[Passage]
    ) -> int:
        """Keep a body and where its passages stand, if no part holds it. Its number."""
        digest = text_hash(text)
        held = self.each("SELECT number FROM {part}.body WHERE hash=?", (digest,))
        if held:
            return int(held[0][0])
        number = self._last("body") + 1
        transaction.execute(_PUT_BODY, (number, digest, text))
        hashes = [text_hash(passage.text) for passage in passages]
        rows = self._rows_by_hash(list(dict.fromkeys(hashes)))
        places = zip(passages, hashes, strict=True)
        made = [(number, each.start, each.end, rows[digest]) for each, digest in places]
        transaction.executemany(_PUT_PLACE, made)
        return number

    def _rows_by_hash(self, hashes: Sequence[str]) -> dict[str, int]:
        query = "SELECT hash, row FROM {part}.passage WHERE hash IN ({marks})"
        return dict(self._where_in(query, hashes))

    def _last(self, table: str) -> int:
        """The greatest number given so far, in any part."""
        ((own,),) = self.rows(f"SELECT max({_NUMBERS[table]}) FROM main.{table}")  # noqa: S608
        return max(own or 0, self._floors[table])

    def _older_last(self, table: str) -> int:
        query = f"SELECT max({_NUMBERS[table]}) FROM {{part}}.{table}"  # noqa: S608
        return max((last or 0 for (last,) in self.each(query)[:-1]), default=0)


def _clear(path: Path) -> None:
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()


def _sound(path: Path) -> bool:
    """Whether a record that a stopped run left can be gone on with."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(path)) as connection:
        try:
            ((told,), *_) = connection.execute("PRAGMA integrity_check(1)")
        except sqlite3.DatabaseError:
            return False
    return bool(told == "ok")


def _sweep(transaction: sqlite3.Connection) -> None:
    """Drop this part's bodies without an article, with their places; passages without a place."""
    transaction.execute("DELETE FROM main.body WHERE number NOT IN (SELECT body FROM main.article)")
    transaction.execute("DELETE FROM main.passage WHERE row NOT IN (SELECT row FROM main.place)")

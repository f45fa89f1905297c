"""Our own record of one generation, in SQLite: articles, passages and their vectors.

In:  articles with their content hash, passages with their vectors.
Out: the same again; everything derived (Chroma, keywords) can be rebuilt from here.
Left to others: which generation is current (`rag.store.generations`), whether it is sound
(`rag.store.verify`).

Nothing is kept twice: copies of one article share its body, a passage that stands in several
bodies is one row, embedded once. Tables: body(number, hash, text), article(number, id, hash,
record as JSON without text, body), indexed(number, at), passage(row, hash, text, vector as
little-endian float32), place(body, start, end, row).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.errors import IndexFault
from rag.types import Article, Passage

_SCHEMA = """
CREATE TABLE IF NOT EXISTS body(
    number INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS article(
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hash TEXT NOT NULL,
    record TEXT NOT NULL, body INTEGER NOT NULL REFERENCES body(number));
CREATE TABLE IF NOT EXISTS passage(
    row INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, text TEXT NOT NULL, vector BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS place(
    body INTEGER NOT NULL REFERENCES body(number) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    row INTEGER NOT NULL REFERENCES passage(row), PRIMARY KEY(body, start));
CREATE VIEW IF NOT EXISTS whole AS
    SELECT a.id, a.record, b.text FROM article a JOIN body b ON b.number=a.body;
CREATE TABLE IF NOT EXISTS indexed(
    number INTEGER PRIMARY KEY REFERENCES article(number) ON DELETE CASCADE, at TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS article_indexed AFTER INSERT ON article BEGIN
    INSERT INTO indexed VALUES(new.number, strftime('%Y-%m-%dT%H:%M:%SZ', 'now')); END;
CREATE INDEX IF NOT EXISTS article_body ON article(body);
CREATE INDEX IF NOT EXISTS place_row ON place(row);
"""
_PUT_BODY = "INSERT INTO body(hash, text) VALUES(?,?) ON CONFLICT DO NOTHING"
_PUT_PASSAGE = "INSERT INTO passage(hash, text, vector) VALUES(?,?,?) ON CONFLICT DO NOTHING"
_PUT_PLACE = (
    'INSERT INTO place(body, start, "end", row) SELECT ?,?,?,row FROM passage WHERE hash=? '
    "ON CONFLICT DO NOTHING"
)
# of the places of one passage the one it is cited from comes first
_FIRST = "ORDER BY l.row, coalesce(json_extract(a.record, '$.published'), '9999'), a.id, l.start"
_MARKS = 500  # values in one statement


def content_hash(article: Article) -> str:
    """SHA-256 of an article's text and record: it changes when anything to be shown does."""
    return hashlib.sha256(
        json.dumps(asdict(article), sort_keys=True, ensure_ascii=True).encode()
    ).hexdigest()


def text_hash(text: str) -> str:
    """SHA-256 of a body's or passage's text: the same wording is kept and embedded once."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Records:
    """The open database of one generation. Safe to read from several threads."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self.path = path

    @classmethod
    def create(cls, path: Path, base: Path | None = None) -> Records:
        """Open `path` for writing; where it is new or broken, start from a copy of `base`."""
        if not _sound(path):
            for left in path.parent.glob(f"{path.name}*"):
                left.unlink()
            if base is not None:
                part = path.with_suffix(".part")
                part.unlink(missing_ok=True)
                with sqlite3.connect(base) as source:
                    source.execute("VACUUM INTO ?", (str(part),))  # compact
                source.close()
                part.replace(path)
        connection = sqlite3.connect(path, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA secure_delete=ON")  # a removed article's text leaves the disk
        connection.executescript(_SCHEMA)
        return cls(connection, path)

    @classmethod
    def open(cls, path: Path) -> Records:
        """Open for reading. Raises `IndexFault` where the file is missing or damaged."""
        try:
            connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False
            )
            connection.execute("SELECT * FROM article, passage LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise IndexFault(f"{path} does not open ({error}): type `rag index`") from error
        return cls(connection, path)

    def close(self) -> None:
        """Give back the file."""
        self._connection.close()

    # writing

    def hashes(self) -> dict[str, str]:
        """Content hash by article id."""
        return dict(self._rows("SELECT id, hash FROM article"))

    def remove(self, ids: Iterable[str]) -> None:
        """Remove articles, and the bodies and passages that no other article has."""
        with self._lock, self._connection as transaction:
            transaction.executemany("DELETE FROM article WHERE id=?", [(each,) for each in ids])
            _sweep(transaction)

    def lacking(self, texts: Iterable[str]) -> list[str]:
        """Those of `texts` that no passage holds yet, each once."""
        hashes = {text_hash(text): text for text in texts}
        held = self._where_in("SELECT hash FROM passage WHERE hash IN ({})", list(hashes))
        for (found,) in held:
            del hashes[found]
        return list(hashes.values())

    def put(
        self,
        batch: Sequence[tuple[Article, str, Sequence[Passage]]],
        vectors: Mapping[str, npt.NDArray[np.float32]],
    ) -> None:
        """Add or replace whole articles, in one transaction: (article, hash, passages).

        `vectors` holds one for the text of each passage that the record was `lacking`.
        """
        with self._lock, self._connection as transaction:
            transaction.executemany(
                _PUT_PASSAGE,
                [(text_hash(t), t, v.astype("<f4").tobytes()) for t, v in vectors.items()],
            )
            replaced = 0
            for article, digest, passages in batch:
                gone = transaction.execute("DELETE FROM article WHERE id=?", (article.id,))
                replaced += gone.rowcount
                body = text_hash(article.text)
                transaction.execute(_PUT_BODY, (body, article.text))
                ((number,),) = transaction.execute("SELECT number FROM body WHERE hash=?", (body,))
                transaction.executemany(
                    _PUT_PLACE, [(number, p.start, p.end, text_hash(p.text)) for p in passages]
                )
                record = {key: value for key, value in asdict(article).items() if key != "text"}
                transaction.execute(
                    "INSERT INTO article(id, hash, record, body) VALUES(?,?,?,?)",
                    (article.id, digest, json.dumps(record), number),
                )
            if replaced:
                _sweep(transaction)

    # reading

    def counts(self) -> tuple[int, int]:
        """Articles and passages."""
        ((articles,),) = self._rows("SELECT count(*) FROM article")
        ((passages,),) = self._rows("SELECT count(*) FROM passage")
        return int(articles), int(passages)

    def articles(self) -> Iterator[Article]:
        """Every article, by id."""
        for record, text in self._rows("SELECT record, text FROM whole ORDER BY id"):
            yield Article(text=text, **json.loads(record))

    def whereabouts(self) -> tuple[list[tuple[str, str, str, int]], list[tuple[int, int]]]:
        """Id, date, outlet (empty where unknown) and body of articles; body and row of places."""
        articles = self._rows(
            "SELECT id, coalesce(json_extract(record, '$.published'), ''), "
            "coalesce(json_extract(record, '$.source'), ''), body FROM article"
        )
        return articles, self._rows("SELECT body, row FROM place")

    def article(self, id: str) -> Article:
        """One article; `KeyError` where the index holds none of that id."""
        rows = self._rows("SELECT record, text FROM whole WHERE id=?", (id,))
        if not rows:
            raise KeyError(id)
        return Article(text=rows[0][1], **json.loads(rows[0][0]))

    def first_passage(self, id: str) -> Passage:
        """The first passage of an article. Raises `KeyError` where there is none."""
        rows = self._rows(
            'SELECT l.start, l."end", p.text FROM article a JOIN place l ON l.body=a.body '
            "JOIN passage p ON p.row=l.row WHERE a.id=? ORDER BY l.start LIMIT 1",
            (id,),
        )
        if not rows:
            raise KeyError(id)
        return Passage(id, *rows[0])

    def heads(self) -> dict[str, Article]:
        """Every article by id, in its order, without its text, which is not read."""
        rows = self._rows("SELECT record FROM article ORDER BY id")
        articles = (Article(text="", **json.loads(record)) for (record,) in rows)
        return {article.id: article for article in articles}

    def indexed(self, ids: Iterable[str]) -> dict[str, str]:
        """When articles were indexed, by id (ISO 8601, UTC), where that was noted."""
        if not self._rows("SELECT 1 FROM sqlite_master WHERE name='indexed'"):
            return {}  # written before times were noted
        query = "SELECT a.id, i.at FROM article a JOIN indexed i USING(number) WHERE a.id IN ({})"
        return dict(self._where_in(query, list(ids)))

    def passages(
        self, rows: Sequence[int], articles: Container[str] | None = None
    ) -> dict[int, tuple[Passage, npt.NDArray[np.float32]]]:
        """Passages and their vectors by row.

        A passage that stands in several articles (of `articles` alone, where given) is the one
        of the article published first, or else of the lowest id.
        """
        found: dict[int, tuple[Passage, npt.NDArray[np.float32]]] = {}
        for row, id, start, end, text, vector in self._where_in(
            'SELECT p.row, a.id, l.start, l."end", p.text, p.vector FROM passage p '  # noqa: S608
            "JOIN place l ON l.row=p.row JOIN article a ON a.body=l.body "
            f"WHERE p.row IN ({{}}) {_FIRST}",
            list(rows),
        ):
            if row not in found and (articles is None or id in articles):
                found[row] = Passage(id, start, end, text), np.frombuffer(vector, "<f4")
        return found

    def rows_of(self, articles: Iterable[str]) -> list[int]:
        """Rows of the passages that stand in `articles`, in row order."""
        found = self._where_in(
            "SELECT DISTINCT l.row FROM article a JOIN place l ON l.body=a.body WHERE a.id IN ({})",
            list(articles),
        )
        return sorted({row for (row,) in found})

    def row_numbers(self) -> list[int]:
        """The row of every passage, in order."""
        return [row for (row,) in self._rows("SELECT row FROM passage ORDER BY row")]

    def texts(self) -> list[str]:
        """Every passage's text, in row order."""
        return [text for (text,) in self._rows("SELECT text FROM passage ORDER BY row")]

    def beyond(self, base: Path) -> list[int] | None:
        """Rows that the record `base` lacks, in order; None where it holds one that this lacks."""
        self._rows("ATTACH ? AS base", (str(base),))
        try:
            ((gone,),) = self._rows(
                "SELECT count(*) FROM base.passage b LEFT JOIN main.passage p "
                "ON p.row=b.row AND p.hash=b.hash WHERE p.row IS NULL"
            )
            if gone:
                return None
            new = "SELECT row FROM main.passage WHERE row NOT IN (SELECT row FROM base.passage)"
            return [row for (row,) in self._rows(f"{new} ORDER BY row")]
        finally:
            self._rows("DETACH base")

    def owners(self) -> list[str]:
        """In row order, the article that each passage is cited from (see `passages`)."""
        found = self._rows(
            f"SELECT l.row, a.id FROM place l JOIN article a ON a.body=l.body {_FIRST}"  # noqa: S608
        )
        first: dict[int, str] = {}
        for row, id in found:
            first.setdefault(row, id)
        return list(first.values())

    def vectors(self, rows: Sequence[int]) -> npt.NDArray[np.float32]:
        """The vectors of `rows`, in row order: [len(rows), dimensions]."""
        found = sorted(self._where_in("SELECT row, vector FROM passage WHERE row IN ({})", rows))
        if not found:
            return np.zeros((0, 0), np.float32)
        return np.frombuffer(b"".join(blob for _, blob in found), "<f4").reshape(len(rows), -1)

    def all_vectors(self, passages: int) -> npt.NDArray[np.float32]:
        """All vectors, `passages` (at least 1) of them, in row order: [passages, dimensions]."""
        blobs = b"".join(blob for (blob,) in self._rows("SELECT vector FROM passage ORDER BY row"))
        return np.frombuffer(blobs, "<f4").reshape(passages, -1)

    def integrity(self) -> str:
        """What SQLite says of the file's pages: "ok", or the first fault."""
        ((told,), *_) = self._rows("PRAGMA integrity_check(1)")
        return str(told)

    def bodies(self) -> Iterator[tuple[str, list[tuple[int, int, str]]]]:
        """Every body of text with the (start, end, text) of each of its passages."""
        for number, text in self._rows("SELECT number, text FROM body"):
            places = 'SELECT l.start, l."end", p.text FROM place l JOIN passage p ON p.row=l.row'
            yield text, self._rows(f"{places} WHERE l.body=? ORDER BY l.start", (number,))

    def _where_in(self, query: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Rows of `query`, its `{}` filled with as many marks as SQLite takes at once."""
        for start in range(0, len(values), _MARKS):
            part = tuple(values[start : start + _MARKS])
            yield from self._rows(query.format(",".join("?" * len(part))), part)

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise IndexFault(f"{self.path} cannot be read ({error}): type `rag index`") from error


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
    """Drop the bodies without an article, with their places, then passages without a place."""
    transaction.execute("DELETE FROM body WHERE number NOT IN (SELECT body FROM article)")
    transaction.execute("DELETE FROM passage WHERE row NOT IN (SELECT row FROM place)")

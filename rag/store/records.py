"""Our own record of one generation, in SQLite: articles, passages and their vectors.

In:  articles with their content hash, passages with their vectors.
Out: the same again; everything derived (Chroma, keywords) can be rebuilt from here.
Left to others: which generation is current (`rag.store.generations`).

Tables: article(number, id, hash, record as JSON without text, text),
        passage(row, article number, start, end, text, vector as little-endian float32).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.errors import IndexFault
from rag.types import Article, Passage

_SCHEMA = """
CREATE TABLE IF NOT EXISTS article(
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hash TEXT NOT NULL,
    record TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS passage(
    row INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES article(number) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, vector BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS passage_article ON passage(article);
"""


def content_hash(article: Article) -> str:
    """SHA-256 of an article's text and record: it changes when anything to be shown does."""
    return hashlib.sha256(
        json.dumps(asdict(article), sort_keys=True, ensure_ascii=True).encode()
    ).hexdigest()


class Records:
    """The open database of one generation. Safe to read from several threads."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self.path = path

    @classmethod
    def create(cls, path: Path, base: Path | None = None) -> Records:
        """Open `path` for writing; where it is new, start from a compact copy of `base`."""
        if base is not None and not path.exists():
            part = path.with_suffix(".part")
            part.unlink(missing_ok=True)
            with sqlite3.connect(base) as source:
                source.execute("VACUUM INTO ?", (str(part),))
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
            connection.execute("SELECT count(*) FROM article, passage LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise IndexFault(
                f"{path} does not open ({error}): type `rag index --rebuild`"
            ) from error
        return cls(connection, path)

    def close(self) -> None:
        """Give back the file."""
        self._connection.close()

    # writing

    def hashes(self) -> dict[str, str]:
        """Content hash by article id."""
        return dict(self._rows("SELECT id, hash FROM article"))

    def remove(self, ids: Iterable[str]) -> None:
        """Remove articles with their passages."""
        with self._lock, self._connection as transaction:
            transaction.executemany("DELETE FROM article WHERE id=?", [(each,) for each in ids])

    def put(
        self,
        batch: Sequence[tuple[Article, str, Sequence[Passage], npt.NDArray[np.float32]]],
    ) -> None:
        """Add or replace whole articles, in one transaction: (article, hash, passages, vectors)."""
        with self._lock, self._connection as transaction:
            for article, digest, passages, vectors in batch:
                transaction.execute("DELETE FROM article WHERE id=?", (article.id,))
                record = {key: value for key, value in asdict(article).items() if key != "text"}
                number = transaction.execute(
                    "INSERT INTO article(id, hash, record, text) VALUES(?,?,?,?)",
                    (article.id, digest, json.dumps(record), article.text),
                ).lastrowid
                transaction.executemany(
                    'INSERT INTO passage(article, start, "end", text, vector) VALUES(?,?,?,?,?)',
                    [
                        (number, each.start, each.end, each.text, vector.astype("<f4").tobytes())
                        for each, vector in zip(passages, vectors, strict=True)
                    ],
                )

    # reading

    def counts(self) -> tuple[int, int]:
        """Articles and passages."""
        ((articles,),) = self._rows("SELECT count(*) FROM article")
        ((passages,),) = self._rows("SELECT count(*) FROM passage")
        return int(articles), int(passages)

    def articles(self) -> Iterator[Article]:
        """Every article, by id."""
        for record, text in self._rows("SELECT record, text FROM article ORDER BY id"):
            yield Article(text=text, **json.loads(record))

    def article(self, id: str) -> Article:
        """One article; `KeyError` where the index holds none of that id."""
        rows = self._rows("SELECT record, text FROM article WHERE id=?", (id,))
        if not rows:
            raise KeyError(id)
        return Article(text=rows[0][1], **json.loads(rows[0][0]))

    def first_passage(self, id: str) -> Passage:
        """The first passage of an article. Raises `KeyError` where there is none."""
        rows = self._rows(
            'SELECT p.start, p."end", p.text FROM passage p JOIN article a ON a.number=p.article '
            "WHERE a.id=? ORDER BY p.start LIMIT 1",
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

    def passages(self, rows: Sequence[int]) -> dict[int, tuple[Passage, npt.NDArray[np.float32]]]:
        """Passages and their vectors by row."""
        marks = ",".join("?" * len(rows))
        found = self._rows(
            'SELECT p.row, a.id, p.start, p."end", p.text, p.vector '  # noqa: S608 - only marks
            f"FROM passage p JOIN article a ON a.number=p.article WHERE p.row IN ({marks})",
            tuple(rows),
        )
        return {
            row: (Passage(article, start, end, text), np.frombuffer(vector, "<f4"))
            for row, article, start, end, text, vector in found
        }

    def all_rows(self) -> tuple[list[int], list[str], list[str]]:
        """Every passage in row order: rows, ids of their articles, texts."""
        found = self._rows(
            "SELECT p.row, a.id, p.text "
            "FROM passage p JOIN article a ON a.number=p.article ORDER BY p.row"
        )
        rows, articles, texts = zip(*found, strict=True) if found else ((), (), ())
        return list(rows), list(articles), list(texts)

    def all_vectors(self, passages: int) -> npt.NDArray[np.float32]:
        """All vectors, `passages` (at least 1) of them, in row order: [passages, dimensions]."""
        blobs = b"".join(blob for (blob,) in self._rows("SELECT vector FROM passage ORDER BY row"))
        return np.frombuffer(blobs, "<f4").reshape(passages, -1)

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

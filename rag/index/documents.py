"""Our own record of one generation, in SQLite: articles, passages and their vectors.

In:  the files of its parts, oldest first.
Out: what they hold; everything derived (Chroma, keywords) can be rebuilt from here.
Left to others: writing it (`rag.index.document_writer`), which generation is current
(`rag.index.snapshots`), whether it is sound (`rag.index.verify`).

Nothing is kept twice: copies of one article share its body, a passage that stands in several
bodies is one row, embedded once; also where the first of them is in an older part. Numbers and
rows rise from part to part. Tables: source(name, stamp: what of the corpus was read), body(number,
hash, text), article(number, id, hash, origin: its source's name, record as JSON without text,
body), indexed(number, at), passage(row, hash, text, vector as little-endian float32), place(body,
start, end, row).
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.errors import IndexFault
from rag.index import manifest
from rag.types import Article, Passage

_MARKS = 500  # values in one statement
_UNDATED = "9999"


class DocumentStore:
    """The open databases of one generation. Safe to read from several threads."""

    def __init__(self, connection: sqlite3.Connection, path: Path, older: Sequence[Path]) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self.path = path
        self._parts = [*(f"older{number}" for number in range(len(older))), "main"]
        for part, file in zip(self._parts, older, strict=False):
            connection.execute(f"ATTACH ? AS {part}", (read_only(file),))

    @classmethod
    def open(cls, path: Path, older: Sequence[Path] = ()) -> DocumentStore:
        """Open for reading. Raises `IndexFault` where a file is missing or damaged."""
        try:
            connection = sqlite3.connect(read_only(path), uri=True, check_same_thread=False)
            opened = cls(connection, path, older)
            opened.each("SELECT * FROM {part}.article, {part}.passage LIMIT 1")
        except (sqlite3.Error, IndexFault) as error:
            raise IndexFault(f"{path} does not open ({error}): type `rag index`") from error
        return opened

    def close(self) -> None:
        """Give back the files."""
        self._connection.close()

    def counts(self) -> tuple[int, int]:
        """Articles and passages."""
        articles = sum(count for (count,) in self.each("SELECT count(*) FROM {part}.article"))
        passages = sum(count for (count,) in self.each("SELECT count(*) FROM {part}.passage"))
        return int(articles), int(passages)

    def origins(self) -> dict[str, tuple[str, str]]:
        """Content hash and name of its source by article id."""
        rows = self.each("SELECT id, hash, origin FROM {part}.article")
        return {id: (digest, origin) for id, digest, origin in rows}

    def sources(self) -> dict[str, str]:
        """What was noted of each source, by name."""
        return dict(self.each("SELECT name, stamp FROM {part}.source"))

    def articles(self) -> Iterator[Article]:
        """Every article, by id."""
        rows = sorted(self.each("SELECT id, record, body FROM {part}.article"))
        for _, record, body in rows:
            yield Article(text=self._body(body), **json.loads(record))

    def filter_columns(self) -> tuple[list[tuple[str, str, str, int]], list[tuple[int, int]]]:
        """Id, date, outlet (empty where unknown) and body of articles; body and row of places."""
        articles = self.each(
            "SELECT id, coalesce(json_extract(record, '$.published'), ''), "
            "coalesce(json_extract(record, '$.source'), ''), body FROM {part}.article"
        )
        return articles, self.each("SELECT body, row FROM {part}.place")

    def article(self, id: str) -> Article:
        """One article; `KeyError` where the index holds none of that id."""
        record, body = self._one(id, "record, body")
        return Article(text=self._body(body), **json.loads(record))

    def first_passage(self, id: str) -> Passage:
        """The first passage of an article. Raises `KeyError` where there is none."""
        (body,) = self._one(id, "body")
        places = 'SELECT start, "end", row FROM {part}.place WHERE body=? ORDER BY start LIMIT 1'
        found = self.each(places, (body,))
        if not found:
            raise KeyError(id)
        start, end, row = found[0]
        ((text,),) = self.each("SELECT text FROM {part}.passage WHERE row=?", (row,))
        return Passage(id, start, end, text)

    def article_metadata(self) -> dict[str, Article]:
        """Every article by id, in its order, without its text, which is not read."""
        rows = sorted(self.each("SELECT id, record FROM {part}.article"))
        return {id: Article(text="", **json.loads(record)) for id, record in rows}

    def indexed(self, ids: Iterable[str]) -> dict[str, str]:
        """When articles were indexed, by id (ISO 8601, UTC)."""
        query = (
            "SELECT a.id, i.at FROM {part}.article a JOIN {part}.indexed i USING(number) "
            "WHERE a.id IN ({marks})"
        )
        return dict(self._where_in(query, list(ids)))

    def passages(
        self, rows: Sequence[int], articles: Container[str] | None = None
    ) -> dict[int, tuple[Passage, npt.NDArray[np.float32]]]:
        """Passages and their vectors by row, in row order.

        A passage that stands in several articles (of `articles` alone, where given) is the one
        of the article published first, or else of the lowest id.
        """
        first = self._first(rows, articles)
        held = "SELECT row, text, vector FROM {part}.passage WHERE row IN ({marks})"
        found: dict[int, tuple[Passage, npt.NDArray[np.float32]]] = {}
        for row, text, vector in sorted(self._where_in(held, list(first))):
            _, id, start, end = first[row]
            found[row] = Passage(id, start, end, text), np.frombuffer(vector, "<f4")
        return found

    def rows_of(self, articles: Iterable[str]) -> list[int]:
        """Rows of the passages that stand in `articles`, in row order."""
        own = "SELECT DISTINCT body FROM {part}.article WHERE id IN ({marks})"
        bodies = [body for (body,) in self._where_in(own, list(articles))]
        found = self._where_in("SELECT row FROM {part}.place WHERE body IN ({marks})", bodies)
        return sorted({row for (row,) in found})

    def row_numbers(self) -> list[int]:
        """The row of every passage, in order."""
        return [row for (row,) in self.each("SELECT row FROM {part}.passage ORDER BY row")]

    def texts(self) -> list[str]:
        """Every passage's text, in row order."""
        return [text for (text,) in self.each("SELECT text FROM {part}.passage ORDER BY row")]

    def citing_articles(self, rows: Sequence[int]) -> list[str]:
        """The article that each of `rows`, in row order, is cited from (see `passages`)."""
        first = self._first(rows)
        return [first[row][1] for row in rows]

    def vectors(self, rows: Sequence[int]) -> npt.NDArray[np.float32]:
        """The vectors of `rows`, in row order: [len(rows), dimensions]."""
        query = "SELECT row, vector FROM {part}.passage WHERE row IN ({marks})"
        found = sorted(self._where_in(query, rows))
        if not found:
            return np.zeros((0, 0), np.float32)
        return np.frombuffer(b"".join(blob for _, blob in found), "<f4").reshape(len(rows), -1)

    def all_vectors(self, passages: int) -> npt.NDArray[np.float32]:
        """All vectors, `passages` (at least 1) of them, in row order: [passages, dimensions]."""
        made: npt.NDArray[np.float32] | None = None
        query = "SELECT vector FROM {part}.passage ORDER BY row"
        for number, (blob,) in enumerate(self._stream(query)):
            vector = np.frombuffer(blob, "<f4")
            if made is None:  # one by one: a million of them twice would not fit
                made = np.empty((passages, len(vector)), np.float32)
            made[number] = vector
        assert made is not None
        return made

    # of the newest part alone

    def integrity(self) -> str:
        """What SQLite says of the newest part's pages: "ok", or the first fault."""
        ((told,), *_) = self.rows("PRAGMA main.integrity_check(1)")
        return str(told)

    def bodies(self) -> Iterator[tuple[str, list[tuple[int, int, str]]]]:
        """Every body of the newest part with the (start, end, text) of each of its passages."""
        query = 'SELECT start, "end", row FROM main.place WHERE body=? ORDER BY start'
        for number, text in self._stream("SELECT number, text FROM main.body", ("main",)):
            places = self.rows(query, (number,))
            held = "SELECT row, text FROM {part}.passage WHERE row IN ({marks})"
            texts = dict(self._where_in(held, [row for *_, row in places]))
            yield text, [(start, end, texts[row]) for start, end, row in places]

    # asking

    def each(
        self, query: str, values: tuple[Any, ...] = (), parts: Sequence[str] = ()
    ) -> list[tuple[Any, ...]]:
        """The rows of `query` from each part, oldest first; its `{part}` names the part."""
        found = []
        for part in parts or self._parts:
            found += self.rows(query.replace("{part}", part), values)
        return found

    def rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows of `query`. Raises `IndexFault` where the file cannot be read."""
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise IndexFault(f"{self.path} cannot be read ({error}): type `rag index`") from error

    def _first(
        self, rows: Sequence[int], articles: Container[str] | None = None
    ) -> dict[int, tuple[str, str, int, int]]:
        """Where each of `rows` stands first (see `passages`): date, article, start, end."""
        query = 'SELECT row, body, start, "end" FROM {part}.place WHERE row IN ({marks})'
        places = list(self._where_in(query, rows))
        query = (
            "SELECT body, id, json_extract(record, '$.published') FROM {part}.article "
            "WHERE body IN ({marks})"
        )
        holding: dict[int, list[tuple[str, str]]] = {}
        for body, id, published in self._where_in(query, list({each[1] for each in places})):
            if articles is None or id in articles:
                holding.setdefault(body, []).append((published or _UNDATED, id))
        first: dict[int, tuple[str, str, int, int]] = {}
        for row, body, start, end in places:
            for date, id in holding.get(body, ()):
                told = (date, id, start, end)
                first[row] = min(told, first.get(row, told))
        return first

    def _body(self, number: int) -> str:
        ((text,),) = self.each("SELECT text FROM {part}.body WHERE number=?", (number,))
        return str(text)

    def _one(self, id: str, columns: str) -> tuple[Any, ...]:
        found = self.each(f"SELECT {columns} FROM {{part}}.article WHERE id=?", (id,))  # noqa: S608
        if not found:
            raise KeyError(id)
        return found[0]

    def _where_in(
        self, query: str, values: Sequence[Any], parts: Sequence[str] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """Rows of `query`, its `{marks}` filled with as many as SQLite takes at once."""
        for start in range(0, len(values), _MARKS):
            some = tuple(values[start : start + _MARKS])
            filled = query.replace("{marks}", ",".join("?" * len(some)))
            yield from self.each(filled, some, parts)

    def _stream(self, query: str, parts: Sequence[str] = ()) -> Iterator[tuple[Any, ...]]:
        """The same as `each`, a row at a time, for what does not fit into memory twice."""
        for part in parts or self._parts:
            try:
                yield from self._connection.execute(query.replace("{part}", part))
            except sqlite3.DatabaseError as error:
                told = f"{self.path} cannot be read ({error}): type `rag index`"
                raise IndexFault(told) from error


def open_documents(generation: Path) -> DocumentStore:
    """The records of all parts of the generation in this folder, open for reading."""
    files = [part / manifest.RECORD for part in manifest.segment_dirs(generation)]
    return DocumentStore.open(files[-1], files[:-1])


def read_only(path: Path) -> str:
    """The name by which SQLite opens a file for reading alone."""
    return f"{path.resolve().as_uri()}?mode=ro"

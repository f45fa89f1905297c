"""The document store of a snapshot: articles, passages and their vectors.

In:  the databases of its segments, oldest first (`rag.index.records`): SQLite files, or PostgreSQL.
Out: their contents; everything derived (Chroma, keywords, trigrams) can be rebuilt from here.
Left to others: writing (`rag.index.document_writer`), which snapshot is current
(`rag.index.snapshots`), checking contents (`rag.index.verify`).

Nothing is stored twice: copies of an article share one body, and a passage that occurs in several
bodies is one row, embedded once, even where the first occurrence is in an older segment. Numbers
and rows rise from segment to segment. Tables: source(name, stamp: the `FileStamp` of a corpus
file), body(number, hash, text), article(number, id, hash, origin: name of its corpus file, record:
JSON of its fields but the text, body), indexed(number, at), passage(row, hash, text, vector as
little-endian float32), place(body, start, end, row); of near copies (`rag.index.copies`)
sketch(hash, body), compared(body, version, credits: JSON) and near_copy(body, other: an older one,
share).

What a person corrected is put over the records as they are read; the files stay as they are.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.index import manifest
from rag.index.companions.corrections import NO_CORRECTIONS, Corrections
from rag.index.records.local import LOCAL_RECORDS, SQLiteDatabase
from rag.index.records.store import RecordDatabase, RecordStore
from rag.ingest.chunking import contextualize
from rag.types import Article, Passage, RecordField

_MARKS = 500  # values in one statement
_UNDATED = "9999"


class DocumentStore:
    """The open databases of one snapshot. Safe to read from several threads.

    `corrections` are put over the records that are read.
    """

    def __init__(self, databases: Sequence[RecordDatabase]) -> None:
        self.corrections = NO_CORRECTIONS
        self._lock = threading.RLock()
        names = [*(f"older{number}" for number in range(len(databases) - 1)), "main"]
        self._databases = dict(zip(names, databases, strict=True))

    @classmethod
    def open(cls, path: Path, older: Sequence[Path] = ()) -> DocumentStore:
        """Open files of SQLite. Raises `IndexFault` if one is missing or damaged."""
        return cls(opened_all(SQLiteDatabase.open, (*older, path)))

    def close(self) -> None:
        """Close the databases."""
        for database in self._databases.values():
            database.close()

    @property
    def segments(self) -> tuple[str, ...]:
        """The names of the segments in queries, oldest first; "main" is the newest."""
        return tuple(self._databases)

    def has_table(self, segment: str, name: str) -> bool:
        """Whether a segment has a table; an earlier version may have written it without."""
        with self._lock:
            return self._databases[segment].has_table(name)

    def counts(self) -> tuple[int, int]:
        """Articles and passages."""
        articles = sum(
            count for (count,) in self.select_all("SELECT count(*) FROM {segment}.article")
        )
        passages = sum(
            count for (count,) in self.select_all("SELECT count(*) FROM {segment}.passage")
        )
        return int(articles), int(passages)

    def origins(self) -> dict[str, tuple[str, str]]:
        """Content hash and name of the corpus file, by article id."""
        rows = self.select_all("SELECT id, hash, origin FROM {segment}.article")
        return {id: (digest, origin) for id, digest, origin in rows}

    def file_bodies(self) -> list[tuple[str, int]]:
        """The corpus file and the number of the body of each article."""
        return self.select_all("SELECT origin, body FROM {segment}.article")

    def origin(self, id: str) -> str:
        """The corpus file of article `id`. Raises `KeyError` if the index has none of that id."""
        (origin,) = self._one(id, "origin")
        return str(origin)

    def articles_from(self, origin: str) -> Iterator[Article]:
        """The articles of a corpus file, in the order of ids."""
        query = "SELECT number FROM {segment}.article WHERE origin=?"
        yield from self.articles({number for (number,) in self.select_all(query, (origin,))})

    def file_stamps(self) -> dict[str, str]:
        """The stamp of each corpus file, by name; empty if part of the file could not be read."""
        return dict(self.select_all("SELECT name, stamp FROM {segment}.source"))

    def articles(self, numbers: Collection[int] | None = None) -> Iterator[Article]:
        """Every article, or those of these `numbers`, in the order of ids."""
        query = "SELECT id, record, body FROM {segment}.article"
        if numbers is None:
            rows = self.select_all(query)
        else:
            rows = list(self._where_in(f"{query} WHERE number IN ({{marks}})", list(numbers)))
        for _, record, body in sorted(rows):
            yield self._article(record, self.body(body))

    def numbers_of(self, ids: Collection[str]) -> set[int]:
        """The numbers of the articles `ids`, as far as the index has them."""
        query = "SELECT number FROM {segment}.article WHERE id IN ({marks})"
        return {number for (number,) in self._where_in(query, list(ids))}

    def articles_with(self, bodies: Collection[int]) -> set[int]:
        """The numbers of the articles that have one of these `bodies`."""
        query = "SELECT number FROM {segment}.article WHERE body IN ({marks})"
        return {number for (number,) in self._where_in(query, list(bodies))}

    def articles_of(self, rows: Sequence[int]) -> dict[str, bool]:
        """The ids of the articles that contain one of the passages `rows`, copies included.

        Each with whether its text begins with one of them.
        """
        query = "SELECT body, start FROM {segment}.place WHERE row IN ({marks})"
        begins: dict[int, bool] = {}
        for body, start in self._where_in(query, rows):
            begins[body] = begins.get(body, False) or start == 0
        query = "SELECT id, body FROM {segment}.article WHERE body IN ({marks})"
        return {id: begins[body] for id, body in self._where_in(query, list(begins))}

    def filter_columns(self) -> tuple[list[tuple[str, str, str, str, int]], list[tuple[int, int]]]:
        """(id, date, outlet, author, body), empty where unknown; (body, row) of passages."""
        values = ", ".join(
            f"coalesce({{field {name}}}, '')" for name in ("published", "source", "author")
        )
        articles = self.select_all(f"SELECT id, {values}, body FROM {{segment}}.article")  # noqa: S608
        articles = [self._corrected_columns(*columns) for columns in articles]
        return articles, self.select_all("SELECT body, row FROM {segment}.place")

    def body(self, number: int) -> str:
        """The text of a body. Raises `ValueError` if there is none of that number."""
        ((text,),) = self.select_all("SELECT text FROM {segment}.body WHERE number=?", (number,))
        return str(text)

    def undated(self) -> int:
        """How many articles have no date of publication."""
        return sum(not date for _, date, *_ in self.filter_columns()[0])

    def article(self, id: str) -> Article:
        """One article. Raises `KeyError` if the index has none of that id."""
        record, body = self._one(id, "record, body")
        return self._article(record, self.body(body))

    def first_passage(self, id: str) -> Passage:
        """The first passage of an article. Raises `KeyError` if there is none."""
        (body,) = self._one(id, "body")
        places = 'SELECT start, "end", row FROM {segment}.place WHERE body=? ORDER BY start LIMIT 1'
        first = self.select_all(places, (body,))
        if not first:
            raise KeyError(id)
        start, end, row = first[0]
        ((text,),) = self.select_all("SELECT text FROM {segment}.passage WHERE row=?", (row,))
        return Passage(id, start, end, text)

    def passage_at(self, id: str, place: int) -> tuple[int, str] | None:
        """Row and text of the passage of article `id` that has the character `place`.

        None where it has none there. Raises `KeyError` if the index has no article of that id.
        """
        (body,) = self._one(id, "body")
        query = (
            'SELECT row FROM {segment}.place WHERE body=? AND start<=? AND "end">? '
            "ORDER BY start DESC LIMIT 1"
        )
        rows = self.select_all(query, (body, place, place))
        if not rows:
            return None
        (row,) = rows[0]
        return row, self.passage_texts([row])[row]

    def article_metadata(self) -> dict[str, Article]:
        """Every article by id, sorted, with an empty text: bodies are not loaded."""
        rows = sorted(self.select_all("SELECT id, record FROM {segment}.article"))
        return {id: self._article(record, "") for id, record in rows}

    def indexing_times(self, ids: Iterable[str]) -> dict[str, str]:
        """When articles were indexed, by id (ISO 8601, UTC)."""
        query = (
            "SELECT a.id, i.at FROM {segment}.article a JOIN {segment}.indexed i USING(number) "
            "WHERE a.id IN ({marks})"
        )
        return dict(self._where_in(query, list(ids)))

    def passages(
        self, rows: Sequence[int], articles: Container[str] | None = None
    ) -> dict[int, tuple[Passage, npt.NDArray[np.float32]]]:
        """Passages and their vectors by row, in row order.

        A passage that occurs in several articles is cited from the one published first, then from
        the one with the lowest id; only `articles` are considered, where given.
        """
        first = self._first_places(rows, articles)
        query = "SELECT row, text, vector FROM {segment}.passage WHERE row IN ({marks})"
        passages: dict[int, tuple[Passage, npt.NDArray[np.float32]]] = {}
        for row, text, vector in sorted(self._where_in(query, list(first))):
            _, id, start, end = first[row]
            passages[row] = Passage(id, start, end, text), np.frombuffer(vector, "<f4")
        return passages

    def rows_of(self, articles: Iterable[str]) -> list[int]:
        """Rows of the passages of `articles`, in row order."""
        query = "SELECT DISTINCT body FROM {segment}.article WHERE id IN ({marks})"
        bodies = [body for (body,) in self._where_in(query, list(articles))]
        rows = self._where_in("SELECT row FROM {segment}.place WHERE body IN ({marks})", bodies)
        return sorted({row for (row,) in rows})

    def row_numbers(self) -> list[int]:
        """The row of every passage, in order."""
        return [row for (row,) in self.select_all("SELECT row FROM {segment}.passage ORDER BY row")]

    def texts(self) -> list[str]:
        """Every passage's text, in row order."""
        return [
            text for (text,) in self.select_all("SELECT text FROM {segment}.passage ORDER BY row")
        ]

    def contextualized_texts(self) -> list[str]:
        """The texts that keywords are searched in: every passage, in row order, with its context.

        That is the headline, outlet and date of the article that it is cited from.
        """
        articles = self.article_metadata()
        cited_from = self.citing_articles(self.row_numbers())
        pairs = zip(cited_from, self.texts(), strict=True)
        return [contextualize(articles[id], text) for id, text in pairs]

    def passage_texts(self, rows: Sequence[int]) -> dict[int, str]:
        """The texts of passages by row."""
        return dict(
            self._where_in("SELECT row, text FROM {segment}.passage WHERE row IN ({marks})", rows)
        )

    def citing_articles(self, rows: Sequence[int]) -> list[str]:
        """The article that each of `rows`, in row order, is cited from (see `passages`)."""
        first = self._first_places(rows)
        return [first[row][1] for row in rows]

    def vectors(self, rows: Sequence[int]) -> npt.NDArray[np.float32]:
        """The vectors of `rows`, in row order, shape [len(rows), dimensions]."""
        query = "SELECT row, vector FROM {segment}.passage WHERE row IN ({marks})"
        blobs = sorted(self._where_in(query, rows))
        if not blobs:
            return np.zeros((0, 0), np.float32)
        return np.frombuffer(b"".join(blob for _, blob in blobs), "<f4").reshape(len(rows), -1)

    def all_vectors(self, passages: int) -> npt.NDArray[np.float32]:
        """All vectors in row order, shape [passages, dimensions]; there must be one at least."""
        vectors: npt.NDArray[np.float32] | None = None
        query = "SELECT vector FROM {segment}.passage ORDER BY row"
        for number, (blob,) in enumerate(self.stream(query)):
            vector = np.frombuffer(blob, "<f4")
            if vectors is None:  # one by one: a million of them twice would not fit into memory
                vectors = np.empty((passages, len(vector)), np.float32)
            vectors[number] = vector
        assert vectors is not None
        return vectors

    # the newest segment alone

    def integrity(self) -> str:
        """The result of a check of the newest segment by its store: "ok" or the first error."""
        with self._lock:
            return self._databases["main"].integrity()

    def bodies(self) -> Iterator[tuple[str, list[tuple[int, int, str]]]]:
        """Every body of the newest segment, with (start, end, text) of each of its passages."""
        query = 'SELECT start, "end", row FROM {segment}.place WHERE body=? ORDER BY start'
        for number, text in self.stream("SELECT number, text FROM {segment}.body", ("main",)):
            places = self.select(query, (number,))
            passages = "SELECT row, text FROM {segment}.passage WHERE row IN ({marks})"
            texts = dict(self._where_in(passages, [row for *_, row in places]))
            yield text, [(start, end, texts[row]) for start, end, row in places]

    # queries

    def select_all(
        self, query: str, values: tuple[Any, ...] = (), segments: Sequence[str] = ()
    ) -> list[tuple[Any, ...]]:
        """The rows of `query` from each segment, oldest first (`RecordDatabase.select`)."""
        rows = []
        for segment in segments or self._databases:
            with self._lock:
                rows += self._databases[segment].select(query, values)
        return rows

    def select(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows of `query` from the newest segment. Raises `IndexFault` where that fails."""
        return self.select_all(query, values, ("main",))

    def _first_places(
        self, rows: Sequence[int], articles: Container[str] | None = None
    ) -> dict[int, tuple[str, str, int, int]]:
        """(date, article, start, end) that each of `rows` is cited from (see `passages`)."""
        query = 'SELECT row, body, start, "end" FROM {segment}.place WHERE row IN ({marks})'
        places = list(self._where_in(query, rows))
        query = "SELECT body, id, {field published} FROM {segment}.article WHERE body IN ({marks})"
        articles_by_body: dict[int, list[tuple[str, str]]] = {}
        for body, id, published in self._where_in(query, list({each[1] for each in places})):
            if articles is None or id in articles:
                date = self._corrected(id, "published", published) or _UNDATED
                articles_by_body.setdefault(body, []).append((date, id))
        first: dict[int, tuple[str, str, int, int]] = {}
        for row, body, start, end in places:
            for date, id in articles_by_body.get(body, ()):
                place = (date, id, start, end)
                first[row] = min(place, first.get(row, place))
        return first

    def _article(self, record: str, text: str) -> Article:
        return Article(text=text, **self.corrections.applied(json.loads(record)))

    def _corrected(self, id: str, field: RecordField, stored: str | None) -> str | None:
        return self.corrections.by_article.get(id, {}).get(field, stored)

    def _corrected_columns(
        self, id: str, date: str, outlet: str, author: str, body: int
    ) -> tuple[str, str, str, str, int]:
        """The columns of one article (see `filter_columns`) with its corrected values."""
        if id not in self.corrections.by_article:
            return id, date, outlet, author, body
        return (
            id,
            self._corrected(id, "published", date) or "",
            self._corrected(id, "source", outlet) or "",
            self._corrected(id, "author", author) or "",
            body,
        )

    def _one(self, id: str, columns: str) -> tuple[Any, ...]:
        query = f"SELECT {columns} FROM {{segment}}.article WHERE id=?"  # noqa: S608
        articles = self.select_all(query, (id,))
        if not articles:
            raise KeyError(id)
        return articles[0]

    def _where_in(
        self, query: str, values: Sequence[Any], segments: Sequence[str] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """Rows of `query` for all `values`, which fill its `{marks}` a few hundred at a time."""
        for start in range(0, len(values), _MARKS):
            some = tuple(values[start : start + _MARKS])
            filled = query.replace("{marks}", ",".join("?" * len(some)))
            yield from self.select_all(filled, some, segments)

    def stream(self, query: str, segments: Sequence[str] = ()) -> Iterator[tuple[Any, ...]]:
        """Like `select_all`, a row at a time, for what does not fit into memory twice."""
        for segment in segments or self._databases:
            yield from self._databases[segment].stream(query)


def open_documents(
    snapshot: Path,
    corrections: Corrections = NO_CORRECTIONS,
    records: RecordStore = LOCAL_RECORDS,
) -> DocumentStore:
    """The documents of all segments of the snapshot in this folder, open for reading.

    `corrections` are put over them; they are in `records`.
    """
    documents = DocumentStore(opened_all(records.database, manifest.segment_dirs(snapshot)))
    documents.corrections = corrections
    return documents


def open_segment(segment: Path, records: RecordStore = LOCAL_RECORDS) -> DocumentStore:
    """The documents of one segment alone. Raises `IndexFault` if they are missing or damaged."""
    return DocumentStore([records.database(segment)])


def opened_all(
    open_one: Callable[[Path], RecordDatabase], paths: Sequence[Path]
) -> list[RecordDatabase]:
    """The database of each path; where one does not open, none stays open."""
    databases: list[RecordDatabase] = []
    try:
        for path in paths:
            databases.append(open_one(path))
    except BaseException:
        for each in databases:
            each.close()
        raise
    return databases

"""The list of articles of an index: newest first, searched by plain words.

In:  an open snapshot; words, each of which must occur in headline, outlet or text, in whatever
     spelling (`rag.text.folding`). For the index of trigrams (runs of three characters): the
     documents of a segment.
Out: articles without their texts, with their numbers of passages; outlets; passages, newest first.
Left to others: finding passages for a question (`rag.retrieval.search`), display (`rag.web`).

A word of three characters or more is looked up in the trigrams of the segments, which SQLite FTS5
keeps; the articles that may contain it are read and checked. For shorter words, and in an index
without trigrams of this version of the folding, every article is read.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import IndexFault
from rag.index.documents import DocumentStore
from rag.index.records.local import read_only_uri
from rag.text.folding import FOLDING_VERSION, UNSPACED_LETTER, fold
from rag.types import Article, Passage

if TYPE_CHECKING:
    from rag.index.snapshot import Snapshot  # which has the trigrams

_FILE = f"trigrams-{FOLDING_VERSION}.sqlite"
_TABLE = (
    "CREATE VIRTUAL TABLE {name} USING fts5(text, content='', columnsize=0, detail=none, "
    "tokenize='trigram case_sensitive 1')"
)
_MOST = 50  # trigrams of one query: FTS5 limits the depth of an expression


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """The newest of the articles that match a search.

    `entries`: (article with an empty text, number of its passages, when it was indexed: ISO 8601 in
    UTC, or empty); `total`: how many articles match. `origins`: the articles, with empty texts,
    that some of the entries are copies of, by id.
    """

    entries: tuple[tuple[Article, int, str], ...]
    total: int
    origins: Mapping[str, Article] = field(default_factory=dict)


class ArticleBrowser:
    """The articles of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._documents = snapshot.documents

    def find(self, words: str = "", limit: int = 100) -> ArticlePage:
        """The newest `limit` articles that contain all of `words`; undated last.

        A word may be part of another. Nothing is found for words without a letter or a digit.
        """
        terms = _terms(words)
        if words.strip() and not terms:
            return ArticlePage((), 0)
        if terms:
            candidates = self._candidates(terms)
            if candidates and 2 * len(candidates) > self._documents.counts()[0]:
                candidates = None  # most articles: reading all of them in order is quicker
            articles = self._documents.articles(candidates)
            matches = [replace(each, text="") for each in articles if _contains(each, terms)]
        else:
            matches = list(self._documents.article_metadata().values())
        origin_of = self._snapshot.origins.origin_of
        newest = [
            replace(each, copy_of=origin_of(each.id)) for each in newest_first(matches)[:limit]
        ]
        times = self._documents.indexing_times(each.id for each in newest)
        entries = tuple(
            (each, len(self._documents.rows_of([each.id])), times.get(each.id, ""))
            for each in newest
        )
        copied = {each.copy_of for each in newest if each.copy_of}
        origins = {id: replace(self._documents.article(id), text="") for id in sorted(copied)}
        return ArticlePage(entries, len(matches), origins)

    def _candidates(self, terms: list[str]) -> set[int] | None:
        """Numbers of the articles that may contain all of `terms`; None if that is unknown."""
        indexes = [segment.trigrams for segment in self._snapshot.segments]
        segments = [each for each in indexes if each]
        if len(segments) < len(indexes):
            return None
        candidates: set[int] | None = None
        for term in filter(_is_searchable, terms):
            articles, bodies = _all_candidates(term, segments)
            articles |= self._documents.articles_with(bodies)
            candidates = articles if candidates is None else candidates & articles
        if candidates is None:
            return None
        # the trigrams are of the records as they are stored
        return candidates | self._documents.numbers_of(self._documents.corrections.by_article)

    def passages(self) -> Iterator[Passage]:
        """Every passage once, those of the newest articles first."""
        articles = self._documents.article_metadata().values()
        done: set[int] = set()
        for article in newest_first(articles):
            rows = [row for row in self._documents.rows_of([article.id]) if row not in done]
            done.update(rows)
            passages = self._documents.passages(rows, {article.id})
            yield from (passages[row][0] for row in rows)

    def outlets(self) -> list[str]:
        """Names of the outlets in alphabetical order; those that differ only in spelling, once."""
        outlets = (each.source for each in self._documents.article_metadata().values())
        names = {fold(each): each for each in outlets if each}
        return [names[key] for key in sorted(names)]


def newest_first(articles: Iterable[Article]) -> list[Article]:
    """`articles` by day of publication, the newest first; undated ones last."""
    return sorted(articles, key=lambda each: (each.published or "", each.id), reverse=True)


def _terms(words: str) -> list[str]:
    """The folded words to look for; one in a script without spaces stays whole."""
    folded = {word: fold(word) for word in words.split()}
    whole = {word: UNSPACED_LETTER.search(word) is not None for word in folded}
    return [
        term
        for word, each in folded.items()
        for term in ([each] if whole[word] else each.split())
        if term
    ]


def _contains(article: Article, terms: list[str]) -> bool:
    """Whether headline, outlet or text has all of `terms`, which are folded."""
    text = f"{article.title}\n{article.source or ''}\n{article.text}"
    unfolded = text.casefold()  # where most letters stand already as they are folded
    missing = [term for term in terms if not (term.isalpha() and term in unfolded)]
    if not missing:
        return True
    folded = fold(text)  # takes ten times as long
    return all(term in folded for term in missing)


class TrigramIndex:
    """Which articles of one segment may contain a string. Safe to use from several threads.

    It only knows which trigrams a text has, not where (FTS5 `detail=none`), so the candidates for a
    term are the texts that have all its trigrams. That takes about half a byte per character; with
    positions, which would make the result exact, it would be several times as much.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    @staticmethod
    def build(folder: Path, documents: DocumentStore) -> None:
        """Index the newest segment of `documents`; write to `folder`, which must not exist.

        Nothing is written where this SQLite has no trigram tokenizer (before 3.34).
        """
        if not _is_supported():
            return
        folder.mkdir()
        connection = sqlite3.connect(folder / _FILE)
        try:
            connection.execute("PRAGMA journal_mode=OFF")  # a file half written is never published
            connection.execute("PRAGMA synchronous=OFF")  # `rag.index.manifest` flushes it
            for name, texts in (
                ("heading", _headings(documents)),
                ("body", documents.stream("SELECT number, text FROM {segment}.body", ("main",))),
            ):
                connection.execute(_TABLE.format(name=name))
                rows = ((number, fold(text)) for number, text in texts)
                connection.executemany(f"INSERT INTO {name}(rowid, text) VALUES(?,?)", rows)
                connection.execute(f"INSERT INTO {name}({name}) VALUES('optimize')")
            connection.commit()
            connection.execute("VACUUM")
        finally:
            connection.close()

    @classmethod
    def open(cls, folder: Path) -> TrigramIndex | None:
        """Open what `build` wrote; None where nothing was, or by another version."""
        path = folder / _FILE
        if not path.is_file() or not _is_supported():
            return None
        return cls(sqlite3.connect(read_only_uri(path), uri=True, check_same_thread=False))

    @staticmethod
    def is_missing(folder: Path) -> bool:
        """Whether `build` would write what is not there."""
        return _is_supported() and not (folder / _FILE).is_file()

    def candidates(self, term: str) -> tuple[set[int], set[int]]:
        """Numbers of articles whose heading, and of bodies whose text, has all trigrams of `term`.

        Raises:
            IndexFault: the file cannot be read.
        """
        trigrams = dict.fromkeys(term[start : start + 3] for start in range(len(term) - 2))
        query = " ".join(_quote(each) for each in list(trigrams)[:_MOST])
        return self._matches("heading", query), self._matches("body", query)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _matches(self, table: str, query: str) -> set[int]:
        statement = f"SELECT rowid FROM {table} WHERE {table} MATCH ?"  # noqa: S608
        try:
            with self._lock:
                return {number for (number,) in self._connection.execute(statement, (query,))}
        except sqlite3.DatabaseError as error:
            raise IndexFault(
                f"the list of articles cannot be searched ({error}): type `rag index --rebuild`"
            ) from error


def _all_candidates(term: str, segments: Iterable[TrigramIndex]) -> tuple[set[int], set[int]]:
    """`TrigramIndex.candidates` of all `segments` together."""
    articles: set[int] = set()
    bodies: set[int] = set()
    for segment in segments:
        headings, texts = segment.candidates(term)
        articles |= headings
        bodies |= texts
    return articles, bodies


def _headings(documents: DocumentStore) -> Iterator[tuple[int, str]]:
    """(number, headline and outlet) of every article of the newest segment."""
    for number, record in documents.stream(
        "SELECT number, record FROM {segment}.article", ("main",)
    ):
        fields = json.loads(record)
        yield number, f"{fields['title']}\n{fields.get('source') or ''}"


def _quote(trigram: str) -> str:
    doubled = trigram.replace('"', '""')
    return f'"{doubled}"'


def _is_supported() -> bool:
    return sqlite3.sqlite_version_info >= (3, 34)


def _is_searchable(term: str) -> bool:
    """Whether `TrigramIndex.candidates` can look for `term`."""
    return len(term) >= 3

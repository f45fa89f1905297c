"""Write the documents of a segment: articles, passages, vectors, and stamps of corpus files.

In:  the database file of the segment; those of the older segments below it, which are not changed.
Out: the same file, written batch by batch, each in one transaction; or several segments merged.
Left to others: reading (`rag.index.documents`, which also describes the tables).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.index.documents import DocumentStore, opened_all
from rag.index.records.local import SQLiteDatabase, read_only_uri
from rag.index.records.store import RecordDatabase
from rag.index.records.tables import CREATE_IN_SQLITE
from rag.types import Article, Passage

_MERGE = (
    # an article of the newer segment replaces one of the same id
    "DELETE FROM main.article WHERE id IN (SELECT id FROM newer.article)",
    "INSERT INTO main.body SELECT * FROM newer.body",
    "INSERT INTO main.passage SELECT * FROM newer.passage",
    "INSERT INTO main.place SELECT * FROM newer.place",
    "INSERT INTO main.article SELECT * FROM newer.article",
    "INSERT OR REPLACE INTO main.indexed SELECT * FROM newer.indexed",
    "INSERT OR REPLACE INTO main.source SELECT * FROM newer.source",
)
_COMPARISONS = ("sketch", "compared", "near_copy")  # tables that older segments may lack
_NUMBERS = {"article": "number", "body": "number", "passage": "row"}
_PUT_BODY = "INSERT INTO main.body VALUES(?,?,?)"
_PUT_PASSAGE = "INSERT INTO main.passage VALUES(?,?,?,?)"
_PUT_PLACE = "INSERT INTO main.place VALUES(?,?,?,?) ON CONFLICT DO NOTHING"
_PUT_ARTICLE = "INSERT INTO main.article VALUES(?,?,?,?,?,?)"


def content_hash(article: Article) -> str:
    """SHA-256 of all fields of an article: it changes when anything that can be shown does."""
    fields = asdict(article)
    del fields["copy_of"]  # depends on other articles
    del fields["corrected"]  # by hand: no part of what is stored
    if not article.details:
        del fields["details"]  # hashed as before there were any
    return hashlib.sha256(
        json.dumps(fields, sort_keys=True, ensure_ascii=True).encode()
    ).hexdigest()


def text_hash(text: str) -> str:
    """SHA-256 of a text, by which a body is stored and a passage embedded only once."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """An article to store: with its content hash, its passages, the name of its corpus file."""

    article: Article
    digest: str
    passages: Sequence[Passage]
    origin: str = ""


class DocumentWriter(DocumentStore):
    """The newest segment, open for writing; queries read all segments."""

    _connection: sqlite3.Connection  # of the newest segment
    _floors: Mapping[str, int]  # highest numbers in the older segments

    @classmethod
    def create(cls, path: Path, older: Sequence[Path | RecordDatabase] = ()) -> DocumentWriter:
        """Open `path` for writing, above the segments `older`; a damaged file is replaced.

        The older ones are files or open databases, which are closed together with it.
        """
        if not _is_intact(path):
            _delete(path)
        uri = f"{path.absolute().as_uri()}?mode=rwc"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(
            "PRAGMA secure_delete=ON"
        )  # overwrite the text of removed articles on the disk
        connection.executescript(CREATE_IN_SQLITE)
        below = [
            *opened_all(SQLiteDatabase.open, [each for each in older if isinstance(each, Path)]),
            *(each for each in older if not isinstance(each, Path)),
        ]
        writer = cls([*below, SQLiteDatabase(connection, path)])
        writer._connection = connection
        writer._floors = {table: writer._older_last(table) for table in _NUMBERS}
        return writer

    @classmethod
    def merge(
        cls, path: Path, files: Sequence[Path], dropped: Iterable[str] = ()
    ) -> DocumentWriter:
        """Write the contents of the segments `files`, oldest first, to `path`, and open it.

        The articles `dropped` are left out, unless the newest segment has them.
        """
        _delete(path)
        with closing(sqlite3.connect(files[0])) as oldest:
            oldest.execute("VACUUM INTO ?", (str(path),))  # compacts
        writer = cls.create(path)
        ids = [(id,) for id in dropped]
        for file in files[1:]:
            writer.select("ATTACH ? AS newer", (read_only_uri(file),))
            with writer._connection as transaction:
                if file == files[-1]:
                    transaction.executemany("DELETE FROM main.article WHERE id=?", ids)
                for statement in _MERGE:
                    transaction.execute(statement)
                for table in filter(partial(_has_newer, transaction), _COMPARISONS):
                    transaction.execute(f"INSERT INTO main.{table} SELECT * FROM newer.{table}")  # noqa: S608
            writer.select("DETACH newer")
        with writer._connection as transaction:
            _delete_orphans(transaction)
        return writer

    def remove(self, ids: Iterable[str]) -> None:
        """Remove articles of this segment, and bodies and passages that no other article uses."""
        with self._lock, self._connection as transaction:
            transaction.executemany("DELETE FROM main.article WHERE id=?", [(id,) for id in ids])
            _delete_orphans(transaction)

    def texts_to_embed(self, texts: Iterable[str]) -> list[str]:
        """Those of `texts` that are not yet a passage of any segment, each once."""
        hashes = {text_hash(text): text for text in texts}
        for stored in self._rows_by_hash(list(hashes)):
            del hashes[stored]
        return list(hashes.values())

    def put(self, entries: Sequence[Entry], vectors: Mapping[str, npt.NDArray[np.float32]]) -> None:
        """Add or replace whole articles of this segment, in one transaction.

        `vectors`: the vector of each of `texts_to_embed` of their passages, by text.
        """
        with self._lock, self._connection as transaction:
            row = self._last("passage")
            rows = [
                (row + n, text_hash(text), text, vector.astype("<f4").tobytes())
                for n, (text, vector) in enumerate(vectors.items(), start=1)
            ]
            transaction.executemany(_PUT_PASSAGE, rows)
            replaced = 0
            for entry in entries:
                article = entry.article
                old = transaction.execute("DELETE FROM main.article WHERE id=?", (article.id,))
                replaced += old.rowcount
                number = self._last("article") + 1
                body = self._put_body(transaction, article.text, entry.passages)
                fields = asdict(article)
                del fields["text"], fields["copy_of"], fields["corrected"]
                values = (number, article.id, entry.digest, entry.origin, json.dumps(fields), body)
                transaction.execute(_PUT_ARTICLE, values)
            if replaced:
                _delete_orphans(transaction)

    def put_file_stamps(self, stamps: Mapping[str, str]) -> None:
        """Store the stamps of corpus files, by name, in place of those in this segment."""
        with self._lock, self._connection as transaction:
            transaction.execute("DELETE FROM main.source")
            transaction.executemany(
                "INSERT OR REPLACE INTO main.source VALUES(?,?)", stamps.items()
            )

    def put_sketches(self, sketches: Mapping[int, Iterable[int]]) -> None:
        """Store the hashes of the sketch of each body of this segment, in one transaction."""
        rows = [(each, body) for body, hashes in sketches.items() for each in sorted(hashes)]
        with self._lock, self._connection as transaction:
            transaction.executemany("INSERT OR IGNORE INTO main.sketch VALUES(?,?)", rows)

    def put_comparisons(
        self,
        pairs: Iterable[tuple[int, int, float]],
        credited: Mapping[int, Mapping[str, Sequence[str]]],
        version: int,
    ) -> None:
        """Store that bodies were compared, with whom they credit, and the near copies among them.

        `pairs`: (body, older body, share); `credited`: by body the names that are "named" anywhere,
        and those that it "rests_on".
        """
        rows = [(body, version, json.dumps(names)) for body, names in credited.items()]
        with self._lock, self._connection as transaction:
            transaction.executemany("INSERT OR REPLACE INTO main.near_copy VALUES(?,?,?)", pairs)
            transaction.executemany("INSERT OR REPLACE INTO main.compared VALUES(?,?,?)", rows)

    def forget_comparisons(self, version: int) -> None:
        """Delete the comparisons of this segment where one is not of `version`."""
        if self.select("SELECT 1 FROM main.compared WHERE version<>? LIMIT 1", (version,)):
            with self._lock, self._connection as transaction:
                for table in _COMPARISONS:
                    transaction.execute(f"DELETE FROM main.{table}")  # noqa: S608

    def own_origins(self) -> dict[str, tuple[str, str]]:
        """Content hash and file name by article id, of this segment alone."""
        rows = self.select("SELECT id, hash, origin FROM main.article")
        return {id: (digest, file_name) for id, digest, file_name in rows}

    def rows_missing_from(self, file: Path) -> list[int] | None:
        """Rows that the segment `file` lacks, in order; None if it has one that this one lacks."""
        self.select("ATTACH ? AS base", (read_only_uri(file),))
        try:
            ((surplus,),) = self.select(
                "SELECT count(*) FROM base.passage b LEFT JOIN main.passage p "
                "ON p.row=b.row AND p.hash=b.hash WHERE p.row IS NULL"
            )
            if surplus:
                return None
            new = "SELECT row FROM main.passage WHERE row NOT IN (SELECT row FROM base.passage)"
            return [row for (row,) in self.select(f"{new} ORDER BY row")]
        finally:
            self.select("DETACH base")

    def sizes(self) -> tuple[list[int], int]:
        """The number of passages of each older segment, oldest first, and of this one."""
        *older, own = (
            int(count) for (count,) in self.select_all("SELECT count(*) FROM {segment}.passage")
        )
        return older, own

    def reusable_segments(self, dropped: Sequence[str]) -> int:
        """How many of the older segments, oldest first, stay valid without the articles `dropped`.

        A segment stays valid if it has none of them, and none of its passages is now cited from an
        article of this segment, in whose context its words would have to be indexed.
        """
        rows = self._rows_cited_from_here()
        for number, segment in enumerate(self.segments[:-1]):
            for query, values in (
                ("SELECT 1 FROM {segment}.article WHERE id IN ({marks})", dropped),
                ("SELECT 1 FROM {segment}.passage WHERE row IN ({marks})", rows),
            ):
                if next(self._where_in(query, values, (segment,)), None):
                    return number
        return len(self.segments) - 1

    def _rows_cited_from_here(self) -> list[int]:
        """Rows of older segments that are cited from an article of this one."""
        row, body = self._floors["passage"], self._floors["body"]
        query = "SELECT DISTINCT body FROM main.article WHERE body <= ?"
        bodies = [number for (number,) in self.select(query, (body,))]
        places = self._where_in("SELECT row FROM {segment}.place WHERE body IN ({marks})", bodies)
        shared = {number for (number,) in places}
        query = "SELECT DISTINCT row FROM main.place WHERE row <= ?"
        shared |= {number for (number,) in self.select(query, (row,))}
        own = {id for (id,) in self.select("SELECT id FROM main.article")} if shared else set()
        rows = sorted(shared)
        return [row for row, id in zip(rows, self.citing_articles(rows), strict=True) if id in own]

    def _put_body(
        self, transaction: sqlite3.Connection, text: str, passages: Sequence[Passage]
    ) -> int:
        """The number of a body; it and the places of its passages are stored if new."""
        digest = text_hash(text)
        stored = self.select_all("SELECT number FROM {segment}.body WHERE hash=?", (digest,))
        if stored:
            return int(stored[0][0])
        number = self._last("body") + 1
        transaction.execute(_PUT_BODY, (number, digest, text))
        hashes = [text_hash(passage.text) for passage in passages]
        rows = self._rows_by_hash(list(dict.fromkeys(hashes)))
        places = zip(passages, hashes, strict=True)
        values = [(number, each.start, each.end, rows[digest]) for each, digest in places]
        transaction.executemany(_PUT_PLACE, values)
        return number

    def _rows_by_hash(self, hashes: Sequence[str]) -> dict[str, int]:
        query = "SELECT hash, row FROM {segment}.passage WHERE hash IN ({marks})"
        return dict(self._where_in(query, hashes))

    def _last(self, table: str) -> int:
        """The highest number in use, in any segment."""
        ((own,),) = self.select(f"SELECT max({_NUMBERS[table]}) FROM main.{table}")  # noqa: S608
        return max(own or 0, self._floors[table])

    def _older_last(self, table: str) -> int:
        query = f"SELECT max({_NUMBERS[table]}) FROM {{segment}}.{table}"  # noqa: S608
        return max((last or 0 for (last,) in self.select_all(query)[:-1]), default=0)


def _has_newer(connection: sqlite3.Connection, table: str) -> bool:
    """Whether the attached segment has a table; an earlier version may have written it without."""
    query = "SELECT 1 FROM newer.sqlite_master WHERE type='table' AND name=?"
    return bool(connection.execute(query, (table,)).fetchall())


def _delete(path: Path) -> None:
    """Delete a database and SQLite's files beside it."""
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def _is_intact(path: Path) -> bool:
    """Whether the database that an interrupted run left behind can be continued."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(path)) as connection:
        try:
            ((result,), *_) = connection.execute("PRAGMA integrity_check(1)")
        except sqlite3.DatabaseError:
            return False
    return bool(result == "ok")


def _delete_orphans(transaction: sqlite3.Connection) -> None:
    """Delete bodies without an article, with their places, and passages without a place."""
    transaction.execute("DELETE FROM main.body WHERE number NOT IN (SELECT body FROM main.article)")
    transaction.execute("DELETE FROM main.passage WHERE row NOT IN (SELECT row FROM main.place)")
    for table in _COMPARISONS:
        transaction.execute(
            f"DELETE FROM main.{table} WHERE body NOT IN (SELECT number FROM main.body)"  # noqa: S608
        )

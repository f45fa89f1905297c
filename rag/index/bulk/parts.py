"""Parquet files between the stages of bulk indexing. The only importer of pyarrow.

    <index>/parts/for.json             what they are for: embedder, length of passages, version
    <index>/parts/parsed-*.parquet     articles and passages of some files, a row for each item
    <index>/parts/texts-*.parquet      passages that are embedded together
    <index>/parts/vectors-*.parquet    their vectors, in their order

A part is written under another name and renamed, so that one which is there is complete; a run
that was stopped goes on with those. They go when a snapshot is published.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.index.passages import Vectors
from rag.ingest.corpus import SkippedFile
from rag.runtime.atomic_file import atomic_writer, write_atomically
from rag.types import Article

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ParsedFile", "ParsedItem", "PartFolder", "remove_parts"]

_NAME = "parts"
_PURPOSE = "for.json"


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """What a document says; `places`: start and end of each passage of an article."""

    document: str
    item: Article | SkippedFile
    places: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file, or lines of a dump, by its `key`.

    `stamp` is that of the file, empty for lines of a dump and where there is none. `complete`:
    nothing of it needs another try in a later run.
    """

    key: str
    stamp: str
    complete: bool
    items: tuple[ParsedItem, ...]


class PartFolder:
    """The parts of an index."""

    def __init__(self, index: Path) -> None:
        self.folder = index.absolute() / _NAME

    def prepare(self, purpose: dict[str, Any]) -> None:
        """Make the folder; the parts of another purpose go, and what a killed run left besides."""
        text = json.dumps(purpose, sort_keys=True)
        file = self.folder / _PURPOSE
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            write_atomically(file, text)
        for pattern in ("*.attempts", ".*.new"):
            for each in self.folder.glob(pattern):
                each.unlink()

    def names(self, kind: str) -> list[str]:
        """The names of the complete parts of a kind."""
        return sorted(each.name for each in self.folder.glob(f"{kind}-*.parquet"))

    def has(self, name: str) -> bool:
        """Whether a part is there."""
        return (self.folder / name).is_file()

    def write_parsed(self, name: str, files: Iterable[ParsedFile]) -> None:
        """Write what was parsed of some files: a row for each, then one for each of its items."""
        rows = [row for each in files for row in _rows(each)]
        columns = ("key", "stamp", "complete", "document", "article", "skipped", "reason", "places")
        self._write(name, {column: [row[column] for row in rows] for column in columns}, _parsed())

    def read_parsed(self, name: str) -> list[ParsedFile]:
        """The inverse of `write_parsed`."""
        rows = self._read(name).to_pylist()
        return [_file(list(own)) for _, own in groupby(rows, key=lambda row: row["key"])]

    def keys(self, name: str) -> list[tuple[str, str]]:
        """Key and stamp of each complete file in a part; none where the part cannot be read."""
        import pyarrow as pa

        try:
            table = self._read(name, ["key", "stamp", "complete", "document"])
        except (OSError, pa.ArrowInvalid):  # the disk lost some of it
            with suppress(OSError):
                (self.folder / name).unlink()
            return []
        rows = table.to_pylist()
        return [
            (row["key"], row["stamp"]) for row in rows if row["complete"] and not row["document"]
        ]

    def write_texts(self, name: str, texts: Sequence[str]) -> None:
        """Write passages, as bytes: a text may hold what UTF-8 has no place for."""
        import pyarrow as pa

        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        self._write(name, {"text": encoded}, pa.schema([("text", pa.binary())]))

    def read_texts(self, name: str) -> list[str]:
        """The inverse of `write_texts`."""
        column = self._read(name).column("text").to_pylist()
        return [bytes(text).decode("utf-8", "surrogatepass") for text in column]

    def write_vectors(self, name: str, vectors: Vectors) -> None:
        """Write vectors, float32."""
        import pyarrow as pa

        flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).ravel())
        column = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
        self._write_table(name, pa.table({"vector": column}))

    def read_vectors(self, name: str) -> Vectors:
        """The inverse of `write_vectors`."""
        column = self._read(name).column("vector").combine_chunks()
        flat: Vectors = column.flatten().to_numpy(zero_copy_only=False)
        return flat.reshape(len(column), -1)

    def _read(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        import pyarrow.parquet as pq

        return pq.read_table(self.folder / name, columns=columns)

    def _write(self, name: str, columns: dict[str, list[Any]], schema: pa.Schema) -> None:
        import pyarrow as pa

        self._write_table(name, pa.table(columns, schema=schema))

    def _write_table(self, name: str, table: pa.Table) -> None:
        import pyarrow.parquet as pq

        with atomic_writer(self.folder / name, sync=True) as file:
            pq.write_table(table, file)


def remove_parts(index: Path) -> None:
    """Remove the parts of an index: they hold text that may have been removed since."""
    shutil.rmtree(index.absolute() / _NAME, ignore_errors=True)


def _parsed() -> pa.Schema:
    import pyarrow as pa

    text = pa.string()
    names = ("key", "stamp", "document", "article", "skipped", "reason")
    fields = [(name, text) for name in names]
    return pa.schema(
        [*fields[:2], ("complete", pa.bool_()), *fields[2:], ("places", pa.list_(pa.int32()))]
    )


def _rows(file: ParsedFile) -> Iterator[dict[str, Any]]:
    empty = dict.fromkeys(("document", "article", "skipped", "reason", "places"))
    own = {"key": file.key, "stamp": file.stamp, "complete": file.complete, **empty}
    yield own
    for each in file.items:
        if isinstance(each.item, Article):
            # ASCII: a text may hold what UTF-8 has no place for
            what = {"article": json.dumps(asdict(each.item))}
        else:
            what = {"skipped": json.dumps(each.item.name), "reason": json.dumps(each.item.reason)}
        places = [border for place in each.places for border in place]
        yield {**own, **what, "document": json.dumps(each.document), "places": places}


def _file(rows: Sequence[dict[str, Any]]) -> ParsedFile:
    first, *items = rows
    return ParsedFile(
        first["key"], first["stamp"], first["complete"], tuple(_item(row) for row in items)
    )


def _item(row: dict[str, Any]) -> ParsedItem:
    borders = iter(row["places"])
    if row["article"] is not None:
        item: Article | SkippedFile = Article(**json.loads(row["article"]))
    else:
        item = SkippedFile(json.loads(row["skipped"]), json.loads(row["reason"]))
    return ParsedItem(json.loads(row["document"]), item, tuple(zip(borders, borders, strict=True)))

"""What a store of records offers, and which one the settings name.

In:  the address of a PostgreSQL database, or nothing; the folder of the index.
Out: a `RecordStore`. In the folder of a segment is the record itself (`records.sqlite`), or the
     name of what has it (`records.json`).
Left to others: queries (`rag.index.documents`), writing (`rag.index.document_writer`), vectors to
be searched (`rag.index.vectors`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

FILE = "records.sqlite"  # in the folder of a segment: its record
NAMED = "records.json"  # in its place: the name of the schema that has it
LOCAL = "sqlite"  # what the fingerprint of an index says of where its record is
IN_DATABASE = "postgresql"


class RecordDatabase(Protocol):
    """The open record of one segment.

    In queries, which are of SQLite's dialect, `{segment}` stands for its name, `{field NAME}` for
    a field of the column `record`, and `?` for values.
    """

    def select(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows of `query`. Raises `IndexFault` if it cannot be read."""
        ...

    def stream(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of `query`, for what does not fit into memory at once. Raises as `select`."""
        ...

    def has_table(self, name: str) -> bool:
        """Whether it has a table."""
        ...

    def integrity(self) -> str:
        """Whether the store finds it as it was written: "ok", or what is wrong."""
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


class RecordStore(Protocol):
    """Where the records of segments are kept; `segment` is the folder of one."""

    @property
    def form(self) -> str:
        """What the fingerprint of an index says of it: `LOCAL` or `IN_DATABASE`."""
        ...

    def database(self, segment: Path) -> RecordDatabase:
        """Open the record of a segment, wherever it is.

        Raises:
            IndexFault: it is missing or damaged, or its database is not that of the settings.
        """
        ...

    def file_of(self, segment: Path, folder: Path) -> Path:
        """A file of SQLite with the record: that of the segment, or a new one in `folder`.

        Raises:
            IndexFault: as `database`.
        """
        ...

    def take(self, segment: Path) -> None:
        """Move the finished `records.sqlite` in the folder of a new segment to where it belongs.

        Raises:
            IndexFault: it cannot be written there.
        """
        ...

    def holds(self, segments: Iterable[Path]) -> bool:
        """Whether what is kept outside of these folders is there."""
        ...

    def remove_unused(self, segments: Iterable[Path]) -> None:
        """Remove what this index keeps outside of its folder, but for what `segments` name."""
        ...


def record_store(place: str, index: Path) -> RecordStore:
    """The store for the index in the folder `index`.

    `place` is `Settings.record_place`: an address of PostgreSQL, or nothing. Nothing is contacted
    yet.
    """
    if place:
        from rag.index.records.server import ServerRecords

        return ServerRecords(place, index)
    from rag.index.records.local import LOCAL_RECORDS

    return LOCAL_RECORDS

"""Corrections by hand in the database of the record, for all machines that read it.

In and out: as `rag.index.companions.corrections`, of which this is the same form of content, in the
row of the index in `footnoted.indexes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.errors import CorrectionError, DatabaseFault
from rag.index.companions.corrections import CorrectionStore
from rag.index.records.connection import Database

_NONE = "{}"  # in a new row
_WHERE = "FROM footnoted.indexes WHERE name = ?"


class SharedCorrections(CorrectionStore):
    """Those of the index that the address of `database` names."""

    def __init__(self, database: Database) -> None:
        super().__init__(Path())
        self._database = database

    @property
    def place(self) -> str:
        """Where they are, in words."""
        return str(self._database.address)

    def stamp(self) -> object:
        """What differs after each change. Raises `DatabaseFault`."""
        return self._row("corrected")

    def text(self) -> str:
        """All of them, as they are stored. Raises `DatabaseFault`."""
        text = self._row("corrections")
        return text if text and text != _NONE else ""

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        """The content, which is written anew when the `with` block ends."""
        name = (self._database.address.index,)
        try:
            with self._database.transaction() as transaction:
                rows = transaction.run(f"SELECT corrections {_WHERE} FOR UPDATE", name)
                if not rows:
                    raise CorrectionError(f"{self.place} has no index {name[0]}: type `rag index`")
                content = {} if rows[0][0] == _NONE else self.parsed(rows[0][0])
                yield content
                transaction.run(
                    "UPDATE footnoted.indexes SET corrections = ?, corrected = corrected + 1 "
                    "WHERE name = ?",
                    (self.rendered(content), *name),
                )
        except DatabaseFault as error:
            raise CorrectionError(f"{error}; nothing was corrected") from error

    def _content(self) -> dict[str, Any]:
        text = self.text()
        return self.parsed(text) if text else {}

    def _row(self, column: str) -> Any:
        """A value of the row of the index; None where there is none yet."""
        try:
            name = (self._database.address.index,)
            rows = self._database.rows(f"SELECT {column} {_WHERE}", name)
        except DatabaseFault as error:
            if error.kind == "missing":
                return None
            raise
        return rows[0][0] if rows else None

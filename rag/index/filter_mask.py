"""Which passages stand in articles of which date and outlet, held in memory for filters.

In:  the record of a generation, which never changes; what a filter says of a date and an outlet.
Out: the passages that pass, by row, by position among all rows, and by article.
Left to others: what passes (`rag.retrieval.filters`), searching among it (`rag.index.snapshots`).

A few bytes a passage: a filter is asked once for each pair of date and outlet that occurs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.index.documents import DocumentStore

_Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AllowedRows:
    """Some articles and their passages: `rows`, ascending, and a mask over all passages."""

    rows: _Rows
    mask: npt.NDArray[np.bool_]
    _passes: npt.NDArray[np.bool_]
    _numbers: dict[str, int]

    def __contains__(self, article: object) -> bool:
        number = self._numbers.get(article) if isinstance(article, str) else None
        return number is not None and bool(self._passes[number])

    def __bool__(self) -> bool:
        return len(self.rows) > 0


class ArticleFacets:
    """Dates and outlets of all articles of one record, and where their passages lie."""

    def __init__(self, records: DocumentStore, rows: _Rows) -> None:
        articles, places = records.filter_columns()
        self._rows = rows
        self._numbers = {id: number for number, (id, *_) in enumerate(articles)}
        kinds: dict[tuple[str, str], int] = {}
        told = [kinds.setdefault((date, outlet), len(kinds)) for _, date, outlet, _ in articles]
        self._kinds = list(kinds)
        self._kind = np.array(told, np.int64)
        self._body = np.array([body for *_, body in articles], np.int64)
        body, row = np.array(places, np.int64).reshape(-1, 2).T
        self._place_body = body
        self._place_position = np.searchsorted(rows, row)

    @property
    def newest(self) -> str | None:
        """The latest date of publication, ISO 8601; None where no article has one."""
        return max((date for date, _ in self._kinds if date), default=None)

    def published(self, article: str) -> str | None:
        """When `article` was published, where that is known."""
        return self._kinds[self._kind[self._numbers[article]]][0] or None

    def within(self, passes: Callable[[str, str], bool]) -> AllowedRows:
        """What stands in the articles whose date and outlet `passes` lets through."""
        kinds = np.array([passes(*each) for each in self._kinds], bool)
        articles = kinds[self._kind] if len(kinds) else np.zeros(0, bool)
        last = max(self._body.max(initial=0), self._place_body.max(initial=0))
        bodies = np.zeros(int(last) + 1, bool)
        bodies[self._body[articles]] = True
        mask = np.zeros(len(self._rows), bool)
        mask[self._place_position[bodies[self._place_body]]] = True
        return AllowedRows(self._rows[mask], mask, articles, self._numbers)

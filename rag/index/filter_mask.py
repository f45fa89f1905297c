"""Dates and outlets of all articles in memory, and the passages that a filter lets through.

In:  the documents of a snapshot, which never change; a predicate on date and outlet.
Out: the passages that pass, by row, by position among all rows, and by article.
Left to others: the predicate (`rag.retrieval.filters`), searching (`rag.index.snapshot`).

This takes a few bytes per passage; the predicate is called once for each pair of date and outlet.
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
    """The articles that a filter lets through, and their passages.

    `rows`: of the passages, ascending, shape [n]; `mask`: over all passages of the snapshot, in
    row order, shape [passages]. `article in allowed_rows` tells whether an article passes.
    """

    rows: _Rows
    mask: npt.NDArray[np.bool_]
    _article_mask: npt.NDArray[np.bool_]
    _numbers: dict[str, int]

    def __contains__(self, article: object) -> bool:
        number = self._numbers.get(article) if isinstance(article, str) else None
        return number is not None and bool(self._article_mask[number])

    def __bool__(self) -> bool:
        return len(self.rows) > 0


class ArticleFacets:
    """Dates and outlets of the articles in `documents`; `rows`: of all passages, ascending."""

    def __init__(self, documents: DocumentStore, rows: _Rows) -> None:
        articles, places = documents.filter_columns()
        self._rows = rows
        self._numbers = {id: number for number, (id, *_) in enumerate(articles)}
        pairs: dict[tuple[str, str], int] = {}
        pair_numbers = [
            pairs.setdefault((date, outlet), len(pairs)) for _, date, outlet, _ in articles
        ]
        self._pairs = list(pairs)
        self._pair = np.array(pair_numbers, np.int64)
        self._body = np.array([body for *_, body in articles], np.int64)
        body, row = np.array(places, np.int64).reshape(-1, 2).T
        self._place_body = body
        self._place_position = np.searchsorted(rows, row)

    @property
    def newest(self) -> str | None:
        """The latest date of publication, ISO 8601; None where no article has one."""
        return max((date for date, _ in self._pairs if date), default=None)

    def published(self, article: str) -> str | None:
        """The date of publication of `article`, ISO 8601; None if unknown."""
        return self._pairs[self._pair[self._numbers[article]]][0] or None

    def allowed_rows(self, matches: Callable[[str, str], bool]) -> AllowedRows:
        """The articles for whose date and outlet (each empty if unknown) `matches` is true."""
        passing = np.array([matches(*each) for each in self._pairs], bool)
        articles = passing[self._pair] if len(passing) else np.zeros(0, bool)
        last = max(self._body.max(initial=0), self._place_body.max(initial=0))
        bodies = np.zeros(int(last) + 1, bool)
        bodies[self._body[articles]] = True
        mask = np.zeros(len(self._rows), bool)
        mask[self._place_position[bodies[self._place_body]]] = True
        return AllowedRows(self._rows[mask], mask, articles, self._numbers)

"""Dates, outlets and authors of all articles in memory; the passages that a filter lets through.

In:  the documents of a snapshot, which never change; a predicate on date, outlet, author, folder.
Out: the passages that pass, by row, by position among all rows, and by article.
Left to others: the predicate (`rag.retrieval.filters`), searching (`rag.index.snapshot`).

This takes a few bytes per passage; the predicate is called once for each set of these four.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

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

    def restricted_to(self, rows: Collection[int]) -> AllowedRows:
        """The same with those passages alone that are in `rows` too."""
        remain = np.isin(self.rows, np.fromiter(rows, np.int64, len(rows)))
        mask = self.mask.copy()
        mask[mask] = remain
        return AllowedRows(self.rows[remain], mask, self._article_mask, self._numbers)


class _Facets(NamedTuple):
    """What filters compare of one article; empty where unknown. `folder`: that of its id."""

    published: str
    outlet: str
    author: str
    folder: str


class ArticleFacets:
    """Facets of the articles in `documents`; `rows`: of all passages, ascending."""

    def __init__(self, documents: DocumentStore, rows: _Rows) -> None:
        articles, places = documents.filter_columns()
        self._rows = rows
        self._numbers = {id: number for number, (id, *_) in enumerate(articles)}
        facets: dict[_Facets, int] = {}
        numbers = [
            facets.setdefault(_Facets(date, outlet, author, _folder(id)), len(facets))
            for id, date, outlet, author, _ in articles
        ]
        self._facets = list(facets)
        self._facet = np.array(numbers, np.int64)
        self._body = np.array([body for *_, body in articles], np.int64)
        body, row = np.array(places, np.int64).reshape(-1, 2).T
        self._place_body = body
        self._place_position = np.searchsorted(rows, row)

    @property
    def newest(self) -> str | None:
        """The latest date of publication, ISO 8601; None where no article has one."""
        return max((each.published for each in self._facets if each.published), default=None)

    @property
    def outlets(self) -> frozenset[str]:
        """The outlets that articles have."""
        return frozenset(each.outlet for each in self._facets if each.outlet)

    @property
    def authors(self) -> frozenset[str]:
        """The bylines that articles have; one may name several authors."""
        return frozenset(each.author for each in self._facets if each.author)

    @property
    def folders(self) -> frozenset[str]:
        """The folders of the corpus that articles are in."""
        return frozenset(each.folder for each in self._facets if each.folder)

    def published(self, article: str) -> str | None:
        """The date of publication of `article`, ISO 8601; None if unknown."""
        return self._facets[self._facet[self._numbers[article]]].published or None

    def allowed_rows(self, matches: Callable[[str, str, str, str], bool]) -> AllowedRows:
        """The articles for whose date, outlet, author and folder `matches` is true."""
        passing = np.array([matches(*each) for each in self._facets], bool)
        articles = passing[self._facet] if len(passing) else np.zeros(0, bool)
        last = max(self._body.max(initial=0), self._place_body.max(initial=0))
        bodies = np.zeros(int(last) + 1, bool)
        bodies[self._body[articles]] = True
        mask = np.zeros(len(self._rows), bool)
        mask[self._place_position[bodies[self._place_body]]] = True
        return AllowedRows(self._rows[mask], mask, articles, self._numbers)

    def bodies_with(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The bodies, ascending, that have one of the passages at `positions` (in row order)."""
        mask = np.zeros(len(self._rows), bool)
        mask[positions] = True
        return np.unique(self._place_body[mask[self._place_position]])


def _folder(id: str) -> str:
    return id.rpartition("/")[0]

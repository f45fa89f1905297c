"""The first half of the way: a query's passages, and whether they are enough to answer from.

In:  an open `Generation`, an `Encoder`, a query, a `Filter`; how many passages, and the floors.
Out: `Finding`: the evidence, for each thing asked as well; why it is not enough if so, and how
     "latest" was read.
Left to others: the search itself (`rag.retrieve`), what is asked of a model (`rag.assistant`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag import retrieve
from rag.asked import as_question, clauses, of_each_article
from rag.encoders import Encoder
from rag.filters import Filter
from rag.recency import Period, meant
from rag.store.generation import Generation
from rag.store.within import Within
from rag.types import Hit, Reason

_ARTICLES = 3  # whose accounts are compared: each costs a draft


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a question asks, as a question, and what was found for it.

    `article` is set where one article's account is asked for, beside those of others.
    """

    query: str
    evidence: retrieve.Evidence
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """`refused` is None where there is enough to ask the model about, `parts` one by one."""

    evidence: retrieve.Evidence
    parts: tuple[Part, ...]
    refused: Reason | None
    note: str


@dataclass(frozen=True, slots=True)
class Finder:
    """How passages are looked for: `k` at most, `per_article` of one article where others remain.

    Where two things are asked `k_one` are looked for each, beside those for the whole. Below
    `min_cosine` of the best passage, or where the passages hold less than `min_coverage` of the
    query's words, weighted by rarity, they are not about it.
    """

    encoder: Encoder
    k: int
    k_one: int
    per_article: int
    min_cosine: float
    min_coverage: float

    def find(self, index: Generation, query: str, wanted: Filter) -> Finding:
        """The best passages for `query` of the articles that `wanted` lets pass."""
        allowed = wanted.within(index) if wanted else None
        period = meant(query, lambda: index.whereabouts.newest)
        of_each = of_each_article(query)
        asked, k = query, self.k
        if of_each:
            asked, k = of_each, max(k, _ARTICLES * self.k_one)
        evidence = self.search(index, asked, k, allowed, period)
        refused: Reason | None = None
        if not self._enough(evidence):
            beyond = bool(wanted) and self._enough(self.search(index, asked, k))
            refused = "outside_filter" if beyond else "not_in_corpus"
        note = ""
        if period:
            found = (hit.passage.article for hit in evidence.hits)
            note = period.told([index.whereabouts.published(each) for each in found])
        if refused:
            return Finding(evidence, (), refused, note)
        parts = (
            _accounts(of_each, evidence, self.k_one)
            if of_each
            else self._parts(index, query, evidence, allowed, period)
        )
        by_id: dict[str, Hit] = {}
        for each in (evidence, *(part.evidence for part in parts)):
            for hit in each.hits:
                by_id.setdefault(hit.passage.id, hit)
        return Finding(replace(evidence, hits=tuple(by_id.values())), parts, None, note)

    def _parts(
        self,
        index: Generation,
        query: str,
        evidence: retrieve.Evidence,
        allowed: Within | None,
        period: Period | None,
    ) -> tuple[Part, ...]:
        """What is asked, one thing at a time: each clause, or the whole."""
        if evidence.asked == 1:
            return (Part(query, evidence),)
        return tuple(
            Part(asked, self.search(index, asked, self.k_one, allowed, period))
            for asked in map(as_question, clauses(query)[1:])
        )

    def search(
        self,
        index: Generation,
        query: str,
        k: int,
        allowed: Within | None = None,
        period: Period | None = None,
    ) -> retrieve.Evidence:
        """The `k` best passages for `query`; see `rag.retrieve.search`."""
        return retrieve.search(
            index,
            self.encoder,
            query,
            k=k,
            per_article=self.per_article,
            within=allowed,
            period=period,
        )

    def _enough(self, evidence: retrieve.Evidence) -> bool:
        return (
            bool(evidence.hits)
            and evidence.cosine >= self.min_cosine
            and evidence.coverage >= self.min_coverage
        )


def _accounts(asked: str, found: retrieve.Evidence, k: int) -> tuple[Part, ...]:
    """The same asked of each of the articles found first, by its own `k` best passages."""
    own: dict[str, list[Hit]] = {}
    for hit in found.hits:
        own.setdefault(hit.passage.article, []).append(hit)
    first = list(own.items())[:_ARTICLES]
    return tuple(Part(asked, found.of(hits[:k]), article) for article, hits in first)

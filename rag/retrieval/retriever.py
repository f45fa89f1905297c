"""The first half of the way: a query's passages, and whether they are enough to answer from.

In:  an open `Snapshot`, an `Embedder`, a query, a `SearchFilter`; how many passages, and the floors.
Out: `Finding`: the evidence, for each thing asked as well; why it is not enough if so, and how
     "latest" was read.
Left to others: the search itself (`rag.retrieval.search`), what is asked of a model (`rag.assistant`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.index.filter_mask import AllowedRows
from rag.index.snapshot import Snapshot
from rag.models.embedder import Embedder
from rag.retrieval.filters import SearchFilter
from rag.retrieval.query_plan import as_question, comparison_question, split_question
from rag.retrieval.search import RetrievalResult, search_passages
from rag.retrieval.temporal import TimeIntent, parse_time_intent
from rag.types import Hit, Note, Reason

_ARTICLES = 3  # whose accounts are compared: each costs a draft


@dataclass(frozen=True, slots=True)
class SubQuestion:
    """One thing that a question asks, as a question, and what was found for it.

    `article` is set where one article's account is asked for, beside those of others.
    """

    query: str
    evidence: RetrievalResult
    article: str | None = None


@dataclass(frozen=True, slots=True)
class RetrievalOutcome:
    """`refused` is None where there is enough to ask the model about, `parts` one by one."""

    evidence: RetrievalResult
    sub_questions: tuple[SubQuestion, ...]
    abstention: Reason | None
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Retriever:
    """How passages are looked for: `k` at most, `per_article` of one article where others remain.

    Where two things are asked `k_one` are looked for each, beside those for the whole. Below
    `min_cosine` of the best passage, or where the passages hold less than `min_coverage` of the
    query's words, weighted by rarity, they are not about it.
    """

    encoder: Embedder
    k: int
    k_one: int
    per_article: int
    min_cosine: float
    min_coverage: float

    def retrieve(self, index: Snapshot, query: str, filters: SearchFilter) -> RetrievalOutcome:
        """The best passages for `query` of the articles that match `filters`."""
        allowed = index.facets.within(filters.matches) if filters else None
        period = parse_time_intent(query, lambda: index.facets.newest)
        of_each = comparison_question(query)
        asked, k = query, self.k
        if of_each:
            asked, k = of_each, max(k, _ARTICLES * self.k_one)
        evidence = self.search(index, asked, k, allowed, period)
        refused: Reason | None = None
        if not self._enough(evidence):
            beyond = bool(filters) and self._enough(self.search(index, asked, k))
            refused = "outside_filter" if beyond else "not_in_corpus"
        notes: tuple[Note, ...] = ()
        if period:
            articles = (hit.passage.article for hit in evidence.hits)
            text = period.describe([index.facets.published(each) for each in articles])
            notes = (Note("time_intent", text),) if text else ()
        if refused:
            return RetrievalOutcome(evidence, (), refused, notes)
        parts = (
            _accounts(of_each, evidence, self.k_one)
            if of_each
            else self._parts(index, query, evidence, allowed, period)
        )
        by_id: dict[str, Hit] = {}
        for each in (evidence, *(part.evidence for part in parts)):
            for hit in each.hits:
                by_id.setdefault(hit.passage.id, hit)
        return RetrievalOutcome(replace(evidence, hits=tuple(by_id.values())), parts, None, notes)

    def _parts(
        self,
        index: Snapshot,
        query: str,
        evidence: RetrievalResult,
        allowed: AllowedRows | None,
        period: TimeIntent | None,
    ) -> tuple[SubQuestion, ...]:
        """What is asked, one thing at a time: each clause, or the whole."""
        if evidence.sub_question_count == 1:
            return (SubQuestion(query, evidence),)
        return tuple(
            SubQuestion(asked, self.search(index, asked, self.k_one, allowed, period))
            for asked in map(as_question, split_question(query)[1:])
        )

    def search(
        self,
        index: Snapshot,
        query: str,
        k: int,
        allowed: AllowedRows | None = None,
        period: TimeIntent | None = None,
    ) -> RetrievalResult:
        """The `k` best passages for `query`; see `rag.retrieval.search.search`."""
        return search_passages(
            index,
            self.encoder,
            query,
            k=k,
            per_article=self.per_article,
            within=allowed,
            period=period,
        )

    def _enough(self, evidence: RetrievalResult) -> bool:
        return (
            bool(evidence.hits)
            and evidence.cosine >= self.min_cosine
            and evidence.coverage >= self.min_coverage
        )


def _accounts(asked: str, found: RetrievalResult, k: int) -> tuple[SubQuestion, ...]:
    """The same asked of each of the articles found first, by its own `k` best passages."""
    own: dict[str, list[Hit]] = {}
    for hit in found.hits:
        own.setdefault(hit.passage.article, []).append(hit)
    first = list(own.items())[:_ARTICLES]
    return tuple(
        SubQuestion(asked, found.restricted_to(hits[:k]), article) for article, hits in first
    )

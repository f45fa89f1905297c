"""Retrieval for a planned question: its passages, and whether they are enough to answer from.

In:  an open `Snapshot`, an `Embedder`, a `QueryPlan`, a `SearchFilter`; `RetrievalSettings`.
Out: `RetrievalOutcome`: the evidence, as a whole and for each sub-question; whether the passages
     are about the question at all; how "latest" was interpreted.
Left to others: the search itself (`rag.retrieval.search`), whether a passage answers
(`rag.retrieval.evidence`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.index.snapshot import Snapshot
from rag.models.embedder import Embedder
from rag.retrieval.filters import SearchFilter
from rag.retrieval.query_plan import QueryPlan, SearchQuery
from rag.retrieval.search import (
    ResultLimits,
    RetrievalResult,
    embed_query,
    search_passages,
)
from rag.types import Hit, Note

_MAX_COMPARED = 3  # articles whose accounts are compared; each costs a draft
_MIN_COSINE = 0.25  # of the best passage, below which no passage is about the question
_MIN_COVERAGE = 0.20  # of the question's words, weighted by IDF, in the passages; the same


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """How much is retrieved.

    `k` passages for a question, `context_k` in the prompt for each sub-question, `per_article` of
    one article where other articles qualify.
    """

    k: int
    context_k: int
    per_article: int


def is_related(evidence: RetrievalResult) -> bool:
    """Whether the passages are about the question at all, by its words and by their meaning."""
    return (
        bool(evidence.hits)
        and evidence.cosine >= _MIN_COSINE
        and evidence.coverage >= _MIN_COVERAGE
    )


@dataclass(frozen=True, slots=True)
class SubQuestion:
    """One sub-question and its evidence.

    `article` is set where the account of one article is asked for, beside those of others.
    """

    query: str
    evidence: RetrievalResult
    article: str | None = None


@dataclass(frozen=True, slots=True)
class RetrievalOutcome:
    """All evidence, and that of each sub-question; `related` as `is_related` of all."""

    evidence: RetrievalResult
    sub_questions: tuple[SubQuestion, ...]
    related: bool
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Retriever:
    """Retrieves with one embedder and one set of settings, from any snapshot."""

    embedder: Embedder
    settings: RetrievalSettings

    def retrieve(self, index: Snapshot, plan: QueryPlan, filters: SearchFilter) -> RetrievalOutcome:
        """The best passages for `plan` among the articles that match `filters`.

        Raises:
            IndexFault: a file of the index cannot be read.
            ModelError: the embedder failed.
        """
        rows = index.facets.allowed_rows(filters.matches) if filters else None
        time = plan.time_intent.resolve(index.facets.newest) if plan.time_intent else None
        whole = embed_query(self.embedder, plan.whole)
        limits = self._limits(plan)
        evidence = search_passages(index, whole, limits, rows, time)
        notes: tuple[Note, ...] = ()
        if time:
            articles = (hit.passage.article for hit in evidence.hits)
            text = time.describe([index.facets.published(each) for each in articles])
            notes = (Note("time_intent", text),) if text else ()
        if plan.mode == "single":
            sub_questions: tuple[SubQuestion, ...] = (SubQuestion(plan.whole.text, evidence),)
        elif plan.mode == "comparison":
            sub_questions = self._by_article(plan.whole.text, evidence)
        else:
            # A sub-question has another text than its clause, and another batch changes the last
            # bits of a vector: it is embedded by itself. Each text is embedded once.
            own = replace(limits, k=self.settings.context_k)
            sub_questions = tuple(
                SubQuestion(
                    each.text,
                    search_passages(index, embed_query(self.embedder, each), own, rows, time),
                )
                for each in plan.sub_questions
            )
        return RetrievalOutcome(
            _union(evidence, sub_questions), sub_questions, is_related(evidence), notes
        )

    def search(self, index: Snapshot, query: str, k: int) -> tuple[Hit, ...]:
        """The `k` best passages for `query`, best first. Raises as `retrieve`."""
        embedded = embed_query(self.embedder, SearchQuery.parse(query))
        limits = ResultLimits(k, self.settings.per_article)
        return search_passages(index, embedded, limits).hits

    def _limits(self, plan: QueryPlan) -> ResultLimits:
        k = self.settings.k
        if plan.mode == "comparison":
            k = max(k, _MAX_COMPARED * self.settings.context_k)
        return ResultLimits(k, self.settings.per_article)

    def _by_article(self, question: str, evidence: RetrievalResult) -> tuple[SubQuestion, ...]:
        """`question`, put to each of the best articles, with its own best passages."""
        by_article: dict[str, list[Hit]] = {}
        for hit in evidence.hits:
            by_article.setdefault(hit.passage.article, []).append(hit)
        return tuple(
            SubQuestion(question, evidence.restricted_to(hits[: self.settings.context_k]), article)
            for article, hits in list(by_article.items())[:_MAX_COMPARED]
        )


def _union(evidence: RetrievalResult, sub_questions: tuple[SubQuestion, ...]) -> RetrievalResult:
    """`evidence` with the further hits of `sub_questions` behind its own."""
    hits: dict[str, Hit] = {}
    for each in (evidence, *(sub_question.evidence for sub_question in sub_questions)):
        for hit in each.hits:
            hits.setdefault(hit.passage.id, hit)
    return replace(evidence, hits=tuple(hits.values()))

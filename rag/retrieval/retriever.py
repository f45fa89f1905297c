"""Retrieval for a planned question: its passages, and whether they are enough to answer from.

In:  an open `Snapshot`, an `Embedder`, a `QueryPlan`, a `SearchFilter`; `RetrievalSettings`.
Out: `RetrievalOutcome`: the evidence, as a whole and for each sub-question; a reason to abstain;
     how "latest" was interpreted.
Left to others: the search itself (`rag.retrieval.search`), generating from the evidence
(`rag.assistant`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.index.snapshot import Snapshot
from rag.models.embedder import Embedder
from rag.retrieval.filters import SearchFilter
from rag.retrieval.query_plan import QueryPlan, SearchQuery
from rag.retrieval.search import (
    EmbeddedQuery,
    ResultLimits,
    RetrievalResult,
    embed_query,
    search_passages,
)
from rag.types import Hit, Note, Reason

_MAX_COMPARED = 3  # articles whose accounts are compared; each costs a draft


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """How much is retrieved, and how little is too little.

    `k` passages for a question, `context_k` in the prompt for each sub-question, `per_article` of
    one article where other articles qualify. Where the best passage's cosine is below
    `min_cosine`, or the passages hold less than `min_coverage` of the question's words, weighted
    by IDF, they are not about it.
    """

    k: int
    context_k: int
    per_article: int
    min_cosine: float
    min_coverage: float

    def are_met_by(self, evidence: RetrievalResult) -> bool:
        """Whether `evidence` is enough to answer from."""
        return (
            bool(evidence.hits)
            and evidence.cosine >= self.min_cosine
            and evidence.coverage >= self.min_coverage
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
    """All evidence; `sub_questions` to generate from, or `abstention`, the reason to abstain."""

    evidence: RetrievalResult
    sub_questions: tuple[SubQuestion, ...]
    abstention: Reason | None
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
        if not self.settings.are_met_by(evidence):
            reason = self._reason_to_abstain(index, whole, limits, filters)
            return RetrievalOutcome(evidence, (), reason, notes)
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
        return RetrievalOutcome(_union(evidence, sub_questions), sub_questions, None, notes)

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

    def _reason_to_abstain(
        self, index: Snapshot, whole: EmbeddedQuery, limits: ResultLimits, filters: SearchFilter
    ) -> Reason:
        """Why there is not enough evidence: the corpus has none, or the filters exclude it."""
        elsewhere = bool(filters) and self.settings.are_met_by(
            search_passages(index, whole, limits)
        )
        return "outside_filter" if elsewhere else "not_in_corpus"

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

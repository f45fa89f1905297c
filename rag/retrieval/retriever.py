"""Retrieval for a planned question: its passages, and whether they are enough to answer from.

In:  an open `Snapshot`, a `QueryEmbedder`, a reranker if there is one; a query as typed or a
     `QueryPlan`, a `SearchFilter`; `RetrievalSettings`.
Out: `PlainQuery`: a query without operators and typing slips. `RetrievalOutcome`: the evidence, as
     a whole and for each sub-question; whether the passages are about the question at all; how
     "latest" was interpreted.
Left to others: the search itself (`rag.retrieval.search`), whether a passage answers
(`rag.retrieval.evidence`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from rag.index.filter_mask import AllowedRows
from rag.index.snapshot import Snapshot
from rag.models.protocols import QueryEmbedder
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.index_filter import allowed_rows, require_known_names
from rag.retrieval.operators import parse_operators
from rag.retrieval.query_plan import QueryPlan, SearchQuery
from rag.retrieval.reranking import Reranking
from rag.retrieval.search import (
    EmbeddedQuery,
    ResultLimits,
    RetrievalResult,
    embed_query,
    indexed_stems,
    search_passages,
)
from rag.retrieval.spelling import correct_names
from rag.retrieval.temporal import TimePreference
from rag.text.folding import fold, has_phrase
from rag.text.languages import ENGLISH, language_of
from rag.text.stemming import is_bigram, stem_tokens
from rag.types import Hit, Note

_MAX_COMPARED = 3  # articles whose accounts are compared; each costs a draft
_UNSEEN_BIGRAM = 0.4  # of its IDF
_MIN_COSINE = 0.25  # of the best passage, below which no passage is about the question
_MIN_COVERAGE = 0.20  # of the question's words, weighted by IDF, in the passages; the same


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """How much is retrieved.

    `k` passages for a question, `context_k` in the prompt for each sub-question, `per_article` of
    one article where other articles qualify. `languages` are codes of those that the embedder
    knows; none: many, also across languages.
    """

    k: int
    context_k: int
    per_article: int
    languages: tuple[str, ...] = ()


def _names_in_records(index: Snapshot) -> Iterator[str]:
    """Authors and outlets: they are meant as they are typed, whether or not passages have them."""
    return chain(index.facets.authors, index.facets.outlets)


def is_related(evidence: RetrievalResult) -> bool:
    """Whether the passages are about the question at all, by its words and by their meaning."""
    return (
        bool(evidence.hits)
        and (evidence.cosine >= _MIN_COSINE or not evidence.by_meaning)
        and evidence.coverage >= _MIN_COVERAGE
    )


@dataclass(frozen=True, slots=True)
class PlainQuery:
    """A query without operators, what they and its filters limit, how its names were read."""

    text: str
    filters: SearchFilter
    notes: tuple[Note, ...] = ()


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
class _Scope:
    """Within what a query is searched for: how many passages, in which rows, of which time."""

    limits: ResultLimits
    rows: AllowedRows | None
    time: TimePreference | None


@dataclass(frozen=True, slots=True)
class Retriever:
    """Retrieves with one embedder and one set of settings, from any snapshot.

    Where there is a `reranking`, it orders the fused candidates of questions.
    """

    embedder: QueryEmbedder
    settings: RetrievalSettings
    reranking: Reranking | None = None

    def read_query(self, index: Snapshot, query: str, filters: SearchFilter) -> PlainQuery:
        """Take the operators off `query`, add them to `filters`, and mend slips in names.

        Raises:
            QuestionError: an operator is malformed, or no article has a name that a filter gives.
            IndexFault: a file of the index cannot be read.
        """
        parsed = parse_operators(query)
        narrowed = filters.narrowed_by(parsed.filters)
        require_known_names(index, narrowed)
        phrases = (phrase for group in narrowed.required for phrase in group)
        literal = frozenset(fold(" ".join(phrases)).split())  # to be found as it is typed

        def is_meant(word: str) -> bool:
            return (
                not self.knows(language_of(parsed.text))
                or fold(word) in literal
                or self._is_ordinary(word)
                or any(has_phrase(fold(each), fold(word)) for each in _names_in_records(index))
            )

        spelling = correct_names(parsed.text, index, is_meant)
        return PlainQuery(spelling.query, narrowed, spelling.notes)

    def retrieve(self, index: Snapshot, plan: QueryPlan, filters: SearchFilter) -> RetrievalOutcome:
        """The best passages for `plan` among the articles that match `filters`.

        Raises:
            IndexFault: a file of the index cannot be read.
            ModelError: the embedder or the reranker failed.
        """
        scope = _Scope(
            self._limits(plan),
            allowed_rows(index, filters),
            plan.time_intent.resolve(index.facets.newest) if plan.time_intent else None,
        )
        evidence = self._search(index, plan.whole, plan.language, scope)
        time = scope.time
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
            sub_questions = tuple(
                SubQuestion(each.text, self._search(index, each, plan.language, scope))
                for each in plan.sub_questions
            )
        return RetrievalOutcome(
            _union(evidence, sub_questions), sub_questions, is_related(evidence), notes
        )

    def search(
        self,
        index: Snapshot,
        query: str,
        k: int,
        filters: SearchFilter = NO_FILTER,
        *,
        rerank: bool = False,
    ) -> tuple[Hit, ...]:
        """The `k` best passages for `query` that match `filters`, best first.

        They are in the fused order, also where there is a reranker, unless `rerank` asks for its:
        whoever gathers all that is said of a topic would pay for an order that it does not use.
        Raises as `retrieve`.
        """
        scope = _Scope(
            ResultLimits(k, self.settings.per_article), allowed_rows(index, filters), None
        )
        parsed, language = SearchQuery.parse(query), language_of(query)
        return self._search(index, parsed, language, scope, rerank=rerank).hits

    def knows(self, language: str) -> bool:
        """Whether the embedder knows the language of this code."""
        return not self.settings.languages or language in self.settings.languages

    def word_weights(self, index: Snapshot, text: str, language: str) -> dict[str, float]:
        """The stems of `text`, in `language`, that are searched for, each with its IDF.

        Two letters of a script without spaces that no passage has side by side count less: mostly
        they are the end of one word and the beginning of the next.
        """
        keywords = index.keywords
        weights = {
            stem: keywords.idf(stem)
            for stem in indexed_stems(keywords, stem_tokens([text], language)[0])
        }
        return {
            stem: idf * (_UNSEEN_BIGRAM if is_bigram(stem) and not keywords.frequency(stem) else 1)
            for stem, idf in weights.items()
        }

    def similarity(self, text: str, others: Sequence[str]) -> list[float]:
        """The cosine of `text` and each of `others`, -1 to 1: all embedded alike.

        Raises:
            ModelError: the embedder failed.
        """
        first, *rest = self.embedder.encode([text, *others])
        return [float(first @ each) for each in rest]

    def _search(
        self,
        index: Snapshot,
        query: SearchQuery,
        language: str,
        scope: _Scope,
        *,
        rerank: bool = True,
    ) -> RetrievalResult:
        """The passages for `query`; in the reranker's order where it is to and knows `language`."""
        reranking = self.reranking if rerank else None
        order = (
            partial(reranking.rerank, query.text)
            if reranking and reranking.knows(language)
            else None
        )
        embedded = self._embed(index, query, language)
        return search_passages(index, embedded, scope.limits, scope.rows, scope.time, order)

    def _embed(self, index: Snapshot, query: SearchQuery, language: str) -> EmbeddedQuery:
        """`query`, in `language`; its stems are English where no passage is in that language."""
        own = language if index.keywords.languages[language] else ENGLISH
        return embed_query(self.embedder, query.texts, own, by_meaning=self.knows(language))

    def _is_ordinary(self, word: str) -> bool:
        """Whether the embedder's vocabulary has `word` whole: it is in use, and no slip."""
        return self.embedder.count([word]) == [1]

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

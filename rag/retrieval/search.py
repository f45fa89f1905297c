"""Hybrid search: the passages for a query, nearest by vector and best by BM25, fused by rank.

In:  an open `Snapshot`, an embedded query; which rows may be searched, which dates are preferred.
Out: `RetrievalResult`: `Hit`s, best first, and how much of the query they cover.
Left to others: what to search for (`rag.retrieval.query_plan`), whether the evidence is enough
(`rag.retrieval.retriever`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from rag.index.bm25 import BM25Index
from rag.index.filter_mask import AllowedRows
from rag.index.snapshot import Snapshot
from rag.models.protocols import QueryEmbedder
from rag.retrieval.coverage import coverage
from rag.retrieval.temporal import TimePreference
from rag.text.languages import ENGLISH
from rag.text.sentences import sentence_spans
from rag.text.stemming import stem_tokens, stem_variants
from rag.types import Hit

_MIN_PART = 4  # letters of a part of a compound
_POOL = 50  # candidates of each ranking
WEIGHTS = (1.0, 1.5)
"""Those of the two rankings: by vector, and by BM25."""
_DATE_WEIGHT = 3.0  # of the ranking by date, where the question names a time
_DATED_POOL = 10  # best passages that are ranked by date where the newest is asked for
_RRF = 60  # Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion", SIGIR 2009
_WORD = re.compile(r"[\w%$€£]+")


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedQuery:
    """A query and its clauses, the whole first: the stems and the unit vector of each text.

    `by_meaning`: the embedder knows the query's language. Else its vectors rank nothing.
    """

    stems: Sequence[tuple[str, ...]]
    vectors: npt.NDArray[np.float32]  # [texts, dimensions]
    by_meaning: bool = True


def embed_query(
    embedder: QueryEmbedder,
    texts: Sequence[str],
    language: str = ENGLISH,
    *,
    by_meaning: bool = True,
) -> EmbeddedQuery:
    """Embed a query and its clauses, in one batch; `language` is the code of theirs.

    Raises:
        ModelError: the embedder returned a vector that is not finite.
    """
    stems = [tuple(dict.fromkeys(each)) for each in stem_tokens(texts, language)]
    return EmbeddedQuery(stems, embedder.encode_queries(texts), by_meaning)


def indexed_stems(keywords: BM25Index, stems: Iterable[str]) -> tuple[str, ...]:
    """`stems`, each compound that no passage has as those of its beginnings and ends that some do.

    "Küstenwache" is in no passage, "Küste" and "Wache" may be.
    """
    return tuple(
        dict.fromkeys(
            part
            for stem in stems
            for part in ((not keywords.frequency(stem) and _parts(keywords, stem)) or [stem])
        )
    )


def _parts(keywords: BM25Index, compound: str) -> list[str]:
    cuts = range(_MIN_PART, len(compound))
    parts = [compound[:cut] for cut in cuts] + [compound[-cut:] for cut in cuts]
    return [each for each in parts if keywords.frequency(each)]


@dataclass(frozen=True, slots=True)
class RetrievalResult:
    """Hits, best first, and whether they are about the query at all.

    `idf` is that of each stem of the query, `cosine` that of the best hit, in [-1, 1], `coverage`
    the IDF-weighted share of the query's stems that the hits hold, 0 to 1. `by_meaning`: the
    embedder knows the query's language; else the cosine tells nothing.
    """

    hits: tuple[Hit, ...]
    idf: Mapping[str, float]
    cosine: float
    coverage: float
    by_meaning: bool = True

    @classmethod
    def from_hits(
        cls, hits: Sequence[Hit], idf: Mapping[str, float], *, by_meaning: bool = True
    ) -> RetrievalResult:
        """The result `hits` for a query whose stems have these `idf`."""
        cosine = max((hit.cosine for hit in hits), default=-1.0)
        share = coverage([hit.passage.text for hit in hits], idf)
        return cls(tuple(hits), idf, cosine, share, by_meaning)

    def restricted_to(self, hits: Sequence[Hit]) -> RetrievalResult:
        """The result for the same query with these hits alone."""
        return RetrievalResult.from_hits(hits, self.idf, by_meaning=self.by_meaning)


@dataclass(frozen=True, slots=True)
class ResultLimits:
    """At most `k` passages, `per_article` of one article where other articles qualify."""

    k: int
    per_article: int


def search_passages(
    index: Snapshot,
    query: EmbeddedQuery,
    limits: ResultLimits,
    rows: AllowedRows | None = None,
    time: TimePreference | None = None,
    rerank: Callable[[Sequence[Hit]], Sequence[Hit]] | None = None,
) -> RetrievalResult:
    """The best passages for `query`, of `rows` alone where given, those that `time` prefers first.

    The whole query is ranked by vector and by BM25; by BM25 alone in a language that the embedder
    does not know. A clause joins with its best passage only. `rerank` gives the fused candidates
    another order, before dates count and copies are dropped.

    Raises:
        IndexFault: a file of the index cannot be read.
        ModelError: `rerank` failed.
    """
    all_stems = [
        stems if query.by_meaning else indexed_stems(index.keywords, stems) for stems in query.stems
    ]
    keyword_scores = [_keyword_scores(index, stems, rows) for stems in all_stems]
    rankings = [
        (
            index.nearest(vector, _POOL, rows) if query.by_meaning else [],
            sorted(scores, key=lambda row: (-scores[row], row))[:_POOL],
        )
        for vector, scores in zip(query.vectors, keyword_scores, strict=True)
    ]
    leads = [_best_row(reciprocal_rank_fusion(pair, WEIGHTS)) for pair in rankings[1:]]
    fused = reciprocal_rank_fusion(
        [*rankings[0], [row for row in dict.fromkeys(leads) if row is not None]], WEIGHTS
    )
    stored = index.documents.passages(list(fused), rows)
    hits = [
        Hit(passage, fused[row], float(query.vectors[0] @ vector), keyword_scores[0].get(row, 0.0))
        for row, (passage, vector) in stored.items()
    ]
    hits.sort(key=lambda hit: (-hit.score, hit.passage.id))
    if rerank:
        hits = list(rerank(hits))
    if time:
        articles = (hit.passage.article for hit in hits)
        hits = boost_by_date(hits, [index.facets.published(each) for each in articles], time)
    idf = {stem: index.keywords.idf(stem) for stem in all_stems[0]}
    best = limit_per_article(drop_duplicates(hits), limits.k, limits.per_article)
    return RetrievalResult.from_hits(best, idf, by_meaning=query.by_meaning)


def rows_with_all(index: Snapshot, text: str) -> list[int]:
    """The rows of the passages that have every stem of `text`, behind their articles' headlines.

    In row order; none where `text` has only stop words.
    """
    keywords = index.keywords
    variants = [set(each) for each in stem_variants(text, keywords.languages) if each]
    return sorted({int(row) for each in variants for row in index.rows[keywords.positions(each)]})


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[int]], weights: Sequence[float] = (), constant: int = _RRF
) -> dict[int, float]:
    """Reciprocal rank fusion: the sum over rankings of weight / (constant + rank), rank from 1.

    Rankings without a weight count 1.
    """
    scores: dict[int, float] = {}
    for ranking, weight in zip(rankings, chain(weights, repeat(1.0)), strict=False):
        for rank, row in enumerate(ranking, start=1):
            scores[row] = scores.get(row, 0.0) + weight / (constant + rank)
    return scores


def limit_per_article(hits: Iterable[Hit], k: int, per_article: int) -> list[Hit]:
    """The first `k` of `hits`, at most `per_article` of one article where others remain.

    Places left over are filled in rank order; the result keeps the order of `hits`, which are
    consumed only as far as necessary.
    """
    per: Counter[str] = Counter()
    selected: list[tuple[int, Hit]] = []
    spare: list[tuple[int, Hit]] = []
    for ranked in enumerate(hits):
        article = ranked[1].passage.article
        free = per[article] < per_article
        (selected if free else spare).append(ranked)
        per[article] += free
        if len(selected) == k:
            break
    selected += spare[: k - len(selected)]
    return [hit for _, hit in sorted(selected, key=itemgetter(0))]


def drop_duplicates(hits: Iterable[Hit]) -> Iterator[Hit]:
    """`hits` without those whose every sentence occurs in the hits before them.

    Reprints carry the same sentences under other headlines and with other passage boundaries. A
    number or a word that differs makes another sentence, which is kept.
    """
    earlier: set[str] = set()
    for hit in hits:
        text = hit.passage.text
        spans = (text[slice(*span)].casefold() for span in sentence_spans(text))
        sentences = {" ".join(_WORD.findall(each)) for each in spans}
        if not sentences <= earlier | {""}:
            yield hit
            earlier |= sentences


def boost_by_date(
    hits: Sequence[Hit], published: Sequence[str | None], time: TimePreference
) -> list[Hit]:
    """`hits`, best first, ranked again: a ranking by date is added to their scores.

    `published` holds the dates of their articles. Where the newest is asked for, only the best
    few are ranked by date: the newest of all may be about something else.
    """
    pool = len(hits) if time.since else _DATED_POOL
    gains = reciprocal_rank_fusion([time.order(published[:pool])], [_DATE_WEIGHT])
    boosted = [replace(hit, score=hit.score + gains.get(n, 0.0)) for n, hit in enumerate(hits)]
    return sorted(boosted, key=lambda hit: (-hit.score, hit.passage.id))


def _best_row(scores: Mapping[int, float]) -> int | None:
    return min(scores, key=lambda row: (-scores[row], row), default=None)


def _keyword_scores(
    index: Snapshot, stems: Sequence[str], rows: AllowedRows | None
) -> dict[int, float]:
    """BM25 scores above 0 of the best rows (ties at the cut-off are kept)."""
    scores = index.keywords.scores(stems)
    if rows is not None:
        scores = np.where(rows.mask, scores, 0.0)
    positive = np.flatnonzero(scores > 0)
    if len(positive) > _POOL:
        cutoff = np.partition(scores[positive], -_POOL)[-_POOL]
        positive = positive[scores[positive] >= cutoff]
    return {int(index.rows[p]): float(scores[p]) for p in positive}

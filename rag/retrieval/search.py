"""Find the passages for a query: nearest by vector and best by keyword, fused by rank.

In:  an open `Snapshot`, an `Embedder`, a query; what it may look in.
Out: `Hit`s, best first, and how much of the query they cover (`RetrievalResult`).
Left to others: whether the evidence is enough (`rag.retrieval.retriever`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat
from operator import itemgetter

import numpy as np

from rag.index.filter_mask import AllowedRows
from rag.index.snapshot import Snapshot
from rag.models.embedder import Embedder
from rag.retrieval.coverage import coverage
from rag.retrieval.query_plan import split_question
from rag.retrieval.temporal import TimeIntent
from rag.text.sentences import sentence_spans
from rag.text.stemming import stem_tokens
from rag.types import Hit

_POOL = 50  # candidates of each kind
_KEYWORD = 1.5  # weight of the keyword ranking beside the nearest
_WORD = re.compile(r"[\w%$€£]+")
_TIMELY = 3.0  # weight of the ranking by date, where a question asks for the latest
_NEAR = 10  # passages that it ranks
_RRF = 60  # Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion", SIGIR 2009


@dataclass(frozen=True, slots=True)
class RetrievalResult:
    """What was found, and the signals of whether it is about the question at all."""

    hits: tuple[Hit, ...]
    idf: Mapping[str, float]  # of each word of the query, by its stem
    sub_question_count: int  # how many things the query asks
    cosine: float  # of the best hit, in [-1, 1]
    coverage: float  # part of the query's words, by rarity, that the hits hold, 0 to 1

    def restricted_to(self, hits: Sequence[Hit]) -> RetrievalResult:
        """The same for these of the hits alone."""
        return replace(
            self,
            hits=tuple(hits),
            cosine=_best_cosine(hits),
            coverage=coverage([hit.passage.text for hit in hits], self.idf),
        )


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

    Places left over are filled in rank order; the result keeps the order of `hits`. No more of
    `hits` is looked at than that takes.
    """
    taken: Counter[str] = Counter()
    chosen: list[tuple[int, Hit]] = []
    spare: list[tuple[int, Hit]] = []
    for ranked in enumerate(hits):
        article = ranked[1].passage.article
        free = taken[article] < per_article
        (chosen if free else spare).append(ranked)
        taken[article] += free
        if len(chosen) == k:
            break
    chosen += spare[: k - len(chosen)]
    return [hit for _, hit in sorted(chosen, key=itemgetter(0))]


def drop_duplicates(hits: Iterable[Hit]) -> Iterator[Hit]:
    """`hits` less those that say nothing new, sentence for sentence, after the ones before them.

    Reprints carry the same sentences under other headlines, with borders of passages elsewhere.
    A figure or a word that differs makes another sentence: that is kept.
    """
    seen: set[str] = set()
    for hit in hits:
        text = hit.passage.text
        sentences = (text[slice(*span)].casefold() for span in sentence_spans(text))
        said = {" ".join(_WORD.findall(each)) for each in sentences}
        if not said <= seen | {""}:
            yield hit
            seen |= said


def boost_by_date(
    hits: Sequence[Hit], published: Sequence[str | None], period: TimeIntent
) -> list[Hit]:
    """`hits`, best first, again: a ranking by date joins the one they stand in.

    `published` holds the dates of their articles. Where the newest is asked for, only the best
    few are ranked by date: what is newest of all may be about something else.
    """
    most = len(hits) if period.since else _NEAR
    order = period.order(published[:most])
    gains = reciprocal_rank_fusion([order], [_TIMELY])
    moved = [replace(hit, score=hit.score + gains.get(n, 0.0)) for n, hit in enumerate(hits)]
    return sorted(moved, key=lambda hit: (-hit.score, hit.passage.id))


def search_passages(
    generation: Snapshot,
    encoder: Embedder,
    query: str,
    *,
    k: int,
    per_article: int,
    within: AllowedRows | None = None,
    period: TimeIntent | None = None,
) -> RetrievalResult:
    """The `k` best passages for `query`, of those `within` alone where that is given.

    Those of `period` come first among the nearest.
    """
    parts = split_question(query)
    words = [list(dict.fromkeys(each)) for each in stem_tokens(parts)]
    vectors = encoder.encode(parts)
    keyword = [_keyword_scores(generation, each, within) for each in words]
    ranked = [
        (
            generation.nearest(vector, _POOL, within),
            sorted(scores, key=lambda row: (-scores[row], row))[:_POOL],
        )
        for vector, scores in zip(vectors, keyword, strict=True)
    ]
    weights = (1.0, _KEYWORD)
    leads = [_best(reciprocal_rank_fusion(pair, weights)) for pair in ranked[1:]]
    fused = reciprocal_rank_fusion(
        [*ranked[0], [row for row in dict.fromkeys(leads) if row is not None]], weights
    )
    held = generation.documents.passages(list(fused), within)
    hits = [
        Hit(passage, fused[row], float(vectors[0] @ stored), keyword[0].get(row, 0.0))
        for row, (passage, stored) in held.items()
    ]
    hits.sort(key=lambda hit: (-hit.score, hit.passage.id))
    if period:
        articles = (hit.passage.article for hit in hits)
        hits = boost_by_date(hits, [generation.facets.published(each) for each in articles], period)
    kept = tuple(limit_per_article(drop_duplicates(hits), k, per_article))
    rarity: Mapping[str, float] = {word: generation.keywords.idf(word) for word in words[0]}
    return RetrievalResult(
        hits=kept,
        idf=rarity,
        sub_question_count=max(1, len(parts) - 1),
        cosine=_best_cosine(kept),
        coverage=coverage([hit.passage.text for hit in kept], rarity),
    )


def _best_cosine(hits: Sequence[Hit]) -> float:
    return max((hit.cosine for hit in hits), default=-1.0)


def _best(scores: Mapping[int, float]) -> int | None:
    return min(scores, key=lambda row: (-scores[row], row), default=None)


def _keyword_scores(
    generation: Snapshot, words: Sequence[str], within: AllowedRows | None
) -> dict[int, float]:
    """BM25 by row, above 0 only, of the best rows (ties at the border are kept)."""
    scores = generation.keywords.scores(words)
    if within is not None:
        scores = np.where(within.mask, scores, 0.0)
    positive = np.flatnonzero(scores > 0)
    if len(positive) > _POOL:
        border = np.partition(scores[positive], -_POOL)[-_POOL]
        positive = positive[scores[positive] >= border]
    return {int(generation.rows[p]): float(scores[p]) for p in positive}

"""The fused candidates of a query in the order that a reranker gives them.

    reordered(hits, scores)            pure: hits and their scores -> hits in a new order
    Reranking(reranker, languages)     which reranker orders, and for queries in which languages

In:  hits, best first by fused rank; a reranker.
Out: the same hits, best first by its scores.
Left to others: the fused rank (`rag.retrieval.search`), scoring (`rag.models.reranker`), which of
the passages answer (`rag.retrieval.evidence`).

Retrieve and re-rank as in Nogueira and Cho (2019): what ranks by words and by vectors chooses the
candidates, what reads each of them beside the query orders them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.models.protocols import PassageReranker
from rag.retrieval.search import WEIGHTS, reciprocal_rank_fusion
from rag.types import Hit

CANDIDATES = 30
"""Hits that the reranker reads, best first by fused rank; those behind them stay behind."""


@dataclass(frozen=True, slots=True)
class Reranking:
    """A reranker, and the codes of the languages that it knows; none: many."""

    reranker: PassageReranker
    languages: tuple[str, ...] = ()

    def knows(self, language: str) -> bool:
        """Whether it knows the language of this code; else the fused order stays."""
        return not self.languages or language in self.languages

    def rerank(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """`hits` in its order.

        Raises:
            ModelError: the reranker failed.
        """
        texts = [hit.passage.text for hit in hits[:CANDIDATES]]
        return reordered(hits, self.reranker.score(query, texts)) if texts else []


def reordered(hits: Sequence[Hit], scores: Sequence[float]) -> list[Hit]:
    """`hits` with the first of them by `scores`, highest first; equal ones keep their order.

    Hits without a score stay behind, in their order. Each has the fused score of a passage that
    all rankings have at its new place: what is added for dates counts as it does without this.
    """
    places = sorted(range(len(scores)), key=lambda n: (-scores[n], n))
    order = [*(hits[n] for n in places), *hits[len(scores) :]]
    fused = reciprocal_rank_fusion([range(len(order))] * len(WEIGHTS), WEIGHTS)
    return [replace(hit, score=fused[n]) for n, hit in enumerate(order)]

"""Rank fusion, the limit per article, and duplicates."""

from __future__ import annotations

import pytest

from rag.retrieval.search import drop_duplicates, limit_per_article, reciprocal_rank_fusion
from rag.types import Hit, Passage


def hit(article: str, start: int = 0) -> Hit:
    return Hit(Passage(article, start, start + 1, "x"), 1.0, 0.5, 0.0)


def test_reciprocal_rank_fusion_sums_reciprocal_ranks():
    assert reciprocal_rank_fusion([[1, 2], [2, 3]], constant=1) == pytest.approx(
        {1: 1 / 2, 2: 1 / 3 + 1 / 2, 3: 1 / 3}
    )
    assert reciprocal_rank_fusion([[], []]) == {}


def test_reciprocal_rank_fusion_weighs_rankings():
    assert reciprocal_rank_fusion([[1], [2], [2]], (1, 1.5), constant=1) == pytest.approx(
        {1: 0.5, 2: 1.25}
    )


@pytest.mark.parametrize(
    ("articles", "k", "per_article", "expected"),
    [
        ("aaab", 3, 2, "aab"),
        ("aaaa", 3, 2, "aaa"),  # no other article: places are filled
        ("aab", 5, 1, "aab"),
        ("abcabc", 4, 1, "abca"),
        ("", 3, 2, ""),
    ],
)
def test_limit_per_article_fills_places_that_are_left(articles, k, per_article, expected):
    hits = [hit(article, n) for n, article in enumerate(articles)]
    limited = limit_per_article(hits, k, per_article)
    assert "".join(each.passage.article for each in limited) == expected
    assert limited == sorted(limited, key=hits.index)


def test_drop_duplicates_leaves_out_passages_without_a_new_sentence():
    texts = [
        "The dam broke. Nine were saved.",
        "the DAM  broke! Nine were saved.",  # a reprint
        "Nine were saved.",
        "The dam broke. Ten were saved.",  # another account
        "Ten were saved.\nNine were saved.",  # nothing new
        "...",
    ]
    hits = [
        Hit(Passage(f"a{n}", 0, len(text), text), 1.0, 0.5, 0.0) for n, text in enumerate(texts)
    ]
    assert [hit.passage.article for hit in drop_duplicates(hits)] == ["a0", "a3"]

"""Which articles tell of a topic.

    articles_on(topic, hits, article_of)  ->  `TopicArticle`s, the nearest first

In:  the words of a topic, the passages of a search for it, a way to look up articles.
Out: as above; an article that only touches on the topic is marked as such.
Left to others: which of their sentences are taken (`rag.newsroom.timelines.statements`).

As in an overview (`rag.grounding.composition.overviews.about`), an article is about a topic where
headline and opening have all its words, or name some of its names while the meaning of a passage is
near. Unlike there, one that has all the words anywhere is taken besides, with what it says of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rag.grounding.citations import ArticleLookup
from rag.grounding.composition.overviews.about import (
    MIN_COSINE,
    MIN_OF_BEST,
    TopicWords,
    opening,
)
from rag.text.names import mentions
from rag.types import Article, Hit


@dataclass(frozen=True, slots=True)
class TopicArticle:
    """An article, and whether it is about the topic or only touches on it."""

    article: Article
    is_about: bool


def articles_on(
    words: TopicWords, hits: Iterable[Hit], article_of: ArticleLookup
) -> list[TopicArticle]:
    """The articles of `hits` that tell of the topic with `words`, the nearest first."""
    cosines: dict[str, float] = {}
    for hit in sorted(hits, key=lambda hit: (-hit.score, hit.passage.id)):
        id = hit.passage.article
        cosines[id] = max(hit.cosine, cosines.get(id, -1.0))
    near = max(MIN_COSINE, MIN_OF_BEST * max(cosines.values(), default=1.0))
    chosen = []
    for id, cosine in cosines.items():
        article = article_of(id)
        if words.constraints.conflicts(article.text, article.title, article.published):
            continue
        start = opening(article)
        if words.share(start) == 1.0 or (cosine >= near and _names_one(words, start)):
            chosen.append(TopicArticle(article, is_about=True))
        elif words.share(f"{article.title}\n{article.text}") == 1.0:
            chosen.append(TopicArticle(article, is_about=False))
    return chosen


def _names_one(words: TopicWords, text: str) -> bool:
    """Whether `text` has one of the names of the topic, if that has any."""
    names = words.constraints.names
    return not names or any(mentions(text, name) for name in names)

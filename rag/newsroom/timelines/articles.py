"""Which articles tell of a topic.

    articles_on(topic, hits, article_of)  ->  `TopicArticle`s, the nearest first

In:  the words of a topic, the passages of a search for it, a way to look up articles.
Out: as above; an article that only touches on the topic is marked as such.
Left to others: which of their sentences are taken (`rag.newsroom.timelines.statements`).

As in an overview (`rag.grounding.composition.overviews.about`), an article is about a topic where
headline and opening have all its words, or name some of its names while the meaning of a passage is
near. Unlike there, one that has all the words anywhere is taken besides, with what it says of them.
So is one that has a name of a topic of several names alone ("Ada Holt and the Orrin Bank").
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
from rag.text.stemming import stem_tokens
from rag.types import Article, Hit

_MAY_BE_NEAR = 0.3  # cosine of the topic and a passage of an article that has one of its names
_LEAST_SHARE = 0.5  # of the topic's words, in a sentence that names it


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
        elif words.share(f"{article.title}\n{article.text}") == 1.0 or (
            cosine >= _MAY_BE_NEAR and is_of_names(words) and _names_one(words, article.text)
        ):
            chosen.append(TopicArticle(article, is_about=False))
    return chosen


def is_of_names(words: TopicWords) -> bool:
    """Whether a topic is made of several names, and of nothing else."""
    names = words.constraints.names
    of_names = {stem for stems in stem_tokens(list(names)) for stem in stems}
    return len(names) > 1 and words.stems <= of_names


def names_topic(words: TopicWords, text: str) -> bool:
    """Whether a sentence names the topic: half of its words, or one of the names that it is."""
    if is_of_names(words):
        return _names_one(words, text)
    return words.share(text) >= _LEAST_SHARE


def _names_one(words: TopicWords, text: str) -> bool:
    """Whether `text` has one of the names of the topic, if that has any."""
    names = words.constraints.names
    return not names or any(mentions(text, name) for name in names)

"""Which articles are about a topic, and which of their sentences are.

In:  a `Topic`, the judged passages of a question, a way to look up articles.
Out: `choose_articles`: the articles to tell of, the nearest first; none where the topic is not in
     them.
Left to others: what the topic is (`rag.text.questions.topics`), choosing sentences
(`rag.grounding.composition.overviews.salience`).

An article is about a topic where headline and opening name every name of it, and have all its other
words as well or one of its passages is nearly as near in meaning as that of any article: what is
called a theft in the question may be a robbery in the article. It touches on the topic where names
and words are somewhere in its text; such articles count only where none is about it. A year in the
topic is contradicted by an article that was published in another year and does not name it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rag.grounding.citations import ArticleLookup
from rag.retrieval.constraints import Constraints, constraints_of
from rag.text.dates.forms import MONTHS
from rag.text.folding import fold, has_phrase
from rag.text.names import mentions
from rag.text.questions.topics import Topic
from rag.text.sentences import sentence_spans
from rag.text.stemming import stem_tokens
from rag.types import Article, Hit

_OPENING = 3  # sentences
MIN_COSINE = 0.4  # of the topic and a passage, from which the article may be about it
MIN_OF_BEST = 0.7  # of the cosine of the nearest passage; the same
_MIN_HEADLINE_SHARE = 0.6  # of its stems in the headline that a question names in its own words
_GENERIC = (  # words that say what is wanted of a matter, not which matter
    "life career affair case story stories matter situation background history details news "
    "development developments latest events subject topic state course end outcome"
)


@dataclass(frozen=True, slots=True)
class TopicWords:
    """The words by which a topic is found: the stems of its main words, and what it fixes (years
    and names)."""

    stems: frozenset[str]
    constraints: Constraints

    @classmethod
    def parse(cls, topic: str) -> TopicWords:
        """The words of `topic`."""
        stems = frozenset(stem for stem in stem_tokens([topic])[0] if not stem.isdigit())
        return cls(stems - _generic_stems() or stems, constraints_of(f"of {topic}"))

    def are_named(self, text: str) -> bool:
        """Whether `text` names all the names."""
        return all(mentions(text, name) for name in self.constraints.names)

    def share(self, text: str) -> float:
        """The share of the stems that `text` has; 0 where it lacks one of the names."""
        if not self.stems or not self.are_named(text):
            return 0.0
        return len(self.stems - self.missing([text])) / len(self.stems)

    def missing(self, texts: Iterable[str]) -> frozenset[str]:
        """The stems that none of `texts` has, neither as words nor as names."""
        texts = list(texts)
        present = frozenset(stem for each in stem_tokens(texts) for stem in each)
        named = (name for name in self.constraints.names if any(mentions(t, name) for t in texts))
        return (
            self.stems - present - frozenset(s for each in stem_tokens(list(named)) for s in each)
        )


def choose_articles(topic: Topic, hits: Iterable[Hit], article_of: ArticleLookup) -> list[Article]:
    """The articles of `hits` that an overview of `topic` tells of, the nearest first.

    At most one where the topic names one article.
    """
    cosines: dict[str, float] = {}
    for hit in sorted(hits, key=lambda hit: (-hit.score, hit.passage.id)):
        id = hit.passage.article
        cosines[id] = max(hit.cosine, cosines.get(id, -1.0))
    articles = [article_of(each) for each in cosines]
    if topic.headline:
        return [each for each in articles if _has_headline(each, topic.headline)][:1]
    words = TopicWords.parse(topic.text)
    fitting = [
        each
        for each in articles
        if not words.constraints.conflicts(each.text, each.title, each.published)
    ]
    near = max(MIN_COSINE, MIN_OF_BEST * max(cosines.values(), default=1.0))
    about = [
        each
        for each in fitting
        if words.share(opening(each)) == 1.0
        or (cosines[each.id] >= near and words.are_named(opening(each)))
    ]
    if topic.is_article:
        return _named_article(words, fitting) or about[:1]
    return about or [each for each in fitting if words.share(_whole(each)) == 1.0]


def opening(article: Article) -> str:
    """Headline and first sentences: what an article is about stands there."""
    spans = sentence_spans(article.text)[:_OPENING]
    return f"{article.title}\n{article.text[: spans[-1][1]] if spans else ''}"


def _named_article(words: TopicWords, articles: list[Article]) -> list[Article]:
    """The article whose headline has most of the words, in a list; empty where none has enough."""
    best = max(articles, key=lambda each: words.share(each.title), default=None)
    return [best] if best and words.share(best.title) >= _MIN_HEADLINE_SHARE else []


def _has_headline(article: Article, headline: str) -> bool:
    return has_phrase(fold(article.title), fold(headline))


def _whole(article: Article) -> str:
    return f"{article.title}\n{article.text}"


@lru_cache(maxsize=1)
def _generic_stems() -> frozenset[str]:
    return frozenset(stem_tokens([f"{_GENERIC} {' '.join(MONTHS)}"])[0])

"""What the articles say about a topic, or what one article says: a few of their sentences.

In:  a `Material` whose question asks for an overview.
Out: three to seven quotations, oldest first, behind day and headline where the article changes;
     None where the topic is not in the articles.
Left to others: which articles are about it (`about`), which sentences are chosen (`salience`).

Oldest first, since an overview of news is the story of a matter. Fewer than three sentences are
given where the articles have no more that stand alone.
"""

from __future__ import annotations

from rag.grounding.citations import make_record_citation
from rag.grounding.composition.material import Composition, Material
from rag.grounding.composition.overviews.about import TopicWords, choose_articles
from rag.grounding.composition.overviews.salience import Extract, choose_sentences
from rag.grounding.composition.quotations import (
    Quoted,
    compose_quotations,
    day_of_publication,
    whole_sentence,
)
from rag.text.folding import fold_spaces
from rag.text.questions.topics import Topic, names_topic
from rag.types import Article, Citation

_MOST_SENTENCES = 7
_OF_ONE_ARTICLE = 5  # sentences
_OF_EACH = 2  # of several articles, as far as there is room
_FEWEST_SENTENCES = 2


def compose_overview(material: Material) -> Composition | None:
    """The overview that the question asks for; None where there is none to give."""
    topic = material.plan.topic
    if topic is None or not names_topic(topic):
        return None
    articles = choose_articles(topic, material.judgement.hits, material.article_of)
    articles = articles[:_MOST_SENTENCES]
    words = TopicWords.parse(topic.text)
    if not articles or not _is_told(topic, words, articles, material):
        return None
    most = min(max(_OF_EACH * len(articles), _OF_ONE_ARTICLE), _MOST_SENTENCES)
    extracts = choose_sentences(articles, words, most)
    if len(extracts) < _FEWEST_SENTENCES:
        return None
    ordered = sorted(extracts, key=_by_time)
    return compose_quotations(_dated(ordered), material.article_of)


def _is_told(topic: Topic, words: TopicWords, articles: list[Article], material: Material) -> bool:
    """Whether the articles tell of the topic: they have all its words, or the reader finds it."""
    if topic.headline or not words.missing(f"{each.title}\n{each.text}" for each in articles):
        return True
    return material.decide(material.judgement).shown


def _by_time(extract: Extract) -> tuple[str, str, int]:
    return extract.article.published or "", extract.article.id, extract.start


def _dated(extracts: list[Extract]) -> list[Quoted]:
    """`extracts` as quotations; of several articles, behind day and headline where they change."""
    quoted, before = [], ""
    several = len({each.article.id for each in extracts}) > 1
    for each in extracts:
        evidence = whole_sentence(each.article, each.start, each.end)
        if several and each.article.id != before:
            quoted.append(Quoted(evidence, _heading(each.article), _records(each.article)))
        else:
            quoted.append(Quoted(evidence))
        before = each.article.id
    return quoted


def _heading(article: Article) -> str:
    """ "3 May 2024, “Mill at Vessby burns down”": a headline is news in one line."""
    headline = f"“{fold_spaces(article.title)}”"
    return ", ".join(filter(None, (day_of_publication(article), headline)))


def _records(article: Article) -> tuple[Citation, ...]:
    return (make_record_citation(0, article, "title"),)

"""The articles that a question about the records means.

    select_articles(index, records, query, filters)        ->  all of them, by words and records
    find_articles(index, records, query, filters, search)  ->  the one that is meant, or the few

In:  an open `Snapshot`, its `Records`, a `RecordQuery`, a `SearchFilter` that limits no words.
Out: a `Selection`: articles with empty texts, newest first.
Left to others: what is said of them (`rag.grounding.record_answer`).

An article is *about* a topic where its opening passage, behind its headline, has all the words of
the topic; it *mentions* it where another passage has. That is looked up in the keyword index. Only
where no article has all the words does `find_articles` search by meaning, and then the article must
have every name and number of the topic and most of its other words.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace

from rag.index.browse import newest_first
from rag.index.snapshot import Snapshot
from rag.retrieval.coverage import coverage
from rag.retrieval.filters import SearchFilter
from rag.retrieval.index_filter import allowed_rows
from rag.retrieval.records.query import RecordQuery
from rag.retrieval.records.records import Records, comparable_name, has_byline
from rag.retrieval.search import rows_with_all
from rag.text.folding import fold
from rag.text.names import extract_names, mentions
from rag.text.numbers import number_forms
from rag.text.stemming import stem_tokens
from rag.types import Article, Hit

_MIN_COVERAGE = 0.6  # of the topic's words, weighted by IDF, in the article that is meant

Search = Callable[[str], Sequence[Hit]]
"""The passages nearest to a text that match the filters, best first."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The articles that are meant, and those that only mention the topic; newest first."""

    articles: tuple[Article, ...] = ()
    mentions: tuple[Article, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.articles or self.mentions)


def select_articles(
    index: Snapshot, records: Records, query: RecordQuery, filters: SearchFilter
) -> Selection:
    """All articles that match `query` and `filters`.

    Raises:
        IndexFault: a file of the index cannot be read.
    """
    visible = allowed_rows(index, filters)
    if not query.topic:
        return Selection(_matching(newest_first(records.by_id.values()), query, visible))
    opens_with_topic = index.documents.articles_of(rows_with_all(index, query.topic))
    opens_with_topic |= dict.fromkeys(_with_headline(records, query.topic), True)
    candidates = (records.by_id[id] for id in opens_with_topic if id in records.by_id)
    articles = _matching(newest_first(candidates), query, visible)
    if query.mentioned:
        return Selection(articles)
    return Selection(
        tuple(each for each in articles if opens_with_topic[each.id]),
        tuple(each for each in articles if not opens_with_topic[each.id]),
    )


def find_articles(
    index: Snapshot, records: Records, query: RecordQuery, filters: SearchFilter, search: Search
) -> tuple[Article, ...]:
    """The article that `query` means; several where the words fit several, best first.

    Those with more words of the topic in the headline come first, then the newer ones.

    Raises:
        IndexFault, ModelError: the index or the embedder failed.
    """
    selection = select_articles(index, records, query, filters)
    if query.headline and not selection:  # no record has that headline: its words are the topic
        query = replace(query, topic=query.headline, headline="")
        selection = select_articles(index, records, query, filters)
    stems = frozenset(stem_tokens([query.topic])[0])
    if selection:
        named = selection.articles or selection.mentions
        in_headline = {
            each.id: len(stems.intersection(*stem_tokens([each.title]))) for each in named
        }
        return tuple(sorted(named, key=lambda each: -in_headline[each.id]))
    if not query.topic:
        return ()
    ids = dict.fromkeys(hit.passage.article for hit in search(query.topic))
    nearest = _matching((records.by_id[id] for id in ids), replace(query, topic=""), None)
    idf = {stem: index.keywords.idf(stem) for stem in stems}
    for article in (index.documents.article(each.id) for each in nearest):
        text = f"{article.title}\n{article.text}"
        if _has_names_and_numbers(text, query.topic) and coverage([text], idf) >= _MIN_COVERAGE:
            return (replace(article, text=""),)
    return ()


def _matching(
    articles: Iterable[Article], query: RecordQuery, visible: Container[str] | None
) -> tuple[Article, ...]:
    """Those of `articles` that are `visible` and that all of `query` but its topic lets through.

    In the order in which they are given; None: all are visible.
    """
    headline = comparable_name(query.headline)

    def matches(article: Article) -> bool:
        return (
            (visible is None or article.id in visible)
            and (not query.within or query.within.matches(article.published or "", ""))
            and (not query.byline or has_byline(article, query.byline))
            and (not headline or comparable_name(article.title) == headline)
        )

    return tuple(filter(matches, articles))


def _with_headline(records: Records, topic: str) -> list[str]:
    """The ids of the articles whose headline has all words of `topic`.

    The keyword index has a passage behind the headline of one article; a copy may have another.
    """
    stems = set(stem_tokens([topic])[0])
    likely = {
        id: each.title
        for id, each in records.by_id.items()
        if stems and all(stem[:3] in fold(each.title) for stem in stems)
    }
    in_headlines = stem_tokens(list(likely.values())) if likely else []
    return [id for id, words in zip(likely, in_headlines, strict=True) if stems <= set(words)]


def _has_names_and_numbers(text: str, topic: str) -> bool:
    names = extract_names(f"about {topic}")  # the first word of a text is no name by its capital
    return all(mentions(text, name) for name in names) and number_forms(topic) <= number_forms(text)

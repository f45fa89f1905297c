"""The articles that a question about the records means.

    select_articles(index, records, query, filters)        ->  all of them, by words and records
    find_articles(index, records, query, filters, search)  ->  the one that is meant, or the few

In:  an open `Snapshot`, its `Records`, a `RecordQuery`, a `SearchFilter` that limits no words.
Out: a `Selection`: articles with empty texts, newest first.
Left to others: what is said of them (`rag.grounding.record_answer`).

An article *mentions* a topic where one of its passages, behind its headline, has all the words of
the topic, which is looked up in the keyword index; it is *about* the topic where besides its
headline and first sentence have half of them (of very many articles: where it is the first passage
that has all), or all of them in words of the same sense. A year in the topic may be that of
publication. Only where no article has all the words does `find_articles` search by meaning. Then
the article must have every name and number of the topic and most of its other words; or a byline,
day or genre limits the articles to few, and it is nearer to the topic than any other of these; or
it is the nearest, and no other near one has these names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace

from rag.index.browse import newest_first
from rag.index.snapshot import Snapshot
from rag.retrieval.coverage import coverage
from rag.retrieval.filters import SearchFilter
from rag.retrieval.index_filter import allowed_rows
from rag.retrieval.records.description import Order, RecordQuery
from rag.retrieval.records.languages import (
    Search,
    in_language,
    language_code,
    nearest_in_language,
)
from rag.retrieval.records.openings import in_other_words, opens_with
from rag.retrieval.records.records import Records, comparable_name, has_byline
from rag.retrieval.records.wording import genre_pattern
from rag.retrieval.search import rows_with_all
from rag.text.folding import fold
from rag.text.names import extract_names, mentions
from rag.text.numbers import number_forms
from rag.text.stemming import stem_tokens
from rag.types import Article

_MIN_COVERAGE = 0.6  # of the topic's words, weighted by IDF, in the article that is meant
_MIN_COSINE = 0.3  # of the topic and the nearest passage of the article
_MIN_COSINE_OF_ONE = 0.2  # the same, where byline, day or genre leave one article
_MIN_LEAD = 0.05  # of that cosine over those of the other articles
_FEWEST_NAMES = 2  # words of names that one article alone has
_MOST_READ = 200  # articles whose beginning is read
_OPENING = 400  # characters in which an article says of what genre it is
_YEAR = re.compile(r"\b(?:in |of )?((?:19|20)\d\d)\b")


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
    """All articles that match `query` and `filters`; with an order, the first of that order.

    Raises:
        IndexFault: a file of the index cannot be read.
    """
    if query.language and query.topic:  # "the French piece on the vote" may be about France
        of_topic = replace(query, topic=f"{query.language} {query.topic}", language="")
        if selection := select_articles(index, records, of_topic, filters):
            return selection
    selection = _by_words(index, records, query, filters)
    if not selection and (dated := _with_year_of_publication(query)) is not None:
        selection = _by_words(index, records, dated, filters)
    if query.order is None:
        return selection
    return Selection(_outermost(selection.articles or selection.mentions, query.order))


def find_articles(
    index: Snapshot, records: Records, query: RecordQuery, filters: SearchFilter, search: Search
) -> tuple[Article, ...]:
    """The article that `query` means; several where the words fit several, best first.

    Those of the genre, and those with all words of the topic in the headline, are meant rather than
    others. Then those with more of these words come first, then the newer ones.

    Raises:
        IndexFault, ModelError: the index or the embedder failed.
    """
    selection = select_articles(index, records, query, filters)
    if query.headline and not selection:  # no record has that headline: its words are the topic
        query = replace(query, topic=query.headline, headline="")
        selection = select_articles(index, records, query, filters)
    named = selection.articles or selection.mentions
    if not named and query.topic and query.language:
        named = _in_language(index, records, query, filters, search)
    elif not named and query.topic:
        named = _by_meaning(index, records, query, filters, search)
        named = _outermost(named, query.order) if query.order else named
    named = _preferred(named, lambda each: _is_of_genre(index, each, query.genre))
    stems = frozenset(stem_tokens([query.topic])[0])
    in_headline = {each.id: len(stems.intersection(*stem_tokens([each.title]))) for each in named}
    if query.request in ("field", "gist"):
        named = _preferred(named, lambda each: in_headline[each.id] == len(stems))
    return tuple(sorted(named, key=lambda each: -in_headline[each.id]))


def _by_words(
    index: Snapshot, records: Records, query: RecordQuery, filters: SearchFilter
) -> Selection:
    visible = allowed_rows(index, filters)
    code = language_code(query.language)
    if not query.topic:
        every = _matching(newest_first(records.by_id.values()), query, visible)
        return Selection(in_language(index, every, code) if code else every)
    begins_with_topic = index.documents.articles_of(rows_with_all(index, query.topic))
    in_headline = dict.fromkeys(_with_headline(records, query.topic), True)
    if not query.mentioned:
        in_headline |= dict.fromkeys(in_other_words(index, records, query.topic), True)
    candidates = (records.by_id[id] for id in begins_with_topic | in_headline)
    articles = _matching(newest_first(candidates), query, visible)
    articles = in_language(index, articles, code) if code else articles
    if query.mentioned:
        return Selection(articles)
    if len(articles) > _MOST_READ:
        about = begins_with_topic | in_headline
    else:
        stems = frozenset(stem_tokens([query.topic])[0])
        about = {each.id: opens_with(index, each, stems) for each in articles} | in_headline
    return Selection(
        tuple(each for each in articles if about[each.id]),
        tuple(each for each in articles if not about[each.id]),
    )


def _by_meaning(
    index: Snapshot, records: Records, query: RecordQuery, filters: SearchFilter, search: Search
) -> tuple[Article, ...]:
    """The article that is nearest to the topic, where it can be no other."""
    cosines: dict[str, float] = {}
    for hit in search(query.topic, _narrowed(records, query, filters)):
        id = hit.passage.article
        cosines[id] = max(hit.cosine, cosines.get(id, -1.0))
    described = replace(query, topic="")
    nearest = _matching((records.by_id[id] for id in cosines), described, None)
    texts = {each.id: _whole(index, each) for each in nearest}
    fitting = [each for each in nearest if _has_names_and_numbers(texts[each.id], query.topic)]
    stems = frozenset(stem_tokens([query.topic])[0])
    idf = {stem: index.keywords.idf(stem) for stem in stems}
    for article in fitting:
        if coverage([texts[article.id]], idf) >= _MIN_COVERAGE:
            return (article,)
    best = max(nearest, key=lambda each: cosines[each.id], default=None)
    if best is None or best not in fitting:
        return ()
    least = _MIN_COSINE
    if query.bylines or query.within or query.genre:
        others = _matching(records.by_id.values(), described, None)
        least = _MIN_COSINE if len(others) > 1 else _MIN_COSINE_OF_ONE
        rivals = [each for each in nearest if each is not best]
        least = max(least, *(cosines[each.id] + _MIN_LEAD for each in rivals), 0.0)
    elif len(fitting) > 1 or len(extract_names(f"about {query.topic}")) < _FEWEST_NAMES:
        return ()
    return (best,) if cosines[best.id] >= least else ()


def _in_language(
    index: Snapshot, records: Records, query: RecordQuery, filters: SearchFilter, search: Search
) -> tuple[Article, ...]:
    """The article in the language of `query` that is nearest to its topic."""
    visible = allowed_rows(index, filters)
    every = _matching(newest_first(records.by_id.values()), replace(query, topic=""), visible)
    code = language_code(query.language)
    return nearest_in_language(index, in_language(index, every, code), query.topic, search)


def _whole(index: Snapshot, article: Article) -> str:
    """Headline, text and day of an article."""
    return f"{article.title}\n{index.documents.article(article.id).text}\n{article.published}"


def _narrowed(records: Records, query: RecordQuery, filters: SearchFilter) -> SearchFilter:
    """`filters`, and the bylines and days of `query` as far as they limit nothing yet."""
    outlets = tuple(each for each in query.bylines if records.is_outlet(each))
    authors = tuple(each for each in query.bylines if each not in outlets)
    return replace(
        filters,
        outlets=filters.outlets or outlets,
        authors=filters.authors or authors,
        since=filters.since or query.within.since,
        until=filters.until or query.within.until,
    )


def _with_year_of_publication(query: RecordQuery) -> RecordQuery | None:
    """`query` with the year of its topic as that of publication; None where it has none."""
    match = _YEAR.search(query.topic)
    if match is None or query.within:
        return None
    topic = " ".join((query.topic[: match.start()] + query.topic[match.end() :]).split())
    within = SearchFilter(since=match[1], until=match[1])
    return replace(query, topic=topic, within=within) if topic else None


def _outermost(articles: Sequence[Article], order: Order) -> tuple[Article, ...]:
    """The newest or the oldest of `articles`, or all of that day; none without a day."""
    dated = [each for each in newest_first(articles) if each.published]
    if not dated:
        return ()
    day = (dated[0] if order == "newest" else dated[-1]).published
    return tuple(each for each in dated if (each.published or "")[:10] == (day or "")[:10])


def _preferred(
    articles: Sequence[Article], preferred: Callable[[Article], bool]
) -> tuple[Article, ...]:
    """The articles that are `preferred`; all where none is."""
    return tuple(filter(preferred, articles)) or tuple(articles)


def _is_of_genre(index: Snapshot, article: Article, genre: str) -> bool:
    """Whether headline or first sentences of an article have what the genre has."""
    if not genre:
        return True
    opening = index.documents.article(article.id).text[:_OPENING]
    return re.search(genre_pattern(genre), f"{article.title}\n{opening}", re.I) is not None


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
            and (not query.ids or article.id in query.ids)
            and (not query.within or query.within.matches(article.published or "", ""))
            and all(has_byline(article, each) for each in query.bylines)
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

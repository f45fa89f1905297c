"""The timeline of a topic: dated statements of articles, oldest first.

    make_timeline(index, topic, hits)  ->  `Timeline`

In:  an open `Snapshot`; a topic, as typed; the passages of a search for it, under its filters.
Out: as above. No model takes part beyond the search.
Left to others: each step, in the modules beside this one.

What an article and its copies say is one entry, with a citation of each; a reprint counts "on
Friday" from the day of its origin.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from rag.grounding.citations import make_citation
from rag.grounding.composition.overviews.about import TopicWords
from rag.index.snapshot import Snapshot
from rag.newsroom.timelines.articles import TopicArticle, articles_on
from rag.newsroom.timelines.dating import precision_of
from rag.newsroom.timelines.figures import compare_figures
from rag.newsroom.timelines.statements import PublishedOf, Statement, statements_of
from rag.newsroom.timelines.values import Timeline, TimelineEntry
from rag.text.dates.forms import date_range
from rag.text.folding import fold
from rag.text.questions.topics import parse_topic
from rag.types import Article, Citation, Hit, Note

PASSAGES = 100  # that are searched for
_MOST = 80  # entries
_OF_EACH = 3  # entries of an article, at least, before there are too many
_OF_ONE = 16  # entries of an article, at most


def make_timeline(index: Snapshot, topic: str, hits: Sequence[Hit]) -> Timeline:
    """The dated statements on `topic` in the articles of `hits`.

    Raises:
        IndexFault: a file of the index cannot be read.
    """
    name = topic_name(topic)
    words = TopicWords.parse(name)
    article_of = cache(index.article)
    articles = articles_on(words, hits, article_of)
    statements: list[Statement] = []
    for each in articles:
        statements += _chosen(each, words, _published_of(index, each.article), len(articles))
    merged = _merged(index, statements)
    shown = sorted(sorted(merged, key=_importance)[:_MOST], key=_by_time)
    first = [group[0] for group in shown]
    compared = compare_figures(words.stems, first, [each.article.origin for each in first])
    numbers: dict[tuple[str, int, int], Citation] = {}
    entries = tuple(_entry(group, numbers) for group in shown)
    return Timeline(
        topic=name,
        entries=entries,
        conflicts=compared.conflicts,
        changes=compared.changes,
        origins=index.origins.listed(
            dict.fromkeys(each.article for entry in entries for each in entry.citations)
        ),
        notes=tuple(_notes(articles, len(merged), len(shown))),
    )


def topic_name(topic: str) -> str:
    """What `topic` names, without what asks for it: "dam at Kesh" of "What is known of the …?"."""
    return parse_topic(topic).text or topic.strip(" ?.!")


def _published_of(index: Snapshot, article: Article) -> PublishedOf:
    """The day from which the dates of a sentence of `article` count.

    That is the day of its origin for a sentence that it repeats word for word.
    """
    own = (article.published or "")[:10] or None
    if article.copy_of is None:
        return lambda text: own
    origin = index.article(article.copy_of)
    folded, first = fold(origin.text), (origin.published or "")[:10] or None
    return lambda text: first if fold(text) in folded else own


def _chosen(
    on_topic: TopicArticle, words: TopicWords, published_of: PublishedOf, articles: int
) -> list[Statement]:
    """The statements of an article; the fewer, the more articles there are."""
    most = min(_OF_ONE, max(_OF_EACH, 2 * _MOST // max(1, articles)))
    ranked = sorted(statements_of(on_topic, words, published_of), key=lambda each: each.rank)
    return ranked[:most]


def _merged(index: Snapshot, statements: Sequence[Statement]) -> list[list[Statement]]:
    """`statements`; those of one wording and date together, the origin before its copies."""
    groups: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    for each in statements:
        groups[fold(each.text), each.date].append(each)
    origin_of = index.origins.origin_of
    return [
        sorted(
            group,
            key=lambda each: (
                origin_of(each.article.id) is not None,
                each.article.published or "9999",
                each.article.id,
            ),
        )
        for group in groups.values()
    ]


def _importance(group: Sequence[Statement]) -> tuple[int, int, str]:
    rank, place = group[0].rank
    return rank, place, group[0].article.id


def _by_time(group: Sequence[Statement]) -> tuple[object, ...]:
    """By the first day of the date, the more precise later, then as published and in the text."""
    first = group[0]
    days = date_range(first.date)
    assert days is not None
    return (
        days[0],
        -days[1].toordinal(),
        first.article.published or "",
        first.article.id,
        first.start,
    )


def _entry(
    group: Sequence[Statement], numbers: dict[tuple[str, int, int], Citation]
) -> TimelineEntry:
    citations = []
    for each in group:
        place = (each.article.id, each.start, each.end)
        if place not in numbers:
            numbers[place] = make_citation(len(numbers) + 1, each.article, each.start, each.end)
        citations.append(numbers[place])
    first = group[0]
    return TimelineEntry(
        date=first.date,
        precision=precision_of(first.date),
        text=first.text,
        citations=tuple({each.article: each for each in reversed(citations)}.values())[::-1],
        basis="text" if first.words else "published",
        date_words=first.article.text[slice(*first.words)] if first.words else "",
        context=first.context,
    )


def _notes(articles: Sequence[TopicArticle], count: int, shown: int) -> list[Note]:
    notes = []
    undated = sum(each.article.published is None for each in articles)
    if undated:
        text = (
            f"Of {undated} of the articles the day of publication is not known: they give only "
            "what they date in full themselves."
        )
        notes.append(Note("incomplete", text))
    if shown < count:
        text = (
            f"{count - shown} more statements are left out; limit the outlets or the time of "
            "publication to see them."
        )
        notes.append(Note("incomplete", text))
    return notes

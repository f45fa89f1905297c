"""The sentences of articles that a sentence of a draft may rest on.

    find_sources(index, hits)  ->  `Source`s: the sentences of the passages, each once

In:  an open `Snapshot`, retrieved passages. Out: as above.
Left to others: retrieval (`rag.retrieval`), which is nearest (`rag.newsroom.drafts.judging`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rag.index.snapshot import Snapshot
from rag.newsroom.drafts.facts import Facts, facts_of
from rag.retrieval.people.wording import trimmed
from rag.text.dates.forms import format_date
from rag.text.dates.mentions import resolve_mentions
from rag.text.dates.partial import PartialDate, stated_date
from rag.text.dates.years import reported_years
from rag.text.senses import senses_of
from rag.text.sentences import Span, sentence_spans
from rag.types import Article, Hit


@dataclass(frozen=True)
class Source:
    """A sentence of an article at `[start:end]`, and the sentences before and behind it."""

    article: Article
    start: int
    end: int
    before: str = ""
    behind: str = ""

    @cached_property
    def text(self) -> str:
        """The sentence."""
        return self.article.text[self.start : self.end]

    @property
    def with_neighbours(self) -> str:
        """The sentence between those beside it."""
        return " ".join(filter(None, (self.before, self.text, self.behind)))

    @cached_property
    def facts(self) -> Facts:
        """The facts of the sentence."""
        return facts_of(self.text)

    @cached_property
    def near(self) -> Facts:
        """The facts of its neighbours and of the headline."""
        return facts_of("\n".join((self.before, self.behind, self.article.title)))

    @cached_property
    def record(self) -> str:
        """The record of the article in words."""
        article = self.article
        day = format_date(article.published or "")
        return " · ".join(filter(None, (article.title, article.source, article.author, day)))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The senses of the whole article and its record."""
        return frozenset(each.name for each in senses_of(f"{self.article.text}\n{self.record}"))

    @cached_property
    def years(self) -> frozenset[str]:
        """The years that the sentence states, or else its article is of."""
        stated = {each.value for each in self.facts.figures if each.kind == "year"}
        resolved = {str(each.year) for each in self.dates if each.year}
        return frozenset(stated | resolved | set(reported_years(self.article)))

    @cached_property
    def dates(self) -> tuple[PartialDate, ...]:
        """The dates that the sentence and those around it mean, and the day of publication."""
        dates = [each.date for each in self.facts.days if each.date]
        published = self.article.published
        for text in (self.text, self.before, self.behind):
            dates += [each.date for each in resolve_mentions(text, published) if each.date]
        if published and (day := stated_date(format_date(published[:10]))):
            dates.append(day)
        return tuple(dates)


def find_sources(index: Snapshot, hits: Iterable[Hit]) -> list[Source]:
    """The sentences of the passages of `hits`, those of the first passage first.

    Raises:
        IndexFault: a file of the index cannot be read.
    """
    sources: dict[tuple[str, int], Source] = {}
    for hit in hits:
        article = index.article(hit.passage.article)
        for source in sources_in(article, hit.passage.start, hit.passage.end):
            sources.setdefault((article.id, source.start), source)
    return list(sources.values())


def sources_in(article: Article, start: int, end: int) -> list[Source]:
    """The sentences of `article` that begin within `[start:end]`."""
    text, spans = article.text, _sentences(article.text)
    return [
        Source(
            article,
            *span,
            before=text[slice(*spans[n - 1])] if n else "",
            behind=text[slice(*spans[n + 1])] if n + 1 < len(spans) else "",
        )
        for n, span in enumerate(spans)
        if start <= span[0] < end
    ]


@lru_cache(maxsize=512)
def _sentences(text: str) -> tuple[Span, ...]:
    return tuple(trimmed(text, *span) for span in sentence_spans(text))

"""The articles of an index as a list to look through: newest first, searched by plain words.

In:  the record of a generation; words, each of which must stand in headline, outlet or text.
Out: heads of articles with their numbers of passages; names of outlets; passages, newest first.
Left to others: finding passages for a question (`rag.retrieval.search`), showing (`rag.web`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.index.documents import DocumentStore
from rag.types import Article, Passage


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """`shown`: (article without its text, passages in it, when it was indexed: ISO 8601, UTC, or
    nothing); `total`: how many there are in all."""

    shown: tuple[tuple[Article, int, str], ...]
    total: int


class ArticleBrowser:
    """The articles of one record."""

    def __init__(self, records: DocumentStore) -> None:
        self._records = records

    def find(self, words: str = "", most: int = 100) -> ArticlePage:
        """The newest `most` articles that hold every one of `words`, case aside; undated last."""
        wanted = words.casefold().split()
        if wanted:
            every = self._records.articles()
            held = [replace(each, text="") for each in every if _holds(each, wanted)]
        else:
            held = list(self._records.article_metadata().values())
        held.sort(key=_when, reverse=True)
        when = self._records.indexed(each.id for each in held[:most])
        shown = tuple(
            (each, len(self._records.rows_of([each.id])), when.get(each.id, ""))
            for each in held[:most]
        )
        return ArticlePage(shown, len(held))

    def passages(self) -> Iterator[Passage]:
        """Every passage once, those of the newest articles first."""
        heads = sorted(self._records.article_metadata().values(), key=_when, reverse=True)
        read: set[int] = set()
        for head in heads:
            rows = [row for row in self._records.rows_of([head.id]) if row not in read]
            read.update(rows)
            found = self._records.passages(rows, {head.id})
            yield from (found[row][0] for row in rows)

    def outlets(self) -> list[str]:
        """Names of the outlets, in alphabetical order; those that differ in case alone, once."""
        sources = (each.source for each in self._records.article_metadata().values())
        names = {each.casefold(): each for each in sources if each}
        return [names[key] for key in sorted(names)]


def _when(article: Article) -> tuple[str, str]:
    return article.published or "", article.id


def _holds(article: Article, words: list[str]) -> bool:
    text = f"{article.title}\n{article.source or ''}\n{article.text}".casefold()
    return all(word in text for word in words)

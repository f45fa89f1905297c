"""The articles of the index as a list, from values to HTML.

In:  a page of articles (`rag.index.browse`); the files that could not be read at the last indexing.
Out: HTML (`templates/article_list.html`); a headline is a button that opens the article.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rag.index.browse import ArticlePage
from rag.types import Article
from rag.web.views.article import day, origin_in_words
from rag.web.views.escape import quantity, strip_invisible
from rag.web.views.templates import render

_MAX_SKIPPED = 200  # skipped files that are listed


class _Row(NamedTuple):
    id: str
    title: str
    details: list[str]


def render_article_list(
    page: ArticlePage, query: str, skipped: Sequence[tuple[str, str]] = ()
) -> str:
    """The articles that match `query`, and the (name, reason) of each file that was `skipped`."""
    return render(
        "article_list.html",
        summary=_summary(page, strip_invisible(query)),
        rows=[_row(page, *entry) for entry in page.entries],
        skipped=skipped,
        limit=_MAX_SKIPPED,
    )


def _summary(page: ArticlePage, query: str) -> str:
    if not page.total:
        return f"No article contains “{query}”." if query else "No articles."
    text = quantity(page.total, "article")
    if query:
        text += f" with “{query}”"
    count = len(page.entries)
    return text if count == page.total else f"{text}, of which the newest {count:,} are shown"


def _row(page: ArticlePage, article: Article, passages: int, indexed: str) -> _Row:
    origin = page.origins.get(article.copy_of or "")
    details = [
        strip_invisible(article.source or ""),
        day(article.published),
        quantity(passages, "passage"),
        f"indexed {day(indexed)}" if indexed else "",
        f"copy of {origin_in_words(origin)}" if origin else "",
    ]
    title = strip_invisible(article.title) or "Untitled"
    return _Row(article.id, title, [detail for detail in details if detail])

"""The articles of the index as a list, from values to HTML.

In:  a page of articles (`rag.index.browse`); what became of each file at the last indexing.
Out: HTML (`templates/article_list.html`); a headline is a button that opens the article.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rag.grounding.rendering import correction_in_words
from rag.index.browse import ArticlePage
from rag.ingest.ledger import VERDICTS, FileVerdict, count_verdicts
from rag.types import Article
from rag.web.views.article import day, origin_in_words
from rag.web.views.escape import quantity, strip_invisible
from rag.web.views.templates import render

_MAX_FILES = 200  # files that are listed of each verdict


class _Row(NamedTuple):
    id: str
    title: str
    details: list[str]


def render_article_list(page: ArticlePage, query: str, ledger: Sequence[FileVerdict] = ()) -> str:
    """The articles that match `query`, and below them the files by what became of them."""
    return render(
        "article_list.html",
        summary=_summary(page, strip_invisible(query)),
        rows=[_row(page, *entry) for entry in page.entries],
        counts=count_verdicts(ledger),
        files=_by_verdict(ledger),
        limit=_MAX_FILES,
    )


def _by_verdict(ledger: Sequence[FileVerdict]) -> list[tuple[str, list[FileVerdict]]]:
    """The files of each verdict; those that were read come last."""
    files: dict[str, list[FileVerdict]] = {verdict: [] for verdict in (*VERDICTS[1:], VERDICTS[0])}
    for each in ledger:
        files[each.verdict].append(each)
    return [(verdict, entries) for verdict, entries in files.items() if entries]


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
        correction_in_words(tuple(article.corrected)),
    ]
    title = strip_invisible(article.title) or "Untitled"
    return _Row(article.id, title, [detail for detail in details if detail])

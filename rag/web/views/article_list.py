"""The articles of the index as a list to look through: pure functions from values to HTML.

In:  what a search of the list found (`rag.index.browse`); what could not be read at the last indexing.
Out: HTML in which all foreign text went through `plain`; a headline is a button that opens the
     article.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from rag.index.browse import ArticlePage
from rag.types import Article
from rag.web.views.article import day
from rag.web.views.escape import counted, escape_html, strip_invisible

_UNREAD = 200  # names of unread files that are shown


def render_article_list(
    listed: ArticlePage, words: str, unread: Sequence[tuple[str, str]] = ()
) -> str:
    """The list that `words` found, and the (name, reason) of each file that is `unread`."""
    rows = "".join(f"<li>{_row(*each)}</li>" for each in listed.shown)
    told = f'<p class="lead" role="status">{_told(listed, words)}</p>'
    return (
        f'<section aria-label="Articles">{told}{f"<ul>{rows}</ul>" if rows else ""}'
        f"{_unread(unread)}</section>"
    )


def _told(listed: ArticlePage, words: str) -> str:
    sought = escape_html(strip_invisible(words))
    if not listed.total:
        return f"No article holds “{sought}”." if sought else "No articles."
    told = counted(listed.total, "article")
    if sought:
        told += f" with “{sought}”"
    shown = len(listed.shown)
    return told if shown == listed.total else f"{told}, of which the newest {shown:,} are shown"


def _row(article: Article, passages: int, indexed: str) -> str:
    known = [
        strip_invisible(article.source or ""),
        day(article.published),
        counted(passages, "passage"),
    ]
    known += [f"indexed {day(indexed)}"] if indexed else []
    return (
        f'<button type="button" data-article="{html.escape(article.id)}">'
        f"<strong>{escape_html(strip_invisible(article.title)) or 'Untitled'}</strong>"
        f'<span class="meta">{" · ".join(escape_html(each) for each in known if each)}</span></button>'
    )


def _unread(unread: Sequence[tuple[str, str]]) -> str:
    if not unread:
        return ""
    rows = "".join(
        f"<li><strong>{escape_html(strip_invisible(name))}</strong> {escape_html(strip_invisible(reason))}</li>"
        for name, reason in unread[:_UNREAD]
    )
    rest = len(unread) - _UNREAD
    if rest > 0:
        rows += f"<li>… and {rest:,} more: <code>rag index</code> names them all</li>"
    told = f"{counted(len(unread), 'file')} could not be read when the chat was started"
    return (
        f'<details class="fold"><summary>{told}</summary><ul class="unread">{rows}</ul></details>'
    )

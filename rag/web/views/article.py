"""One article as HTML: its headline, what is known of it, its text with the place marked.

In:  articles, and the place in one (characters) that something rests on.
Out: HTML in which all foreign text went through `plain`, and links lead only to http and https
     addresses.
"""

from __future__ import annotations

import html
from urllib.parse import urlsplit

from rag.text.dates import format_date
from rag.types import Article
from rag.web.services.citation_status import GONE
from rag.web.views.escape import escape_html, strip_invisible


def render_article(
    article: Article, start: int, end: int, asked: int, *, word: str = "", removable: bool = False
) -> str:
    """The whole article, marked from `start` to `end`; nothing is where they are equal.

    `asked` tells one opening from the next, so that the page sees each; `word` stands above it.
    `removable`: with a button to remove it.
    """
    text = article.text
    body = escape_html(text)
    if 0 <= start < end <= len(text):
        mark = f'<mark tabindex="-1">{escape_html(text[start:end])}</mark>'
        body = f"{escape_html(text[:start])}{mark}{escape_html(text[end:])}"
    remove = (
        f'<button type="button" class="remove" data-article="{html.escape(article.id)}">'
        "Remove</button>"
    )
    told = f'<p class="lead fault">{escape_html(word)}</p>' if word else ""
    text = f'{told}<div class="text">{body}</div>'
    return _frame(_titled(article), text, asked, remove if removable else "")


def render_missing(asked: int, quote: str = "") -> str:
    """In place of an article that is not there; `quote` is what the answer had from it."""
    had = (
        f'<div class="text"><mark tabindex="-1">{escape_html(quote)}</mark></div>' if quote else ""
    )
    return _frame("<h2>Not found</h2>", f'<p class="lead fault">{GONE}</p>{had}', asked)


def meta(source: str | None, published: str | None, basis: str | None, url: str | None) -> str:
    """Outlet, date and address on one line; empty where none is known."""
    parts = [escape_html(strip_invisible(source))] if source else []
    if published:
        known = f' title="{escape_html(strip_invisible(basis))}"' if basis else ""
        guess = " (inferred)" if basis and basis.startswith("inferred") else ""
        parts.append(f"<time{known}>{escape_html(day(published))}{guess}</time>")
    host = web_address(url)
    if url and host:
        parts.append(
            f'<a href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">'
            f"{escape_html(host)}</a>"
        )
    return f'<p class="meta">{" · ".join(parts)}</p>' if parts else ""


def day(published: str | None) -> str:
    """An ISO date as people write it, to the precision it has; anything else as it is."""
    return strip_invisible(format_date(published or ""))


def web_address(url: str | None) -> str | None:
    """The host of a link that may be shown, or `None` for one that may not."""
    if not url or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
    except ValueError:
        return None
    return host if parts.scheme in ("http", "https") and host and user is None else None


def _titled(article: Article) -> str:
    known = meta(article.source, article.published, article.published_basis, article.url)
    return f"<h2>{escape_html(strip_invisible(article.title))}</h2>{known}"


def _frame(head: str, body: str, asked: int, more: str = "") -> str:
    return (
        f'<article data-asked="{asked}" aria-label="Article" tabindex="-1">'
        f"<header><div>{head}</div>{more}"
        f'<button type="button" class="close">Close</button></header>{body}</article>'
    )

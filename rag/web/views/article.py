"""One article as HTML: its headline, what is known of it, its text with the quoted place marked.

In:  an article, and the place in it (characters) that an answer rests on.
Out: HTML (`templates/article.html`); only http and https addresses become links.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from rag.grounding.rendering import field_label
from rag.text.dates.forms import format_date
from rag.types import Article, RecordField
from rag.web.services.citation_status import GONE
from rag.web.views.escape import strip_invisible
from rag.web.views.templates import render


class MarkedText(NamedTuple):
    """A text in three pieces, of which the middle one is marked; "" marks nothing."""

    before: str = ""
    marked: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class ArticleMeta:
    """What is known of an article beside its text, ready to be shown; "" for what is not known."""

    outlet: str = ""
    date: str = ""
    date_basis: str = ""  # how the date is known
    inferred: bool = False  # whether the date is
    url: str = ""
    host: str = ""  # of `url`, where that may be a link


def render_article(
    article: Article,
    span: tuple[int, int],
    opening: int,
    *,
    notice: str = "",
    record: tuple[RecordField, str] | None = None,
    removable: bool = False,
) -> str:
    """The whole article, marked at `span`; nothing of its text where that is empty.

    `record` is a field of the article's record, with its value, that an answer cites: it is shown,
    marked, above the text. `opening` differs from one opening to the next, so that the page
    notices each. `notice` is shown above the text. `removable`: with a button to remove the
    article.
    """
    text, (start, end) = MarkedText(article.text), span
    if 0 <= start < end <= len(article.text):
        text = MarkedText(article.text[:start], article.text[start:end], article.text[end:])
    return render(
        "article.html",
        title=article.title,
        meta=article_meta(article),
        opening=opening,
        removable_id=article.id if removable else None,
        notice=notice,
        record=(field_label(record[0]), record[1]) if record else None,
        text=text,
    )


def render_missing(opening: int, quote: str = "") -> str:
    """In place of an article that is no longer in the index; `quote` is what the answer cited."""
    return render(
        "article.html",
        title="Not found",
        meta=ArticleMeta(),
        opening=opening,
        removable_id=None,
        notice=GONE,
        record=None,
        text=MarkedText(marked=quote) if quote else None,
    )


def article_meta(article: Article | None) -> ArticleMeta:
    """What is known of `article`."""
    if article is None:
        return ArticleMeta()
    return describe(article.source, article.published, article.published_basis, article.url)


def origin_in_words(origin: Article) -> str:
    """Which article another is a copy of: "“Headline” (Outlet, day)"."""
    known = (origin.source or "", day(origin.published) if origin.published else "")
    details = strip_invisible(", ".join(filter(None, known)))
    return f"“{strip_invisible(origin.title)}”{f' ({details})' if details else ''}"


def describe(
    source: str | None, published: str | None, basis: str | None, url: str | None
) -> ArticleMeta:
    """Outlet, date (ISO 8601, and how it is known) and address, as they are shown."""
    host = web_address(url)
    date = day(published) if published else ""
    return ArticleMeta(
        outlet=strip_invisible(source or ""),
        date=date,
        date_basis=strip_invisible(basis or "") if date else "",
        inferred=bool(date and basis and basis.startswith("inferred")),
        url=url or "" if host else "",
        host=host or "",
    )


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

"""A conversation as the cards of its sources: pure functions from exchanges to HTML.

In:  exchanges (`rag.web.talk`).
Out: one string of HTML, newest answer first; a card's id is the target of its mark in the answer.

All foreign text goes through `plain`; links lead only to http and https addresses.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from rag.types import Article, Citation, Hit
from rag.web.render import card_id, plain, visible
from rag.web.talk import Exchange

EARLIER = 12  # earlier answers whose sources stay at hand
AROUND = 3000  # characters of the article shown either side of a quote
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_EMPTY = (
    '<p class="lead">The passages an answer rests on appear here, '
    "each with the sentence that bears it out.</p>"
)


def sources(talk: Sequence[Exchange]) -> str:
    """The whole panel."""
    if not talk:
        return _region(f"<h2>Sources</h2>{_EMPTY}")
    turns = list(enumerate(talk, 1))
    *earlier, (turn, now) = turns[-1 - EARLIER :]
    parts = [_newest(now, turn)]
    parts += [_earlier(each, number) for number, each in reversed(earlier) if _cited(each)]
    return _region("".join(parts))


def day(published: str | None) -> str:
    """An ISO date as people write it, to the precision it has; anything else as it is."""
    match = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ].*)?)?)?", published or "", re.DOTALL)
    if not match or not 1 <= int(match[2] or 1) <= 12:
        return visible(published or "")
    parts = [str(int(match[3]))] if match[3] else []
    parts += [_MONTHS[int(match[2]) - 1]] if match[2] else []
    return " ".join([*parts, match[1]])


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


def _region(inner: str) -> str:
    return f'<section aria-label="Sources">{inner}</section>'


def _newest(now: Exchange, turn: int) -> str:
    if now.stage in ("waiting", "searching"):
        return '<h2>Sources</h2><p class="lead">Searching the articles…</p>'
    if now.answer is None:
        title = "Reading these passages…" if now.under_way else "Passages found"
        lead = "" if now.hits else '<p class="lead">None.</p>'
        return f"<h2>{title}</h2>{lead}{_uncited(now)}"
    if now.answer.abstained:
        lead = (
            "None of these answers the question. They came nearest."
            if now.hits
            else "No passage came near the question."
        )
        return f'<h2>Nearest passages</h2><p class="lead">{lead}</p>{_uncited(now)}'
    if not _cited(now):
        return f'<h2>Sources</h2><p class="lead">No passage is cited.</p>{_also_read(now)}'
    return f"<h2>Sources</h2>{_cards(now, turn)}{_also_read(now)}"


def _earlier(exchange: Exchange, turn: int) -> str:
    return (
        f'<details class="fold"><summary>Earlier: {plain(visible(exchange.question))}</summary>'
        f"{_cards(exchange, turn)}</details>"
    )


def _also_read(now: Exchange) -> str:
    rest = [hit for hit in now.hits if not any(_holds(hit, each) for each in _cited(now))]
    if not rest:
        return ""
    cards = "".join(_found_card(hit, now) for hit in rest)
    return f'<details class="fold"><summary>Also read ({len(rest)})</summary>{cards}</details>'


def _uncited(now: Exchange) -> str:
    return "".join(_found_card(hit, now) for hit in now.hits)


def _cards(now: Exchange, turn: int) -> str:
    return "".join(_cited_card(each, now, turn) for each in _cited(now))


def _cited_card(citation: Citation, now: Exchange, turn: int) -> str:
    article = now.articles.get(citation.article)
    holder = next((hit.passage for hit in now.hits if _holds(hit, citation)), None)
    if holder is None:
        excerpt = f"<mark>{plain(citation.quote)}</mark>"
    else:
        excerpt = _marked(
            holder.text, citation.start - holder.start, citation.end - holder.start, citation.quote
        )
    basis = article.published_basis if article else None
    meta = _meta(citation.source, citation.published, basis, citation.url)
    number = citation.number
    return (
        f'<article class="card" id="{card_id(turn, number)}" tabindex="-1"'
        f' aria-label="Source {number}">'
        f'<h3><span class="number">{number}</span>{plain(visible(citation.title))}</h3>{meta}'
        f"<blockquote>{excerpt}</blockquote>{_in_article(citation, article)}"
        '<button type="button" class="back">Back to the answer</button></article>'
    )


def _found_card(hit: Hit, now: Exchange) -> str:
    article = now.articles.get(hit.passage.article)
    title = article.title if article else hit.passage.article
    meta = (
        _meta(article.source, article.published, article.published_basis, article.url)
        if article
        else ""
    )
    return (
        f'<article class="card"><h3>{plain(visible(title))}</h3>{meta}'
        f"<blockquote>{plain(hit.passage.text)}</blockquote></article>"
    )


def _in_article(citation: Citation, article: Article | None) -> str:
    if article is None or article.text[citation.start : citation.end] != citation.quote:
        return ""
    first, last = max(0, citation.start - AROUND), citation.end + AROUND
    text = _marked(
        article.text[first:last], citation.start - first, citation.end - first, citation.quote
    )
    before, after = "… " if first else "", " …" if last < len(article.text) else ""
    return (
        '<details class="whole"><summary>Show it in the article</summary>'
        f"<div>{before}{text}{after}</div></details>"
    )


def _marked(text: str, start: int, end: int, quote: str) -> str:
    if text[start:end] != quote:
        return f"<mark>{plain(quote)}</mark>"
    return f"{plain(text[:start])}<mark>{plain(quote)}</mark>{plain(text[end:])}"


def _meta(source: str | None, published: str | None, basis: str | None, url: str | None) -> str:
    parts = [plain(visible(source))] if source else []
    if published:
        known = f' title="{plain(visible(basis))}"' if basis else ""
        guess = " (inferred)" if basis and basis.startswith("inferred") else ""
        parts.append(f"<time{known}>{plain(day(published))}{guess}</time>")
    host = web_address(url)
    if url and host:
        parts.append(
            f'<a href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">'
            f"{plain(host)}</a>"
        )
    return f'<p class="meta">{" · ".join(parts)}</p>' if parts else ""


def _cited(exchange: Exchange) -> tuple[Citation, ...]:
    return exchange.answer.citations if exchange.answer else ()


def _holds(hit: Hit, citation: Citation) -> bool:
    passage = hit.passage
    return (
        passage.article == citation.article
        and passage.start <= citation.start
        and citation.end <= passage.end
    )

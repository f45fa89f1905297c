"""A conversation as the cards of its sources: pure functions from exchanges to HTML.

In:  exchanges (`rag.web.services.chat_session`).
Out: one string of HTML, newest answer first; a card's id is the target of its mark in the answer.

All foreign text goes through `plain`; a headline opens the article at the passage.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Article, Citation, Hit
from rag.web.services.chat_session import ChatTurn
from rag.web.services.citation_status import locate_quote
from rag.web.views.article import meta
from rag.web.views.escape import card_id, escape_html, passage_key, strip_invisible

EARLIER = 12  # earlier answers whose sources stay at hand
_EMPTY = (
    '<p class="lead">The passages an answer rests on appear here, '
    "each with the sentence that bears it out.</p>"
)


def render_sources(talk: Sequence[ChatTurn]) -> str:
    """The whole panel."""
    if not talk:
        return _region(f"<h2>Sources</h2>{_EMPTY}")
    turns = list(enumerate(talk, 1))
    *earlier, (turn, now) = turns[-1 - EARLIER :]
    parts = [_newest(now, turn)]
    parts += [_earlier(each, number) for number, each in reversed(earlier) if _cited(each)]
    return _region("".join(parts))


def _region(inner: str) -> str:
    return f'<section aria-label="Sources">{inner}</section>'


def _newest(now: ChatTurn, turn: int) -> str:
    if now.stage in ("waiting", "searching"):
        return '<h2>Sources</h2><p class="lead">Searching the articles…</p>'
    if now.answer is None:
        title = "Reading these passages…" if now.under_way else "Passages found"
        lead = "" if now.hits else '<p class="lead">None.</p>'
        return f"<h2>{title}</h2>{lead}{_uncited(now, turn)}"
    if now.answer.abstained:
        lead = (
            "None of these answers the question. They came nearest."
            if now.hits
            else "No passage came near the question."
        )
        return f'<h2>Nearest passages</h2><p class="lead">{lead}</p>{_uncited(now, turn)}'
    if not _cited(now):
        return f'<h2>Sources</h2><p class="lead">No passage is cited.</p>{_also_read(now, turn)}'
    return f"<h2>Sources</h2>{_cards(now, turn)}{_also_read(now, turn)}"


def _earlier(exchange: ChatTurn, turn: int) -> str:
    return (
        f'<details class="fold"><summary>Earlier: {escape_html(strip_invisible(exchange.question))}</summary>'
        f"{_cards(exchange, turn)}</details>"
    )


def _also_read(now: ChatTurn, turn: int) -> str:
    rest = [hit for hit in now.hits if not any(_holds(hit, each) for each in _cited(now))]
    if not rest:
        return ""
    cards = "".join(_found_card(hit, now, turn) for hit in rest)
    return f'<details class="fold"><summary>Also read ({len(rest)})</summary>{cards}</details>'


def _uncited(now: ChatTurn, turn: int) -> str:
    return "".join(_found_card(hit, now, turn) for hit in now.hits)


def _cards(now: ChatTurn, turn: int) -> str:
    return "".join(_cited_card(each, now, turn) for each in _cited(now))


def _cited_card(citation: Citation, now: ChatTurn, turn: int) -> str:
    article = now.articles.get(citation.article)
    holder = next((hit.passage for hit in now.hits if _holds(hit, citation)), None)
    if holder is None:
        excerpt = f"<mark>{escape_html(citation.quote)}</mark>"
    else:
        excerpt = _marked(
            holder.text, citation.start - holder.start, citation.end - holder.start, citation.quote
        )
    basis = article.published_basis if article else None
    known = meta(citation.source, citation.published, basis, citation.url)
    number = citation.number
    card = card_id(turn, number)
    return (
        f'<article class="card" id="{card}" tabindex="-1"'
        f' aria-label="Source {number}">'
        f'<h3><span class="number">{number}</span>{_opens(citation.title, card)}</h3>{known}'
        f"{_word(article, citation.start, citation.end, citation.quote)}"
        f"<blockquote>{excerpt}</blockquote></article>"
    )


def _word(article: Article | None, start: int, end: int, text: str) -> str:
    """A line where the index holds it no more as it was."""
    word = locate_quote(article, start, end, text)[2]
    return f'<p class="fault">{escape_html(word)}</p>' if word else ""


def _found_card(hit: Hit, now: ChatTurn, turn: int) -> str:
    article = now.articles.get(hit.passage.article)
    title = article.title if article else hit.passage.article
    key = passage_key(turn, now.hits.index(hit) + 1)
    known = (
        meta(article.source, article.published, article.published_basis, article.url)
        if article
        else ""
    )
    return (
        f'<article class="card"><h3>{_opens(title, key)}</h3>{known}'
        f"{_word(article, hit.passage.start, hit.passage.end, hit.passage.text)}"
        f"<blockquote>{escape_html(hit.passage.text)}</blockquote></article>"
    )


def _opens(title: str, key: str) -> str:
    return f'<a class="open" href="#{key}">{escape_html(strip_invisible(title)) or "Untitled"}</a>'


def _marked(text: str, start: int, end: int, quote: str) -> str:
    if text[start:end] != quote:
        return f"<mark>{escape_html(quote)}</mark>"
    return f"{escape_html(text[:start])}<mark>{escape_html(quote)}</mark>{escape_html(text[end:])}"


def _cited(exchange: ChatTurn) -> tuple[Citation, ...]:
    return exchange.answer.citations if exchange.answer else ()


def _holds(hit: Hit, citation: Citation) -> bool:
    passage = hit.passage
    return (
        passage.article == citation.article
        and passage.start <= citation.start
        and citation.end <= passage.end
    )

"""The passages behind each answer as cards: from the turns of a conversation to HTML.

In:  chat turns (`rag.web.services.chat_session`).
Out: one string of HTML (`templates/sources.html`), newest answer first; the id of a card is the
     target of its citation mark in the answer, and its headline opens the article at the passage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.conversations.models import ChatTurn
from rag.grounding.rendering import field_label, place_in_words
from rag.types import Article, Citation, Hit
from rag.web.originals import original_address
from rag.web.services.citation_status import locate_citation, locate_quote
from rag.web.views.article import (
    ArticleMeta,
    MarkedText,
    article_meta,
    describe,
    origin_in_words,
)
from rag.web.views.chat import card_id, passage_key
from rag.web.views.escape import strip_invisible
from rag.web.views.templates import render

EARLIER = 12  # earlier answers whose sources stay on the page
_FORMATS = (  # of `rag.export`, as the page calls them
    ("markdown", "Markdown"),
    ("html", "HTML"),
    ("json", "JSON"),
    ("bibtex", "BibTeX"),
    ("ris", "RIS"),
    ("csl-json", "CSL-JSON"),
    ("w3c", "W3C annotations"),
)


@dataclass(frozen=True, slots=True)
class _Card:
    """One passage; `number` is that of its citation, or 0 where it is not cited."""

    key: str
    title: str
    meta: ArticleMeta
    notice: str
    text: MarkedText
    number: int = 0
    copy_of: str = ""  # the origin, in words


@dataclass(frozen=True, slots=True)
class _Panel:
    """The newest answer; `turn` is its number where it can be saved, else 0."""

    title: str = "Sources"
    lead: str = ""
    cards: Sequence[_Card] = ()
    also_read: Sequence[_Card] = ()
    turn: int = 0


_EMPTY = _Panel(
    lead="The passages behind an answer appear here, with the supporting sentence marked."
)


def render_sources(history: Sequence[ChatTurn]) -> str:
    """The whole panel."""
    if not history:
        return render("sources.html", panel=_EMPTY, earlier=(), formats=_FORMATS)
    numbered = list(enumerate(history, 1))
    *earlier, (number, turn) = numbered[-1 - EARLIER :]
    folds = [
        (past.question, _cited_cards(past, position), position)
        for position, past in reversed(earlier)
        if _citations(past)
    ]
    return render("sources.html", panel=_newest(turn, number), earlier=folds, formats=_FORMATS)


def _newest(turn: ChatTurn, number: int) -> _Panel:
    if turn.stage in ("waiting", "searching"):
        return _Panel(lead="Searching the articles…")
    if turn.answer is None:
        title = "Reading these passages…" if turn.under_way else "Passages found"
        return _Panel(title, "" if turn.hits else "None.", _passage_cards(turn, number))
    if turn.answer.abstained:
        lead = (
            "None of these answers the question; they are the closest."
            if turn.hits
            else "No passage is close to the question."
        )
        return _Panel("Nearest passages", lead, _passage_cards(turn, number), turn=number)
    return _Panel(
        lead="" if _citations(turn) else "No passage is cited.",
        cards=_cited_cards(turn, number),
        also_read=_uncited_cards(turn, number),
        turn=number,
    )


def _passage_cards(turn: ChatTurn, number: int) -> list[_Card]:
    return [_passage_card(hit, turn, number) for hit in turn.hits]


def _uncited_cards(turn: ChatTurn, number: int) -> list[_Card]:
    citations = _citations(turn)
    return [
        _passage_card(hit, turn, number)
        for hit in turn.hits
        if not any(_contains(hit, citation) for citation in citations)
    ]


def _cited_cards(turn: ChatTurn, number: int) -> list[_Card]:
    return [_cited_card(citation, turn, number) for citation in _citations(turn)]


def _cited_card(citation: Citation, turn: ChatTurn, number: int) -> _Card:
    article = turn.articles.get(citation.article)
    passage = next((hit.passage for hit in turn.hits if _contains(hit, citation)), None)
    text = MarkedText(marked=citation.quote)
    if citation.field:
        text = MarkedText(f"{field_label(citation.field)}: ", citation.quote)
    elif passage is not None and citation.span is not None:
        start, end = (offset - passage.start for offset in citation.span)
        if passage.text[start:end] == citation.quote:
            text = MarkedText(passage.text[:start], citation.quote, passage.text[end:])
    return _Card(
        key=card_id(number, citation.number),
        title=_headline(citation.title),
        meta=_citation_meta(citation, article),
        notice=locate_citation(article, citation).notice,
        text=text,
        number=citation.number,
        copy_of=_origin(article, turn),
    )


def _citation_meta(citation: Citation, article: Article | None) -> ArticleMeta:
    basis = article.published_basis if article else None
    return replace(
        describe(citation.source, citation.published, basis, citation.fragment or citation.url),
        places=tuple(map(strip_invisible, place_in_words(citation))),
        original=original_address(citation.article, citation.page) if article else "",
    )


def _passage_card(hit: Hit, turn: ChatTurn, number: int) -> _Card:
    passage = hit.passage
    article = turn.articles.get(passage.article)
    return _Card(
        key=passage_key(number, turn.hits.index(hit) + 1),
        title=_headline(article.title if article else passage.article),
        meta=article_meta(article, passage.start),
        notice=locate_quote(article, passage.start, passage.end, passage.text).notice,
        text=MarkedText(passage.text),
        copy_of=_origin(article, turn),
    )


def _origin(article: Article | None, turn: ChatTurn) -> str:
    """ "“Headline” (Outlet, day)" of the article that `article` is a copy of; "" where of none."""
    if article is None or article.copy_of is None:
        return ""
    origin = turn.articles.get(article.copy_of)
    return origin_in_words(origin) if origin else strip_invisible(article.copy_of)


def _headline(title: str) -> str:
    return strip_invisible(title) or "Untitled"


def _citations(turn: ChatTurn) -> tuple[Citation, ...]:
    return turn.answer.citations if turn.answer else ()


def _contains(hit: Hit, citation: Citation) -> bool:
    passage, span = hit.passage, citation.span
    if passage.article != citation.article or span is None:
        return False
    return passage.start <= span[0] and span[1] <= passage.end

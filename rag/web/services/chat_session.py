"""A conversation as values, and the one step that an event of the assistant takes it further.

In:  events (`Retrieved`, `DraftToken`, `AnswerReady`), faults, a press of Stop.
Out: frozen exchanges, from which `render` and `panel` draw everything that is seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from rag.conversations.models import ChatTurn
from rag.types import Answer, AnswerReady, Article, Citation, Event, Hit, Passage, Retrieved, Turn
from rag.web.services.citation_status import locate_quote

_KEY = re.compile(r"([cp])(\d{1,6})-(\d{1,6})", re.ASCII)


ChatHistory = tuple[ChatTurn, ...]


def apply_event(now: ChatTurn, event: Event, article: Callable[[str], Article | None]) -> ChatTurn:
    """The exchange after `event`; `article` looks one up."""
    if isinstance(event, Retrieved):
        return replace(
            now, stage="reading", hits=event.passages, articles=_found(event.passages, article)
        )
    if isinstance(event, AnswerReady):
        hits = event.answer.passages or now.hits
        articles = now.articles if hits == now.hits else _found(hits, article)
        return replace(now, stage="done", hits=hits, articles=articles, answer=event.answer)
    return replace(now, stage="writing", draft=now.draft + event.text)


def stopped(now: ChatTurn) -> ChatTurn:
    """The exchange after Stop: as it is, where it had ended already."""
    return replace(now, stage="stopped") if now.under_way else now


def failed(now: ChatTurn, fault: str) -> ChatTurn:
    """The exchange after a fault, told in one line."""
    return replace(now, stage="failed", fault=fault)


def history(talk: Sequence[ChatTurn]) -> list[Turn]:
    """What was asked and answered before: only what was answered to the end counts."""
    return [Turn(each.question, each.answer.text) for each in talk if each.answer is not None]


class LinkTarget(NamedTuple):
    """Where something rests: `article` is None where the index holds it no more.

    `start` and `end` are equal where `text` stands in it no more; `word` says so.
    """

    article: Article | None
    start: int
    end: int
    word: str
    text: str


def resolve_link(talk: ChatHistory, key: str) -> LinkTarget | None:
    """What `key` names: citation `c{turn}-{n}` or passage `p{turn}-{n}`; None where nothing is.

    The article is the one that the answer was made from, whatever the index holds by now; in a
    conversation that was opened again, the one that the index held then.
    """
    found = _KEY.fullmatch(key)
    if not found or not 1 <= int(found[2]) <= len(talk):
        return None
    now, number = talk[int(found[2]) - 1], int(found[3])
    spots: dict[int, Citation | Passage]
    if found[1] == "c":
        spots = {each.number: each for each in now.answer.citations} if now.answer else {}
    else:
        spots = {n: hit.passage for n, hit in enumerate(now.hits, 1)}
    spot = spots.get(number)
    if spot is None:
        return None
    article = now.articles.get(spot.article)
    text = spot.quote if isinstance(spot, Citation) else spot.text
    return LinkTarget(article, *locate_quote(article, spot.start, spot.end, text), text)


def looked_up(answer: Answer, article: Callable[[str], Article | None]) -> dict[str, Article]:
    """The articles that `answer` rests on and those it was given, by id, where they are."""
    cited = (citation.article for citation in answer.citations)
    ids = dict.fromkeys([*(hit.passage.article for hit in answer.passages), *cited])
    return {each.id: each for each in map(article, ids) if each is not None}


def _found(hits: Sequence[Hit], article: Callable[[str], Article | None]) -> dict[str, Article]:
    ids = dict.fromkeys(hit.passage.article for hit in hits)
    return {each.id: each for each in map(article, ids) if each is not None}

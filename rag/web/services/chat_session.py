"""A chat as values: the step that each event takes its last turn further, and where links lead.

In:  turns; events of the assistant (`Retrieved`, `EvidenceFound` …), faults, Stop.
Out: frozen turns, from which `rag.web.views` draws everything that is visible.
Left to others: asking (`rag.web.services.questions`), storing (`rag.web.services.history`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from rag.conversations.models import ChatTurn
from rag.types import (
    Answer,
    AnswerReady,
    Article,
    Citation,
    Event,
    EvidenceFound,
    Passage,
    RecordField,
    Retrieved,
    Turn,
)
from rag.web.services.citation_status import locate_citation, locate_quote

ChatHistory = tuple[ChatTurn, ...]
FindArticle = Callable[[str], Article | None]  # by id
_LINK = re.compile(r"([cp])(\d{1,6})-(\d{1,6})", re.ASCII)


class LinkTarget(NamedTuple):
    """The passage that a link leads to; `article` is None where it is no longer in the index.

    `start` and `end` are equal where the article no longer contains `text`; `notice` says so. They
    are equal too where `text` is the value of `field` of the article's record.
    """

    article: Article | None
    start: int
    end: int
    notice: str
    text: str
    field: RecordField | None = None


def apply_event(turn: ChatTurn, event: Event, find_article: FindArticle) -> ChatTurn:
    """The turn after `event`."""
    if isinstance(event, Retrieved):
        articles = _articles((hit.passage.article for hit in event.passages), find_article)
        return replace(turn, stage="reading", hits=event.passages, articles=articles)
    if isinstance(event, AnswerReady):
        hits = event.answer.passages or turn.hits
        ids = {hit.passage.article for hit in hits} | {c.article for c in event.answer.citations}
        if hits != turn.hits or not ids <= turn.articles.keys():
            turn = replace(turn, hits=hits, articles=_articles(sorted(ids), find_article))
        return replace(turn, stage="done", answer=event.answer)
    if isinstance(event, EvidenceFound):
        return replace(turn, stage="writing", evidence=event.evidence)
    return replace(turn, stage="writing", draft=turn.draft + event.text)


def stop_turn(turn: ChatTurn) -> ChatTurn:
    """The turn after Stop: unchanged where it had ended already."""
    return replace(turn, stage="stopped") if turn.under_way else turn


def fail_turn(turn: ChatTurn, fault: str) -> ChatTurn:
    """The turn after a fault, which is one line."""
    return replace(turn, stage="failed", fault=fault)


def answered_turns(history: Sequence[ChatTurn]) -> list[Turn]:
    """The earlier questions and answers for the assistant: only those answered to the end."""
    return [Turn.of(turn.question, turn.answer) for turn in history if turn.answer is not None]


def resolve_link(history: ChatHistory, key: str) -> LinkTarget | None:
    """The target of citation `c{turn}-{n}` or passage `p{turn}-{n}`; None where there is none.

    The article is the one that the answer was made from, whatever has been indexed since; in a
    reopened chat, the one that was in the index when the chat was reopened.
    """
    match = _LINK.fullmatch(key)
    if not match or not 1 <= int(match[2]) <= len(history):
        return None
    turn, number = history[int(match[2]) - 1], int(match[3])
    targets: dict[int, Citation | Passage]
    if match[1] == "c":
        targets = {each.number: each for each in turn.answer.citations} if turn.answer else {}
    else:
        targets = {n: hit.passage for n, hit in enumerate(turn.hits, 1)}
    target = targets.get(number)
    if target is None:
        return None
    article = turn.articles.get(target.article)
    if isinstance(target, Citation):
        location = locate_citation(article, target)
        return LinkTarget(article, *location, target.quote, target.field)
    location = locate_quote(article, target.start, target.end, target.text)
    return LinkTarget(article, *location, target.text)


def articles_of(answer: Answer, find_article: FindArticle) -> dict[str, Article]:
    """The articles of the answer's passages and citations, by id, where they are in the index."""
    ids = [hit.passage.article for hit in answer.passages]
    return _articles([*ids, *(each.article for each in answer.citations)], find_article)


def _articles(ids: Iterable[str], find_article: FindArticle) -> dict[str, Article]:
    """The articles `ids` that are in the index, and those that they are copies of."""
    articles = [each for each in map(find_article, dict.fromkeys(ids)) if each is not None]
    known = {each.id for each in articles}
    origins = dict.fromkeys(each.copy_of for each in articles if each.copy_of)
    articles += [
        each for each in map(find_article, origins) if each is not None and each.id not in known
    ]
    return {each.id: each for each in articles}

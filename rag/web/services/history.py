"""Exchanges of the page and where they are kept: the step from one to the other.

In:  the store of conversations (`None`: this chat keeps nothing); exchanges as they begin and end.
Out: exchanges that know where they are kept; a conversation as it was, opened again.

Each person has their own. What goes wrong here stops no answer: it is told in one line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rag.conversations.models import Conversation, Feedback, Stage, StoredTurn
from rag.conversations.store import ConversationStore, new_id, now
from rag.errors import RagError
from rag.retrieval.filters import SearchFilter
from rag.types import Article
from rag.web.services.chat_session import ChatHistory, ChatTurn, looked_up

NOT_JUDGED = "This is not kept here, so neither is your judgement of it."


class HistoryService:
    """The store, for exchanges of `who`; `lookup` finds an article of the index by its id."""

    def __init__(
        self, store: ConversationStore | None, lookup: Callable[[str], Article | None]
    ) -> None:
        self.store = store
        self._lookup = lookup

    def begun(self, who: str, earlier: ChatHistory, asked: ChatTurn) -> tuple[ChatTurn, str]:
        """The exchange, kept from now on, and a word where it cannot be."""
        unkept = replace(asked, key="", conversation="", asked=now())
        try:
            if self.store is None or not self.store.keeps(who):
                return unkept, ""
            id = asked.conversation or current_conversation_id(earlier) or new_id()
            new = replace(unkept, key=new_id(), conversation=id)
            self.store.begin(who, as_kept(new), instead_of=asked.key)
            return new, ""
        except RagError as error:
            return unkept, str(error)

    def ended(self, who: str, exchange: ChatTurn) -> str:
        """Keep how it ended, if it is kept at all; a word where that cannot be."""
        try:
            if self.store is not None and exchange.key and self.store.keeps(who):
                self.store.end(as_kept(exchange))
        except RagError as error:
            return str(error)
        return ""

    def judged(self, who: str, exchange: ChatTurn, verdict: Feedback | None) -> str:
        """Keep a verdict, or take it back; a word where that cannot be."""
        if self.store is None or not exchange.key or exchange.answer is None:
            return NOT_JUDGED
        try:
            done = self.store.keeps(who) and self.store.judge(who, exchange.key, verdict)
        except RagError as error:
            return str(error)
        return "" if done else NOT_JUDGED

    def thumbs(self, who: str, talk: ChatHistory) -> list[str | None]:
        """The verdicts as Gradio's chat wants them, one for each answer."""
        try:
            id = current_conversation_id(talk)
            known = self.store.verdicts(who, id) if self.store is not None and id else {}
        except RagError:
            known = {}  # the page tells of it where the conversation itself is kept or read
        return [thumb(known[each.key].good) if each.key in known else None for each in talk]

    def whole(self, who: str, id: str) -> Conversation | None:
        """What is kept under `id`; `None` where nothing is, or it is another person's.

        Raises:
            ConversationError: the store cannot be read.
        """
        return self.store.conversation(id, who) if self.store is not None and id else None

    def opened(self, who: str, id: str) -> ChatHistory:
        """The same as a talk, with the articles as the index holds them now. Raises as `whole`."""
        found = self.whole(who, id)
        return tuple(map(self._exchange, found.exchanges)) if found else ()

    def _exchange(self, kept: StoredTurn) -> ChatTurn:
        answer = kept.answer
        return ChatTurn(
            kept.question,
            "stopped" if kept.stage == "begun" else kept.stage,
            hits=answer.passages if answer else (),
            articles=looked_up(answer, self._lookup) if answer else {},
            draft=kept.draft,
            answer=answer,
            fault=kept.fault,
            filters=SearchFilter(kept.since, kept.until, kept.outlets),
            key=kept.key,
            conversation=kept.conversation,
            asked=kept.asked,
        )


def thumb(good: bool) -> str:
    """What Gradio's chat calls it."""
    return "Like" if good else "Dislike"


def current_conversation_id(talk: ChatHistory) -> str:
    """The id of the conversation that `talk` is kept as; empty where nothing of it is kept."""
    return next((each.conversation for each in reversed(talk) if each.key), "")


def as_kept(now_: ChatTurn) -> StoredTurn:
    """An exchange as it is kept; one that is under way as one that has begun."""
    stages: dict[str, Stage] = {"done": "done", "stopped": "stopped", "failed": "failed"}
    return StoredTurn(
        now_.key,
        now_.conversation,
        now_.asked,
        now_.question,
        stages.get(now_.stage, "begun"),
        now_.filters.since,
        now_.filters.until,
        now_.filters.outlets,
        draft=now_.draft,
        fault=now_.fault,
        answer=now_.answer,
    )

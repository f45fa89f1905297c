"""Exchanges of the page and where they are kept: the step from one to the other.

In:  the store of conversations (`None`: this chat keeps nothing); exchanges as they begin and end.
Out: exchanges that know where they are kept; a conversation as it was, opened again.

Each person has their own. What goes wrong here stops no answer: it is told in one line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rag.conversations.models import ChatTurn, Conversation, Feedback
from rag.conversations.store import ConversationStore, new_id, now
from rag.errors import RagError
from rag.types import Article
from rag.web.services.chat_session import ChatHistory, looked_up

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
        unkept = replace(asked, key="", conversation="", asked_at=now())
        try:
            if self.store is None or not self.store.history_on(who):
                return unkept, ""
            id = asked.conversation or current_conversation_id(earlier) or new_id()
            new = replace(unkept, key=new_id(), conversation=id)
            self.store.begin(who, new, replaces=asked.key)
            return new, ""
        except RagError as error:
            return unkept, str(error)

    def ended(self, who: str, exchange: ChatTurn) -> str:
        """Keep how it ended, if it is kept at all; a word where that cannot be."""
        try:
            if self.store is not None and exchange.key and self.store.history_on(who):
                self.store.end(exchange)
        except RagError as error:
            return str(error)
        return ""

    def judged(self, who: str, exchange: ChatTurn, verdict: Feedback | None) -> str:
        """Keep a verdict, or take it back; a word where that cannot be."""
        if self.store is None or not exchange.key or exchange.answer is None:
            return NOT_JUDGED
        try:
            done = self.store.history_on(who) and self.store.rate(who, exchange.key, verdict)
        except RagError as error:
            return str(error)
        return "" if done else NOT_JUDGED

    def thumbs(self, who: str, talk: ChatHistory) -> list[str | None]:
        """The verdicts as Gradio's chat wants them, one for each answer."""
        try:
            id = current_conversation_id(talk)
            known = self.store.feedback(who, id) if self.store is not None and id else {}
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
        return tuple(map(self._with_articles, found.turns)) if found else ()

    def _with_articles(self, turn: ChatTurn) -> ChatTurn:
        """A stored turn with the articles of its answer, where the index still holds them."""
        if turn.answer is None:
            return turn
        return replace(turn, articles=looked_up(turn.answer, self._lookup))


def thumb(good: bool) -> str:
    """What Gradio's chat calls it."""
    return "Like" if good else "Dislike"


def current_conversation_id(talk: ChatHistory) -> str:
    """The id of the conversation that `talk` is kept as; empty where nothing of it is kept."""
    return next((each.conversation for each in reversed(talk) if each.key), "")

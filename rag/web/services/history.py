"""The chats of the page in their store: turns stored as they begin and end, opened, rated.

In:  the store of conversations (`None`: history is off); turns of the chat; the user.
Out: turns with the key they are stored under; a reopened chat; one line where storing failed.
Left to others: the store (`rag.conversations.store`), who the user is (`rag.web.middleware.login`).

Each user has their own chats. A fault here stops no answer.
"""

from __future__ import annotations

from dataclasses import replace

from rag.conversations.models import ChatTurn, Conversation, Feedback
from rag.conversations.store import ConversationStore, new_id, now
from rag.errors import RagError
from rag.web.services.chat_session import ChatHistory, FindArticle, articles_of

NOT_RATED = "This answer is not stored, so your feedback on it cannot be either."


class HistoryService:
    """The stored chats; `find_article` looks an article of the index up by its id."""

    def __init__(self, store: ConversationStore | None, find_article: FindArticle) -> None:
        self.store = store
        self._find_article = find_article

    def begin(self, user: str, earlier: ChatHistory, turn: ChatTurn) -> tuple[ChatTurn, str]:
        """Store a turn; where it has a key already, in place of the stored turn of that key.

        Returns:
            The turn with its new key, or without one where it is not stored; the fault, or "".
        """
        unstored = replace(turn, key="", conversation="", asked_at=now())
        try:
            if self.store is None or not self.store.history_on(user):
                return unstored, ""
            id = turn.conversation or current_conversation_id(earlier) or new_id()
            stored = replace(unstored, key=new_id(), conversation=id)
            self.store.begin(user, stored, replaces=turn.key)
            return stored, ""
        except RagError as error:
            return unstored, str(error)

    def end(self, user: str, turn: ChatTurn) -> str:
        """Store how a turn ended, if it is stored at all; returns the fault, or ""."""
        try:
            if self.store is not None and turn.key and self.store.history_on(user):
                self.store.end(turn)
        except RagError as error:
            return str(error)
        return ""

    def rate(self, user: str, turn: ChatTurn, feedback: Feedback | None) -> str:
        """Store feedback on a turn, or take it back; returns the fault, or ""."""
        if self.store is None or not turn.key or turn.answer is None:
            return NOT_RATED
        try:
            stored = self.store.history_on(user) and self.store.rate(user, turn.key, feedback)
        except RagError as error:
            return str(error)
        return "" if stored else NOT_RATED

    def thumbs(self, user: str, history: ChatHistory) -> list[str | None]:
        """The stored feedback as Gradio's chat takes it: one value for each answer."""
        try:
            id = current_conversation_id(history)
            feedback = self.store.feedback(user, id) if self.store is not None and id else {}
        except RagError:
            feedback = {}  # storing or opening the chat names the fault
        return [
            thumb(feedback[turn.key].good) if turn.key in feedback else None for turn in history
        ]

    def conversation(self, user: str, id: str) -> Conversation | None:
        """What is stored under `id`; None where nothing is, or it belongs to somebody else.

        Raises:
            ConversationError: the store cannot be read.
        """
        return self.store.conversation(id, user) if self.store is not None and id else None

    def open(self, user: str, id: str) -> ChatHistory:
        """The same as a chat, with the articles that are in the index now.

        Raises:
            ConversationError: the store cannot be read.
        """
        conversation = self.conversation(user, id)
        return tuple(map(self._with_articles, conversation.turns)) if conversation else ()

    def _with_articles(self, turn: ChatTurn) -> ChatTurn:
        if turn.answer is None:
            return turn
        return replace(turn, articles=articles_of(turn.answer, self._find_article))


def thumb(good: bool) -> str:
    """Gradio's name of the thumb."""
    return "Like" if good else "Dislike"


def current_conversation_id(history: ChatHistory) -> str:
    """The id under which `history` is stored; empty where none of it is."""
    return next((turn.conversation for turn in reversed(history) if turn.key), "")

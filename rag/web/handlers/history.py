"""What happens when stored chats are listed, opened, deleted or exported, and answers are rated.

In:  presses in the list, on the switch and on the thumbs; notes.
Out: new values for `HistoryComponents` and `ChatComponents`.
Left to others: the store (`rag.web.services.history`), showing a chat (`ChatHandlers.show`).
"""

from __future__ import annotations

import time
from dataclasses import replace

import gradio as gr

from rag.conversations import export
from rag.conversations.models import Conversation, Feedback
from rag.conversations.store import now
from rag.errors import RagError
from rag.export import FORMATS, export_answers
from rag.web.handlers.chat import ChatHandlers
from rag.web.layout.components import HistoryComponents, Update
from rag.web.middleware.login import current_user
from rag.web.services.app_state import AppState, Ready
from rag.web.services.chat_session import ChatHistory
from rag.web.services.history import NOT_RATED, HistoryService, current_conversation_id, thumb
from rag.web.views import messages
from rag.web.views.history import HISTORY_DISABLED, HISTORY_OFF, render_history
from rag.web.views.status import render_hint

MAX_NOTE = 2_000  # characters
NOT_STORED = "That conversation is no longer stored here."
UNDER_WAY = "An answer is being written: wait for it, or press Stop, then delete."


class HistoryHandlers:
    """The event functions of the Conversations tab and of the thumbs."""

    def __init__(
        self,
        app_state: AppState,
        chat: ChatHandlers,
        service: HistoryService,
        parts: HistoryComponents,
    ) -> None:
        self._app_state = app_state
        self._chat = chat
        self._service = service
        self._parts = parts

    def refresh(self, history: ChatHistory, request: gr.Request, fault: str = "") -> Update:
        """The stored conversations, and whether history is on."""
        unstored = sum(not turn.key for turn in history)
        store, user = self._service.store, current_user(request)
        if store is None:
            switch = gr.Checkbox(value=False, interactive=False, info=HISTORY_DISABLED)
            listing = render_history([], "", unstored, fault)
            return {self._parts.conversations: listing, self._parts.switch: switch}
        try:
            on, conversations = store.history_on(user), store.conversations(user)
        except RagError as error:
            return {self._parts.conversations: render_history([], "", unstored, str(error))}
        current = current_conversation_id(history)
        return {
            self._parts.conversations: render_history(conversations, current, unstored, fault),
            self._parts.switch: gr.Checkbox(
                value=on, interactive=True, info="" if on else HISTORY_OFF
            ),
        }

    def switch(self, on: bool, history: ChatHistory, request: gr.Request) -> Update:
        """History was turned on or off."""
        try:
            if self._service.store is not None:
                self._service.store.set_history_on(current_user(request), on)
        except RagError as error:
            return self.refresh(history, request, str(error))
        return self.refresh(history, request)

    def reopen(self, id: str, history: ChatHistory, request: gr.Request) -> Update:
        """Open the conversation that the page's address names, once there is an index."""
        if not id or history or not isinstance(self._app_state.state, Ready):
            nothing: Update = gr.skip()
            return nothing
        return self._show(id, request)

    def open(self, event: gr.EventData, request: gr.Request) -> Update:
        """A conversation was chosen."""
        id, tab = _data(event, "conversation"), {self._parts.tabs: gr.Tabs(selected="ask")}
        if not id:  # the current one, which is not stored
            return tab
        if not isinstance(self._app_state.state, Ready):
            return {**tab, self._chat.parts.hint: render_hint(messages.NOT_READY)}
        self._chat.leave(request)
        return {**tab, **self._show(id, request)}

    def delete(self, history: ChatHistory, event: gr.EventData, request: gr.Request) -> Update:
        """Delete one conversation, or all."""
        id, store = _data(event, "delete"), self._service.store
        is_current = bool(history) and id in ("all", current_conversation_id(history))
        if is_current and history[-1].under_way:
            return self.refresh(history, request, UNDER_WAY)
        try:
            if store is not None and id:
                store.delete(current_user(request), None if id == "all" else id)
        except RagError as error:
            return self.refresh(history, request, str(error))
        if not is_current:
            return self.refresh(history, request)
        return {**self.refresh((), request), **self._chat.show((), busy=False, thumbs=())}

    def export(self, history: ChatHistory, event: gr.EventData, request: gr.Request) -> Update:
        """A conversation as a file for the browser to save; without an id the current one.

        With the number of a turn that answer alone.
        """
        id, file_format, turn = (_data(event, name) for name in ("export", "as", "turn"))
        try:
            conversation = self._service.conversation(current_user(request), id)
        except RagError as error:
            return self._list_with_fault(history, request, str(error))
        if not id and history:
            conversation = Conversation("", "", history)
        if conversation is None or file_format not in FORMATS:
            return self._list_with_fault(history, request, NOT_STORED)
        if turn:
            chosen = conversation.turns[int(turn) - 1 : int(turn)] if turn.isdecimal() else ()
            if not chosen or chosen[0].answer is None:
                return self._list_with_fault(history, request, NOT_STORED)
            conversation = replace(conversation, turns=chosen)
            text = export_answers(chosen[0].answer, file_format)
        else:
            text = export.export_conversation(conversation, file_format)
        name = export.file_name(conversation, file_format)
        # with a time, so that the same file twice is a change too
        file = {"name": name, "text": text, "time": time.monotonic_ns()}
        return {self._parts.export: file}

    def rate(self, history: ChatHistory, event: gr.LikeData, request: gr.Request) -> Update:
        """A thumb was pressed: store the feedback, and ask for a note."""
        chat, parts, user = self._chat.parts, self._parts, current_user(request)
        index = event.index // 2 if isinstance(event.index, int) else -1
        if not 0 <= index < len(history):
            return {chat.hint: render_hint(NOT_RATED)}
        good = event.liked if isinstance(event.liked, bool) else None
        feedback = None if good is None else Feedback(good, at=now())
        fault = self._service.rate(user, history[index], feedback)
        thumbs = self._service.thumbs(user, history)
        thumbs[index] = None if good is None else thumb(good)
        label = messages.NOTE_UP if good else messages.NOTE_DOWN
        return {
            chat.chat: gr.Chatbot(feedback_value=thumbs),
            parts.note_row: gr.Row(visible=feedback is not None and not fault),
            parts.note: gr.Textbox(value="", label=label),
            parts.note_target: (history[index].key, feedback),
            chat.hint: render_hint(fault),
        }

    def thumbs(self, history: ChatHistory, request: gr.Request) -> gr.Chatbot:
        """The stored thumbs: the browser changed its own before the feedback was stored."""
        return gr.Chatbot(feedback_value=self._service.thumbs(current_user(request), history))

    def note(
        self,
        note: str,
        target: tuple[str, Feedback | None],
        history: ChatHistory,
        request: gr.Request,
    ) -> Update:
        """A note was written: store it with the feedback that it belongs to."""
        key, feedback = target
        hide, hint = {self._parts.note_row: gr.Row(visible=False)}, self._chat.parts.hint
        turn = next((turn for turn in history if turn.key == key), None)
        if feedback is None or turn is None:
            return {**hide, hint: render_hint(NOT_RATED)}
        noted = replace(feedback, note=note.strip()[:MAX_NOTE])
        fault = self._service.rate(current_user(request), turn, noted)
        if fault:
            return {hint: render_hint(fault)}
        return {**hide, hint: messages.NOTE_SAVED}

    def _show(self, id: str, request: gr.Request) -> Update:
        user = current_user(request)
        try:
            history = self._service.open(user, id)
        except RagError as error:
            return self._chat.show((), busy=False, hint=str(error), thumbs=())
        thumbs = self._service.thumbs(user, history)
        hint = "" if history else NOT_STORED
        return self._chat.show(history, busy=False, hint=hint, thumbs=thumbs)

    def _list_with_fault(self, history: ChatHistory, request: gr.Request, fault: str) -> Update:
        listing = self.refresh(history, request, fault)
        return {self._parts.conversations: listing[self._parts.conversations]}


def _data(event: gr.EventData, name: str) -> str:
    value = event._data.get(name) if isinstance(event._data, dict) else None
    return value if isinstance(value, str) else ""

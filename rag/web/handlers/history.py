"""What happens when kept conversations are looked through, opened, deleted, taken away or judged.

In:  presses in the list, on the switch and on the thumbs; `HistoryService`, and the `ChatHandlers` that shows one.
Out: new values for the components of `rag.web.layout.page`, which wires them.

Who asks is told by the session (`rag.web.middleware.login`).
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import gradio as gr

from rag.conversations import export
from rag.conversations.models import Conversation, Feedback
from rag.conversations.store import now
from rag.errors import RagError
from rag.web.handlers.chat import NOTHING, ChatHandlers
from rag.web.middleware.login import current_user
from rag.web.services.app_state import AppState, Ready
from rag.web.services.chat_session import ChatHistory
from rag.web.services.history import (
    NOT_JUDGED,
    HistoryService,
    current_conversation_id,
    thumb,
)
from rag.web.views import messages as notices
from rag.web.views.history import NEVER, OFF, render_history

NOTE = 2_000  # characters of a note
NOT_THERE = "That conversation is not kept here any more."
UNDER_WAY = "An answer is being written: wait for it, or press Stop, then delete."

# In the browser: `page.js` asks by these events.
BRIDGE = """
const ask = (name, event) => document.addEventListener(
  name, (told) => element.isConnected && trigger(event, told.detail));
ask("footnoted:talk", "select"); ask("footnoted:delete", "click"); ask("footnoted:export", "copy");
watch("value", () => document.dispatchEvent(new Event("footnoted:kept")));
"""
ASKED = "(_, talk) => [new URLSearchParams(location.search).get('talk') ?? '', talk]"
ADDRESS = "(id) => document.dispatchEvent(new CustomEvent('footnoted:in-hand', { detail: id }))"
SAVE = "(it) => document.dispatchEvent(new CustomEvent('footnoted:save', { detail: it }))"


class HistoryHandlers:
    """What each event does; "the usual ones" are the outputs of `ChatHandlers`."""

    def __init__(self, desk: AppState, chat: ChatHandlers, keeping: HistoryService) -> None:
        self._desk = desk
        self._chat = chat
        self._keeping = keeping

    def listed(self, talk: ChatHistory, request: gr.Request, fault: str = "") -> tuple[Any, ...]:
        """Outputs: list, switch."""
        unkept = sum(not each.key for each in talk)
        store = self._keeping.store
        if store is None:
            switch = gr.Checkbox(value=False, interactive=False, info=NEVER)
            return render_history([], "", unkept, fault), switch
        try:
            keeps, found = (
                store.history_on(current_user(request)),
                store.conversations(current_user(request)),
            )
        except RagError as error:
            return render_history([], "", unkept, str(error)), gr.skip()
        switch = gr.Checkbox(value=keeps, interactive=True, info="" if keeps else OFF)
        return render_history(found, current_conversation_id(talk), unkept, fault), switch

    def switched(self, keeps: bool, talk: ChatHistory, request: gr.Request) -> tuple[Any, ...]:
        """The switch was set. Outputs as of `listed`."""
        try:
            if self._keeping.store is not None:
                self._keeping.store.set_history_on(current_user(request), keeps)
        except RagError as error:
            return self.listed(talk, request, str(error))
        return self.listed(talk, request)

    def reopen(self, id: str, talk: ChatHistory, request: gr.Request) -> tuple[Any, ...]:
        """What the page's address names, once there is an index to open it. The usual outputs."""
        if not id or talk or not isinstance(self._desk.state, Ready):
            return NOTHING
        return self._opened(id, request)

    def open(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """One was chosen. Outputs: the rooms, then the usual ones."""
        id = _data(event, "talk")
        if not id:  # the one in hand, which is not kept
            return gr.Tabs(selected="ask"), *NOTHING
        if not isinstance(self._desk.state, Ready):
            word = notices.hint("Not ready yet: one moment.")
            return gr.Tabs(selected="ask"), *NOTHING[:-1], word
        self._chat.leave(request)
        return gr.Tabs(selected="ask"), *self._opened(id, request)

    def delete(
        self, talk: ChatHistory, event: gr.EventData, request: gr.Request
    ) -> tuple[Any, ...]:
        """Delete one or all. Outputs: list, switch, then the usual ones."""
        id, store = _data(event, "delete"), self._keeping.store
        ours = bool(talk) and id in ("all", current_conversation_id(talk))
        if ours and talk[-1].under_way:
            return *self.listed(talk, request, UNDER_WAY), *NOTHING
        try:
            if store is not None and id:
                store.delete(current_user(request), None if id == "all" else id)
        except RagError as error:
            return *self.listed(talk, request, str(error)), *NOTHING
        usual = self._chat.view((), busy=False, thumbs=()) if ours else NOTHING
        return *self.listed(() if ours else talk, request), *usual

    def export(
        self, talk: ChatHistory, event: gr.EventData, request: gr.Request
    ) -> tuple[Any, ...]:
        """One as a file for the browser to save; without an id the one in hand.

        Outputs: file, list.
        """
        id, ending = _data(event, "export"), _data(event, "as")
        try:
            whole = self._keeping.whole(current_user(request), id)
        except RagError as error:
            return gr.skip(), self.listed(talk, request, str(error))[0]
        if not id and talk:
            whole = Conversation("", "", talk)
        if whole is None:
            return gr.skip(), self.listed(talk, request, NOT_THERE)[0]
        ending = "json" if ending == "json" else "md"
        text = export.as_json(whole) if ending == "json" else export.markdown(whole)
        name = export.file_name(whole, ending)
        return {"name": name, "text": text, "made": time.monotonic_ns()}, gr.skip()

    def judge(self, talk: ChatHistory, event: gr.LikeData, request: gr.Request) -> tuple[Any, ...]:
        """A thumb. Outputs: chat, row of the note, note, what it is a note on, hint."""
        turn = event.index // 2 if isinstance(event.index, int) else -1
        if not 0 <= turn < len(talk):
            return (*(gr.skip(),) * 4, notices.hint(NOT_JUDGED))
        good = event.liked if isinstance(event.liked, bool) else None
        verdict = None if good is None else Feedback(good, at=now())
        word = self._keeping.judged(current_user(request), talk[turn], verdict)
        pressed = self._keeping.thumbs(current_user(request), talk)
        pressed[turn] = None if good is None else thumb(good)
        return (
            gr.Chatbot(feedback_value=pressed),
            gr.Row(visible=verdict is not None and not word),
            gr.Textbox(value="", label=notices.NOTE_UP if good else notices.NOTE_DOWN),
            (talk[turn].key, verdict),
            notices.hint(word),
        )

    def thumbs(self, talk: ChatHistory, request: gr.Request) -> gr.Chatbot:
        """The thumbs as they are kept: the browser moved one before anybody was asked."""
        return gr.Chatbot(feedback_value=self._keeping.thumbs(current_user(request), talk))

    def note(
        self, note: str, on: tuple[str, Feedback | None], talk: ChatHistory, request: gr.Request
    ) -> tuple[Any, ...]:
        """A note on a verdict. Outputs: row of the note, hint."""
        key, verdict = on
        judged = next((each for each in talk if each.key == key), None)
        if verdict is None or judged is None:
            return gr.Row(visible=False), notices.hint(NOT_JUDGED)
        noted = replace(verdict, note=note.strip()[:NOTE])
        word = self._keeping.judged(current_user(request), judged, noted)
        if word:
            return gr.skip(), notices.hint(word)
        return gr.Row(visible=False), notices.thanks()

    def _opened(self, id: str, request: gr.Request) -> tuple[Any, ...]:
        who = current_user(request)
        try:
            talk = self._keeping.opened(who, id)
        except RagError as error:
            return self._chat.view((), busy=False, word=str(error), thumbs=())
        thumbs = self._keeping.thumbs(who, talk)
        return self._chat.view(talk, busy=False, word="" if talk else NOT_THERE, thumbs=thumbs)


def _data(event: gr.EventData, name: str) -> str:
    told = event._data.get(name) if isinstance(event._data, dict) else None
    return told if isinstance(told, str) else ""

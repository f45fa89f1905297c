"""The Conversations tab and the note on an answer: laid out, and wired to `HistoryHandlers`.

In:  `HistoryHandlers` and the components of the chat, to be wired.
Out: a tab with the list of stored conversations and its switch, a row for a note on an answer.
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import Dependency

from rag.web.handlers.by_collection import ByCollection
from rag.web.handlers.history import HistoryHandlers
from rag.web.layout.components import ChatComponents, HistoryComponents
from rag.web.views import messages

# In the browser: `page.js` sends the first three events; the last says that the list was redrawn.
BRIDGE = """
const ask = (name, event) => document.addEventListener(
  name, (sent) => element.isConnected && trigger(event, sent.detail));
ask("footnoted:conversation", "select");
ask("footnoted:delete", "click");
ask("footnoted:export", "copy");
watch("value", () => document.dispatchEvent(new Event("footnoted:listed")));
"""
# The same for the buttons below the sources, which are there before the tab is opened.
SOURCES_BRIDGE = """
document.addEventListener(
  "footnoted:save-answer", (sent) => element.isConnected && trigger("copy", sent.detail));
"""
ID_OF_ADDRESS = "(_, history) => [new URLSearchParams(location.search).get('talk') ?? '', history]"
SET_ADDRESS = "(id) => document.dispatchEvent(new CustomEvent('footnoted:current', { detail: id }))"
SAVE_FILE = "(it) => document.dispatchEvent(new CustomEvent('footnoted:save', { detail: it }))"
_DIRECT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


class HistoryTab:
    """The `lay_out_…` methods lay it out where they are called; `wire` follows after both."""

    def __init__(self) -> None:
        self.conversation_id = gr.Textbox(visible="hidden", elem_id="conversation-id")
        self._export = gr.JSON(visible="hidden")
        self._note_target: gr.State = gr.State(("", None))

    def lay_out_note(self) -> None:
        """A box for a note on an answer that was just rated."""
        with gr.Row(elem_id="note", visible=False) as self._note_row:
            self._note = gr.Textbox(label=messages.NOTE_UP, max_lines=3, scale=1)
            self._save = gr.Button("Save note", scale=0)

    def lay_out_list(self) -> None:
        """The tab: the stored conversations and the switch."""
        with gr.Tab(
            "Conversations", elem_id="tab-conversations", render_children=True
        ) as self._tab:
            self._switch = gr.Checkbox(
                label=messages.HISTORY_SWITCH, elem_id="history-switch", container=False
            )
            self._list = gr.HTML(
                "", elem_id="conversation-list", apply_default_css=False, js_on_load=BRIDGE
            )

    def components(self, tabs: gr.Tabs) -> HistoryComponents:
        """What `HistoryHandlers` return values for, once both parts are laid out."""
        return HistoryComponents(
            tabs=tabs,
            conversations=self._list,
            switch=self._switch,
            export=self._export,
            note_row=self._note_row,
            note=self._note,
            note_target=self._note_target,
        )

    def wire(
        self,
        handlers: ByCollection[HistoryHandlers],
        parts: HistoryComponents,
        chat: ChatComponents,
        reply: Dependency,
        looks: list[Dependency],
    ) -> None:
        """Connect the components with `handlers`.

        Opening a conversation cancels `reply`; after each of `looks` the index may be open, and
        the conversation that the page's address names can be shown.
        """
        history, conversation, listing = chat.history, chat.conversation, parts.listing
        for look in looks:
            inputs = [chat.conversation_id, history]
            look.then(handlers.reopen, inputs, conversation, js=ID_OF_ADDRESS, **_DIRECT)
        other_conversation = [chat.ticket.change, chat.conversation_id.change]
        gr.on(other_conversation, lambda: gr.Row(visible=False), None, parts.note_row, **_DIRECT)
        chat.conversation_id.change(None, chat.conversation_id, None, js=SET_ADDRESS, **_DIRECT)
        self._tab.select(handlers.refresh, [history], listing, **_DIRECT)
        parts.switch.input(handlers.switch, [parts.switch, history], listing, **_DIRECT)
        row = parts.conversations  # its events carry the button that was pressed in the list
        row.select(handlers.open, None, [parts.tabs, *conversation], cancels=[reply], **_DIRECT)
        row.click(handlers.delete, [history], [*listing, *conversation], **_DIRECT)
        for pressed in (row.copy, chat.sources.copy):
            pressed(handlers.export, [history], [parts.export, parts.conversations], **_DIRECT)
        parts.export.change(None, parts.export, None, js=SAVE_FILE, **_DIRECT)
        note = [parts.note_row, parts.note, parts.note_target]
        rated = chat.chat.like(handlers.rate, [history], [chat.chat, *note, chat.hint], **_DIRECT)
        rated.then(handlers.thumbs, [history], chat.chat, **_DIRECT)
        gr.on(
            [self._save.click, parts.note.submit],
            handlers.note,
            [parts.note, parts.note_target, history],
            [parts.note_row, chat.hint],
            **_DIRECT,
        )

"""The part of the page in which conversations are kept: laid out, and wired to `HistoryHandlers`.

In:  the components of `rag.web.layout.page` that show a conversation.
Out: a tab with the list and its switch, a row for a note on an answer.
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import Dependency

from rag.web.handlers.history import ADDRESS, ASKED, BRIDGE, SAVE, HistoryHandlers
from rag.web.views import messages as notices

_QUIET: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


class HistoryTab:
    """`note` and `tab` lay it out where they are called; `wire` follows once all is laid out."""

    def __init__(self, album: HistoryHandlers) -> None:
        self._on = album
        self.in_hand = gr.Textbox(visible="hidden", elem_id="in-hand")
        self._parcel = gr.JSON(visible="hidden")
        self._noted: gr.State = gr.State(("", None))

    def note(self) -> None:
        """Room for a note on an answer that was just judged."""
        with gr.Row(elem_id="note", visible=False) as self._note_row:
            self._note = gr.Textbox(label=notices.NOTE_UP, max_lines=3, scale=1)
            self._save = gr.Button("Keep note", scale=0)

    def tab(self) -> None:
        """The kept conversations and the switch."""
        with gr.Tab("Conversations", elem_id="room-kept", render_children=True) as self._tab:
            self._keep = gr.Checkbox(label=notices.KEEP, elem_id="keep", container=False)
            self._list = gr.HTML("", elem_id="kept", apply_default_css=False, js_on_load=BRIDGE)

    def wire(
        self,
        rooms: gr.Tabs,
        ticket: gr.State,
        talk: gr.State,
        chat: gr.Chatbot,
        hint: gr.HTML,
        outputs: list[Any],
        reply: Dependency,
        looked: list[Dependency],
    ) -> None:
        """`outputs` are those of `ChatHandlers`; after each of `looked` there may be an index."""
        on, listed = self._on, [self._list, self._keep]
        for each in looked:
            each.then(on.reopen, [self.in_hand, talk], outputs, js=ASKED, **_QUIET)
        another = [ticket.change, self.in_hand.change]
        gr.on(another, lambda: gr.Row(visible=False), None, self._note_row, **_QUIET)
        self.in_hand.change(None, self.in_hand, None, js=ADDRESS, **_QUIET)
        self._tab.select(on.listed, [talk], listed, **_QUIET)
        self._keep.input(on.switched, [self._keep, talk], listed, **_QUIET)
        self._list.select(on.open, None, [rooms, *outputs], cancels=[reply], **_QUIET)
        self._list.click(on.delete, [talk], [*listed, *outputs], **_QUIET)
        self._list.copy(on.export, [talk], [self._parcel, self._list], **_QUIET)
        self._parcel.change(None, self._parcel, None, js=SAVE, **_QUIET)
        note = [self._note_row, self._note, self._noted]
        judged = chat.like(on.judge, [talk], [chat, *note, hint], **_QUIET)
        judged.then(on.thumbs, [talk], chat, **_QUIET)
        written = [self._note, self._noted, talk]
        done = [self._save.click, self._note.submit]
        gr.on(done, on.note, written, [self._note_row, hint], **_QUIET)

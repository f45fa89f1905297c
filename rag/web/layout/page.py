"""The page: Gradio's components, laid out and wired to what happens when they are used.

In:  a `AppState`.
Out: `gr.Blocks`, ready to be launched by `rag.web.server`.

Questions wait in the line of the desk, with those of programs; all else answers at once.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.conversations.store import ConversationStore
from rag.web.handlers import articles as reading
from rag.web.handlers import corpus as changing
from rag.web.handlers.chat import ChatHandlers
from rag.web.handlers.history import HistoryHandlers
from rag.web.layout import evaluation_tab as measure
from rag.web.layout.history_tab import HistoryTab
from rag.web.services.app_state import QUEUE, AppState
from rag.web.services.evaluation_runner import EvaluationRunner
from rag.web.services.history import HistoryService
from rag.web.views import messages as notices
from rag.web.views.sources import render_sources

_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def build_page(desk: AppState, store: ConversationStore | None = None) -> gr.Blocks:
    """The page over a desk; without a store it keeps nothing."""
    page = gr.Blocks(title="Footnoted", analytics_enabled=False)
    keeping = HistoryService(store, desk.article)
    on = ChatHandlers(desk, keeping)
    library = reading.ArticleHandlers(desk)
    with page:
        talk, ticket = gr.State(()), gr.State(0)
        kept = HistoryTab(HistoryHandlers(desk, on, keeping))
        clock = gr.Timer(1.0)
        with gr.Row(elem_id="top"):
            gr.HTML(notices.TITLE, elem_id="title", apply_default_css=False)
            status = gr.HTML(notices.status(desk.state), elem_id="status", apply_default_css=False)
            anew = gr.Button("New conversation", size="sm", elem_id="anew", scale=0)
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=3, min_width=320), gr.Tabs(elem_id="rooms") as rooms:
                with gr.Tab("Ask", elem_id="room-ask", id="ask"):
                    chat = gr.Chatbot(
                        label="Conversation",
                        show_label=False,
                        elem_id="chat",
                        height=None,
                        latex_delimiters=[],
                        allow_tags=False,
                        buttons=[],
                        feedback_options=() if store is None else ("Like", "Dislike"),
                        group_consecutive_messages=False,
                        placeholder=notices.SOON,
                    )
                    kept.note()
                    with gr.Row(elem_id="ask"):
                        box = gr.Textbox(
                            label="Your question",
                            show_label=False,
                            container=False,
                            elem_id="question",
                            placeholder=notices.SOON,
                            interactive=False,
                            max_lines=6,
                            scale=1,
                            html_attributes=gr.InputHTMLAttributes(enterkeyhint="send"),
                        )
                        send = gr.Button("Ask", variant="primary", scale=0, interactive=False)
                        stop = gr.Button("Stop", variant="secondary", scale=0, visible=False)
                    hint = gr.HTML("", elem_id="hint", apply_default_css=False)
                    fold, since, until, outlets = _filters()
                _articles(library, desk, status)
                kept.tab()
                measure.tab(EvaluationRunner(desk), _QUIET)
            with gr.Column(scale=2, min_width=320, elem_id="beside"):
                reader = gr.HTML(
                    "", elem_id="reader", apply_default_css=False, js_on_load=reading.BRIDGE
                )
                gr.HTML(notices.CHOOSE, elem_id="choose", apply_default_css=False)
                panel = gr.HTML(render_sources(()), elem_id="sources", apply_default_css=False)
        outputs = [talk, chat, panel, box, send, stop, kept.in_hand, hint]
        asked = [ticket, *outputs]
        filters = [since, until, outlets]
        at_once: dict[str, Any] = {"concurrency_limit": None, **_QUIET}
        gr.on([box.submit, send.click], on.ask, [box, talk, *filters], asked, **at_once)
        chat.example_select(on.ask_example, [talk, *filters], asked, **at_once)
        chat.option_select(on.take_offer, [talk], asked, **at_once)
        chat.retry(on.ask_again, [talk], asked, **at_once)
        set_ = [since.blur, since.submit, until.blur, until.submit, outlets.change]
        gr.on(set_, on.update_filters, filters, [fold, hint], queue=False, **_QUIET)
        reply = ticket.change(
            on.reply,
            [talk],
            outputs,
            trigger_mode="multiple",
            concurrency_limit=QUEUE + 1,
            **_QUIET,
        )
        reader.select(library.open, [talk], reader, queue=False, **_QUIET)
        stop.click(on.stop, [talk], outputs, cancels=[reply], queue=False, **_QUIET)
        for again in (anew.click, chat.clear):
            again(on.new_conversation, None, outputs, cancels=[reply], queue=False, **_QUIET)
        seen = [status, clock, box, send, chat, outlets]
        looked = [
            again(on.look, None, seen, queue=False, **_QUIET) for again in (clock.tick, page.load)
        ]
        kept.wire(rooms, ticket, talk, chat, hint, outputs, reply, looked)
        page.unload(on.leave)
    page.queue(max_size=2 * QUEUE, default_concurrency_limit=1, api_open=False)
    return page


def _filters() -> tuple[gr.Accordion, gr.Textbox, gr.Textbox, gr.Dropdown]:
    """Dates and outlets, folded away."""
    with gr.Accordion(notices.FILTERS, open=False, elem_id="filters") as fold:
        with gr.Row():
            since, until = (
                gr.Textbox(label=each, placeholder=notices.DATE, max_lines=1)
                for each in ("From", "Until")
            )
        outlets = gr.Dropdown([], label="Outlets", multiselect=True)
    return fold, since, until, outlets


def _articles(library: reading.ArticleHandlers, desk: AppState, status: gr.HTML) -> None:
    """The list of articles, searched in and opened from; the reader stands beside it."""
    with gr.Tab("Articles", elem_id="room-shelf", render_children=True) as tab:
        with gr.Row(elem_id="find"):
            words = gr.Textbox(
                label="Words to find",
                show_label=False,
                container=False,
                placeholder=notices.FIND,
                max_lines=1,
                scale=1,
                html_attributes=gr.InputHTMLAttributes(enterkeyhint="search"),
            )
            find = gr.Button("Find", scale=0)
        if desk.settings.upload:
            changed = changing.build(desk, tab, status)
        shelf = gr.HTML("", elem_id="shelf", apply_default_css=False)
        more = gr.Button("Show more", visible=False)
        if not desk.settings.upload:
            gr.HTML(notices.NO_UPLOAD, elem_id="no-upload", apply_default_css=False)
        length = gr.State(0)  # within the tab: Gradio counts all that stands between tabs as tabs
    found = [shelf, length, more]
    if desk.settings.upload:
        changed.change(library.find, [words], found, queue=False, **_QUIET)
    asked = [tab.select, words.submit, find.click]
    gr.on(asked, library.find, [words], found, queue=False, **_QUIET)
    more.click(library.more, [words, length], found, queue=False, **_QUIET)

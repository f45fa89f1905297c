"""The page: its rows and tabs laid out, the event functions built over them, and the two wired.

In:  `AppState`; a `ConversationStore`, or none.
Out: `gr.Blocks`, ready to be launched by `rag.web.server`.

Questions of people and programs wait in one queue, that of `AppState`; every other event is
answered at once.
"""

from __future__ import annotations

import gradio as gr

from rag.conversations.store import ConversationStore
from rag.web.handlers.chat import ChatHandlers
from rag.web.handlers.history import HistoryHandlers
from rag.web.handlers.promise import PromiseHandlers
from rag.web.layout.alerts_tab import alerts_tab
from rag.web.layout.articles_tab import article_viewer, articles_tab
from rag.web.layout.chat_tab import chat_window, question_row, wire_chat
from rag.web.layout.components import ChatComponents
from rag.web.layout.evaluation_tab import evaluation_tab
from rag.web.layout.filter_fields import filter_fields
from rag.web.layout.history_tab import SOURCES_BRIDGE, HistoryTab
from rag.web.layout.newsroom.newsroom_tab import newsroom_tab
from rag.web.layout.promise_choice import (
    promise_components,
    promise_list,
    promise_note,
    wire_promise,
)
from rag.web.services.app_state import QUEUE, AppState
from rag.web.services.evaluation_runner import EvaluationRunner
from rag.web.services.history import HistoryService
from rag.web.views import messages
from rag.web.views.sources import render_sources
from rag.web.views.status import render_status


def build_page(app_state: AppState, store: ConversationStore | None = None) -> gr.Blocks:
    """The page over `app_state`; without a store it keeps no conversation."""
    page = gr.Blocks(title="Footnoted", analytics_enabled=False)
    history_service = HistoryService(store, app_state.article)
    with page:
        history, ticket = gr.State(()), gr.State(0)
        history_tab = HistoryTab()
        clock = gr.Timer(1.0)
        with gr.Row(elem_id="top"):
            gr.HTML(messages.TITLE, elem_id="title", apply_default_css=False)
            status = gr.HTML(
                render_status(app_state.state), elem_id="status", apply_default_css=False
            )
            new = gr.Button("New conversation", size="sm", scale=0)
        with gr.Row():
            with (
                gr.Column(scale=3, min_width=320),
                gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as tabs,
            ):
                with gr.Tab("Ask", elem_id="tab-ask", id="ask"):
                    chat = chat_window(rated=store is not None)
                    history_tab.lay_out_note()
                    question, ask, stop = question_row()
                    hint = gr.HTML("", elem_id="hint", apply_default_css=False)
                    with gr.Row(elem_id="choices"):
                        filters = filter_fields("filters")
                        max_wrong = promise_list(app_state.settings.max_wrong)
                    promise = promise_components(max_wrong, promise_note())
                newsroom_tab(page, app_state)
                alerts_tab(app_state)
                refresh_list = articles_tab(app_state, status)
                history_tab.lay_out_list()
                evaluation_tab(EvaluationRunner(app_state))
            with gr.Column(scale=2, min_width=320, elem_id="side-panel"):
                article_viewer(app_state, history, refresh_list)
                gr.HTML(messages.CHOOSE, elem_id="choose-article", apply_default_css=False)
                sources = gr.HTML(
                    render_sources(()),
                    elem_id="sources",
                    apply_default_css=False,
                    js_on_load=SOURCES_BRIDGE,
                )
        chat_parts = ChatComponents(
            history=history,
            ticket=ticket,
            conversation_id=history_tab.conversation_id,
            chat=chat,
            sources=sources,
            question=question,
            ask=ask,
            stop=stop,
            hint=hint,
            filters=filters,
            max_wrong=max_wrong,
            status=status,
            clock=clock,
        )
        history_parts = history_tab.components(tabs)
        chat_handlers = ChatHandlers(app_state, history_service, chat_parts)
        history_handlers = HistoryHandlers(app_state, chat_handlers, history_service, history_parts)
        reply, looks = wire_chat(page, chat_parts, chat_handlers, new)
        wire_promise(promise, PromiseHandlers(app_state, promise), looks)
        history_tab.wire(history_handlers, history_parts, chat_parts, reply, looks)
    page.queue(max_size=2 * QUEUE, default_concurrency_limit=1, api_open=False)
    return page

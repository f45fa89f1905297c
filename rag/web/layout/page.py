"""The page: its rows and tabs laid out, the event functions built over them, and the two wired.

In:  `OpenCollections`.
Out: `gr.Blocks`, ready to be launched by `rag.web.server`.

Questions of people and programs wait in one queue, that of `AppState`; every other event is
answered at once.
"""

from __future__ import annotations

import gradio as gr

from rag.web.handlers.by_collection import ByCollection
from rag.web.handlers.chat import ChatHandlers
from rag.web.handlers.history import HistoryHandlers
from rag.web.handlers.promise import PromiseHandlers
from rag.web.layout.alerts_tab import alerts_tab
from rag.web.layout.articles_tab import article_viewer, articles_tab
from rag.web.layout.chat_tab import chat_window, question_row, wire_chat
from rag.web.layout.collection_choice import collection_list, wire_collections
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
from rag.web.services.collections import OpenCollections
from rag.web.services.history import HistoryService
from rag.web.views import messages
from rag.web.views.sources import render_sources
from rag.web.views.status import render_status


def build_page(collections: OpenCollections) -> gr.Blocks:
    """The page over `collections`; what it is before it is opened is of the first of them."""
    page, first = gr.Blocks(title="Footnoted", analytics_enabled=False), collections.first
    with page:
        history, ticket = gr.State(()), gr.State(0)
        history_tab = HistoryTab()
        clock = gr.Timer(1.0)
        with gr.Row(elem_id="top"):
            gr.HTML(messages.TITLE, elem_id="title", apply_default_css=False)
            status = gr.HTML(render_status(first.state), elem_id="status", apply_default_css=False)
            collection = collection_list()
            new = gr.Button("New conversation", size="sm", scale=0)
        with gr.Row():
            with (
                gr.Column(scale=3, min_width=320),
                gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as tabs,
            ):
                with gr.Tab("Ask", elem_id="tab-ask", id="ask"):
                    chat = chat_window(rated=first.store is not None)
                    history_tab.lay_out_note()
                    question, ask, stop = question_row()
                    hint = gr.HTML("", elem_id="hint", apply_default_css=False)
                    with gr.Row(elem_id="choices"):
                        filters = filter_fields("filters")
                        max_wrong = promise_list(first.settings.max_wrong)
                    promise = promise_components(max_wrong, promise_note())
                newsroom_tab(page, collections)
                alerts_tab(collections)
                refresh_list = articles_tab(collections, status)
                history_tab.lay_out_list()
                evaluation_tab(collections)
            with gr.Column(scale=2, min_width=320, elem_id="side-panel"):
                article_viewer(collections, history, refresh_list)
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
        chat_handlers = ByCollection(
            collections,
            ChatHandlers,
            lambda state: ChatHandlers(state, _history(state), chat_parts),
        )
        history_handlers = ByCollection(
            collections,
            HistoryHandlers,
            lambda state: HistoryHandlers(
                state, chat_handlers.of(state), _history(state), history_parts
            ),
        )
        promise_handlers = ByCollection(
            collections, PromiseHandlers, lambda state: PromiseHandlers(state, promise)
        )
        reply, looks = wire_chat(page, chat_parts, chat_handlers, new)
        wire_promise(promise, promise_handlers, looks)
        history_tab.wire(history_handlers, history_parts, chat_parts, reply, looks)
        wire_collections(page, collection, collections, chat_handlers)
    page.queue(max_size=2 * QUEUE, default_concurrency_limit=1, api_open=False)
    return page


def _history(app_state: AppState) -> HistoryService:
    """The stored chats of a collection."""
    return HistoryService(app_state.store, app_state.article)

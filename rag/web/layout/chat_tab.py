"""The Ask tab: Gradio's components, laid out and wired to `ChatHandlers`.

In:  `AppState` and the rows of the page, in whose context each function here lays out its part.
Out: components; the page collects them in `ChatComponents`.
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import Dependency

from rag.web.handlers.by_collection import ByCollection
from rag.web.handlers.chat import ChatHandlers
from rag.web.layout.components import ChatComponents
from rag.web.services.app_state import QUEUE, SERVER_TURNS
from rag.web.views import messages

_PRIVATE: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def chat_window(rated: bool) -> gr.Chatbot:
    """The conversation; `rated`: with thumbs under each answer."""
    return gr.Chatbot(
        label="Conversation",
        show_label=False,
        elem_id="chat",
        height=None,
        latex_delimiters=[],
        allow_tags=False,
        buttons=[],
        feedback_options=("Like", "Dislike") if rated else (),
        group_consecutive_messages=False,
        placeholder=messages.SOON,
    )


def question_row() -> tuple[gr.Textbox, gr.Button, gr.Button]:
    """The box for a question, with Ask and Stop beside it."""
    with gr.Row(elem_id="ask"):
        question = gr.Textbox(
            label="Your question",
            show_label=False,
            container=False,
            elem_id="question",
            placeholder=messages.SOON,
            interactive=False,
            max_lines=6,
            scale=1,
            html_attributes=gr.InputHTMLAttributes(enterkeyhint="send"),
        )
        ask = gr.Button("Ask", variant="primary", scale=0, interactive=False)
        stop = gr.Button("Stop", variant="secondary", scale=0, visible=False)
    return question, ask, stop


def wire_chat(
    page: gr.Blocks, parts: ChatComponents, handlers: ByCollection[ChatHandlers], new: gr.Button
) -> tuple[Dependency, list[Dependency]]:
    """Connect the components with `handlers`; `new` starts a new conversation.

    Returns:
        The event that answers a question, and those that look whether start-up has ended.
    """
    conversation = parts.conversation
    with_ticket = [parts.ticket, *conversation]
    search_filter = parts.filters.values
    queued: dict[str, Any] = {"concurrency_limit": None, **_PRIVATE}
    direct: dict[str, Any] = {"queue": False, **_PRIVATE}
    gr.on(
        [parts.question.submit, parts.ask.click],
        handlers.ask,
        [parts.question, parts.history, *search_filter],
        with_ticket,
        **queued,
    )
    parts.chat.example_select(
        handlers.ask_example, [parts.history, *search_filter], with_ticket, **queued
    )
    parts.chat.option_select(handlers.take_offer, [parts.history], with_ticket, **queued)
    parts.chat.retry(handlers.ask_again, [parts.history], with_ticket, **queued)
    gr.on(
        parts.filters.changes,
        handlers.update_filters,
        search_filter,
        [parts.filters.fold, parts.hint],
        **direct,
    )
    reply = parts.ticket.change(
        handlers.reply,
        [parts.history, parts.max_wrong],
        conversation,
        trigger_mode="multiple",
        concurrency_limit=QUEUE + SERVER_TURNS,
        **_PRIVATE,
    )
    parts.stop.click(handlers.stop, [parts.history], conversation, cancels=[reply], **direct)
    for press in (new.click, parts.chat.clear):
        press(handlers.new_conversation, None, conversation, cancels=[reply], **direct)
    looks = [
        trigger(handlers.look, None, parts.startup, **direct)
        for trigger in (parts.clock.tick, page.load)
    ]
    page.unload(handlers.everywhere("leave"))
    return reply, looks

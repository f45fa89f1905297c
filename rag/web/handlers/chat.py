"""What happens when a question is asked, stopped or retried, and when the page is opened or left.

In:  presses of Ask, Stop, Retry, an example, New conversation; a clock tick; the chat so far.
Out: new values for `ChatComponents`.
Left to others: the answer (`rag.web.services.running_answer`), what is drawn (`rag.web.views`).

The chat lives in `gr.State` on the server; nothing is read back from the page but the text of the
question, the fields of the filter and the share of answers that may be wrong.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.components.chatbot import ExampleMessage

from rag.conversations.models import ChatTurn
from rag.errors import QuestionError
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.types import LONGEST_QUESTION
from rag.web.handlers.filters import describe_filter, outlet_choices
from rag.web.layout.components import ChatComponents, Update
from rag.web.middleware.login import current_user
from rag.web.services.app_state import AppState, Ready, StartupFailed
from rag.web.services.chat_session import ChatHistory, stop_turn
from rag.web.services.history import HistoryService, current_conversation_id
from rag.web.services.running_answer import RunningAnswer
from rag.web.views import messages
from rag.web.views.chat import WITHOUT_FILTERS, render_messages
from rag.web.views.escape import strip_invisible
from rag.web.views.sources import render_sources
from rag.web.views.status import render_hint, render_status

REFRESH = 0.05  # seconds between two updates of a growing draft


class ChatHandlers:
    """The event functions of the Ask tab.

    Those that ask put the question into the chat, with a new ticket; that starts `reply`.
    """

    def __init__(self, app_state: AppState, history: HistoryService, parts: ChatComponents) -> None:
        self.parts = parts
        self._app_state = app_state
        self._history = history
        self._running: dict[str, RunningAnswer] = {}  # by the page's session

    def ask(
        self, question: str, history: ChatHistory, since: str, until: str, outlets: list[str]
    ) -> Update:
        """Ask: put the question into the chat, or say what is wrong with it."""
        length = len(" ".join(question.split()))
        if not re.search(r"\w", question):
            return self._hint("Type a question first.")
        if length > LONGEST_QUESTION:
            return self._hint(
                f"The question has {length:,} characters: shorten it to {LONGEST_QUESTION:,}."
            )
        try:
            filters = SearchFilter.parse(since, until, outlets)
        except QuestionError as error:
            return self._hint(str(error))
        update = self._start(ChatTurn(question.strip(), filters=filters), history)
        return {**update, self.parts.question: ""} if self.parts.ticket in update else update

    def ask_example(
        self,
        history: ChatHistory,
        since: str,
        until: str,
        outlets: list[str],
        event: gr.SelectData,
    ) -> Update:
        """An example was chosen: ask it, if it is one."""
        text = event.value.get("text") if isinstance(event.value, dict) else None
        if text not in self._examples():
            return self._hint("")
        return self.ask(text, history, since, until, outlets)

    def take_offer(self, history: ChatHistory, event: gr.SelectData) -> Update:
        """A suggestion below an abstention was chosen."""
        if not history:
            return self._hint("")
        last = history[-1]
        if event.value == WITHOUT_FILTERS:
            return self._start(ChatTurn(last.question, filters=NO_FILTER), history)
        if event.value not in self._examples():
            return self._hint("")
        return self._start(ChatTurn(str(event.value), filters=last.filters), history)

    def update_filters(self, since: str, until: str, outlets: list[str]) -> Update:
        """A field of the filter was changed: show the filter in words."""
        fold, fault = describe_filter(since, until, outlets)
        return {self.parts.filters.fold: fold, **self._hint(fault)}

    def ask_again(self, history: ChatHistory) -> Update:
        """Retry: ask the last question once more, in its place."""
        if not history:
            return self._hint("")
        *earlier, last = history
        turn = ChatTurn(
            last.question, filters=last.filters, key=last.key, conversation=last.conversation
        )
        return self._start(turn, tuple(earlier))

    def reply(
        self, history: ChatHistory, max_wrong: float | None, request: gr.Request
    ) -> Iterator[Update]:
        """The answer to the last question, as it grows.

        Of the answers shown the share `max_wrong` may be wrong, as chosen now: a question that is
        asked again need not have the choice that it had before.
        """
        if not isinstance(self._app_state.state, Ready) or not history or not history[-1].is_queued:
            yield gr.skip()  # without it Gradio would empty every output
            return
        *earlier, turn = history
        session, user = str(request.session_hash), current_user(request)
        answer = RunningAnswer(self._app_state, self._history, user, tuple(earlier))
        self._running[session] = answer
        try:
            answer.start(turn, max_wrong)
            before = turn
            for turn in answer.turns():
                is_draft = turn.draft != before.draft and turn.hits is before.hits
                yield self.show((*earlier, turn), sources=not is_draft)
                before = turn
                time.sleep(REFRESH if turn.stage == "writing" else 0.0)
        finally:  # also where the page was closed
            if self._running.get(session) is answer:
                answer.cancel.cancel()
                del self._running[session]
        history = (*earlier, stop_turn(answer.turn))
        thumbs = self._history.thumbs(user, history)
        yield self.show(history, busy=False, hint=answer.fault, thumbs=thumbs)

    def stop(self, history: ChatHistory, request: gr.Request) -> Update:
        """Stop: cancel the answer, and show what there is."""
        self.leave(request)
        fault = ""
        if history:
            history = (*history[:-1], stop_turn(history[-1]))
            fault = self._history.end(current_user(request), history[-1])
        return self.show(history, busy=False, hint=fault)

    def leave(self, request: gr.Request) -> None:
        """The page was closed: cancel its answer."""
        answer = self._running.get(str(request.session_hash))
        if answer is not None:
            answer.cancel.cancel()

    def move_on(self, request: gr.Request) -> None:
        """The page goes to another collection: its answer is finished, and stored."""
        answer = self._running.get(str(request.session_hash))
        if answer is not None and answer.turn.key:
            del self._running[str(request.session_hash)]

    def new_conversation(self, request: gr.Request) -> Update:
        """New conversation: cancel the answer, and empty the chat."""
        self.leave(request)
        return self.show((), busy=False, thumbs=())

    def look(self) -> Update:
        """How far start-up is; once it has ended, let the person ask."""
        parts, state = self.parts, self._app_state.state
        status = {parts.status: render_status(state)}
        if isinstance(state, Ready):
            welcome = messages.WELCOME if state.examples else messages.ASK
            return {
                **status,
                parts.clock: gr.Timer(active=False),
                parts.question: gr.Textbox(interactive=True, placeholder=messages.ASK),
                parts.ask: gr.Button(interactive=True),
                parts.chat: gr.Chatbot(
                    examples=_example_messages(state.examples), placeholder=welcome
                ),
                parts.filters.outlets: gr.Dropdown(outlet_choices(self._app_state)),
            }
        if isinstance(state, StartupFailed):
            return {**status, parts.clock: gr.Timer(active=False)}
        return status

    def show(
        self,
        history: ChatHistory,
        *,
        sources: bool = True,
        busy: bool | None = None,
        hint: str = "",
        thumbs: Sequence[str | None] | None = None,
    ) -> Update:
        """The chat; Ask or Stop and the thumbs stay as they are where they are None."""
        parts = self.parts
        chat: Any = render_messages(history, self._examples())
        update: Update = {
            parts.history: history,
            parts.chat: chat if thumbs is None else gr.Chatbot(chat, feedback_value=thumbs),
            parts.conversation_id: current_conversation_id(history),
            **self._hint(hint),
        }
        if sources:
            update[parts.sources] = render_sources(history)
        if busy is not None:
            update |= {parts.ask: gr.Button(visible=not busy), parts.stop: gr.Button(visible=busy)}
        return update

    def _start(self, turn: ChatTurn, earlier: ChatHistory) -> Update:
        """Put the question into the chat, or say why it cannot be asked now."""
        if not isinstance(self._app_state.state, Ready):
            return self._hint(messages.NOT_READY)
        if earlier and earlier[-1].under_way:
            return self._hint("One question at a time: wait for the answer, or press Stop.")
        if self._app_state.queue.is_full:
            return self._hint(messages.BUSY)
        turn = replace(turn, stage="waiting" if self._app_state.queue.is_busy else "searching")
        return {self.parts.ticket: time.monotonic_ns(), **self.show((*earlier, turn), busy=True)}

    def _hint(self, text: str) -> Update:
        return {self.parts.hint: render_hint(text)}

    def _examples(self) -> tuple[str, ...]:
        state = self._app_state.state
        return state.examples if isinstance(state, Ready) else ()


def _example_messages(examples: tuple[str, ...]) -> list[ExampleMessage]:
    return [{"text": each, "display_text": strip_invisible(each)} for each in examples]

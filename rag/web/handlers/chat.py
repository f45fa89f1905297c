"""What happens when the page is used: each event as a function from the conversation to outputs.

In:  a `AppState`; presses of Ask, Stop, Retry, an example, New conversation; a clock tick.
Out: new values for the components of `rag.web.layout.page`, which wires them.

The conversation lives in `gr.State` on the server; nothing is read back from the page but the
text of the question.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.components.chatbot import ExampleMessage

from rag.conversations.models import ChatTurn
from rag.errors import QuestionError, RagError
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.runtime.cancellation import Cancelled, CancelToken
from rag.types import LONGEST_QUESTION, DraftToken
from rag.web.middleware.login import current_user
from rag.web.services.app_state import AppState, Ready, StartupFailed
from rag.web.services.chat_session import (
    ChatHistory,
    apply_event,
    failed,
    history,
    stopped,
)
from rag.web.services.history import HistoryService, current_conversation_id
from rag.web.services.questions import AskRequest, stream_answer
from rag.web.views import messages as notices
from rag.web.views.chat import WITHOUT_FILTERS, render_messages
from rag.web.views.escape import strip_invisible
from rag.web.views.sources import render_sources

REFRESH = 0.05  # seconds between two looks at a growing draft
log = logging.getLogger(__name__)
NOTHING: tuple[Any, ...] = tuple(gr.skip() for _ in range(8))


class ChatHandlers:
    """What each event does. Outputs: talk, chat, panel, box, send, stop, in hand, hint.

    The three ways to ask put a ticket before these; a new ticket is what sets `reply` going.
    """

    def __init__(self, desk: AppState, keeping: HistoryService) -> None:
        self._desk = desk
        self._keeping = keeping
        self._running: dict[str, CancelToken] = {}  # by the page's session

    def ask(
        self, question: str, talk: ChatHistory, since: str, until: str, outlets: list[str]
    ) -> tuple[Any, ...]:
        """Send: put the question into the conversation, or say what is wrong with it."""
        length = len(" ".join(question.split()))
        if not re.search(r"\w", question):
            return _word("Type a question first.")
        if length > LONGEST_QUESTION:
            return _word(
                f"The question has {length:,} characters: shorten it to {LONGEST_QUESTION:,}."
            )
        try:
            filters = SearchFilter.parse(since, until, outlets)
        except QuestionError as error:
            return _word(str(error))
        return self._begin(question.strip(), talk, filters, typed="")

    def ask_example(
        self, talk: ChatHistory, since: str, until: str, outlets: list[str], event: gr.SelectData
    ) -> tuple[Any, ...]:
        """An example was chosen: ask it, if it is one."""
        text = event.value.get("text") if isinstance(event.value, dict) else None
        if text not in self._examples():
            return _word("")
        return self.ask(text, talk, since, until, outlets)

    def take_offer(self, talk: ChatHistory, event: gr.SelectData) -> tuple[Any, ...]:
        """What a refusal offered was chosen."""
        if not talk:
            return _word("")
        if event.value == WITHOUT_FILTERS:
            return self._begin(talk[-1].question, talk, NO_FILTER)
        if event.value not in self._examples():
            return _word("")
        return self._begin(str(event.value), talk, talk[-1].filters)

    def update_filters(self, since: str, until: str, outlets: list[str]) -> tuple[Any, ...]:
        """A filter was set: the fold's label tells of it. Outputs: fold, hint."""
        try:
            filters = SearchFilter.parse(since, until, outlets)
        except QuestionError as error:
            return gr.Accordion(label=notices.FILTERS), notices.hint(str(error))
        return gr.Accordion(label=notices.filters(filters.describe())), ""

    def ask_again(self, talk: ChatHistory) -> tuple[Any, ...]:
        """Retry: the last question once more, in its place."""
        if not talk:
            return _word("")
        return self._begin(talk[-1].question, talk[:-1], talk[-1].filters, again=talk[-1])

    def reply(self, talk: ChatHistory, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """The answer to the last question, as it grows."""
        state = self._desk.state
        if not isinstance(state, Ready) or not talk or not talk[-1].is_queued:
            yield NOTHING  # without it Gradio would empty every output
            return
        *earlier, now = talk
        key = str(request.session_hash)
        cancel = self._running[key] = CancelToken(lambda: self._desk.closed)
        shown, who, word = 0.0, current_user(request), ""
        try:
            now, word = self._keeping.begun(who, tuple(earlier), now)
            question = AskRequest(now.question, history(earlier), now.filters)
            for event in stream_answer(self._desk, question, cancel):
                searching = replace(now, stage="searching")
                now = apply_event(now, event, self._desk.article) if event else searching
                cancel.raise_if_cancelled()
                if not isinstance(event, DraftToken):
                    yield self.view((*earlier, now))
                elif time.monotonic() - shown > REFRESH:
                    yield self.view((*earlier, now), panel=False)
                    shown = time.monotonic()
            now = stopped(now)
        except Cancelled:
            now = stopped(now)
        except RagError as error:
            now = stopped(now) if cancel.is_cancelled else failed(now, str(error))
        except Exception:  # the page must say so, whatever it was
            log.exception("no answer")
            now = failed(now, notices.BROKEN)
        finally:
            cancel.cancel()
            if self._running.get(key) is cancel:
                del self._running[key]
        word = self._keeping.ended(who, now) or word
        talk = (*earlier, now)
        yield self.view(talk, busy=False, word=word, thumbs=self._keeping.thumbs(who, talk))

    def stop(self, talk: ChatHistory, request: gr.Request) -> tuple[Any, ...]:
        """Stop: tell the model, and show what there is."""
        self.leave(request)
        word = ""
        if talk:
            talk = (*talk[:-1], stopped(talk[-1]))
            word = self._keeping.ended(current_user(request), talk[-1])
        return self.view(talk, busy=False, word=word)

    def leave(self, request: gr.Request) -> None:
        """The page was closed: nobody waits for the answer any more."""
        cancel = self._running.get(str(request.session_hash))
        if cancel is not None:
            cancel.cancel()

    def new_conversation(self, request: gr.Request) -> tuple[Any, ...]:
        """New conversation."""
        self.leave(request)
        return self.view((), busy=False, thumbs=())

    def look(self) -> tuple[Any, ...]:
        """How far the start-up is. Outputs: status, clock, box, send, chat, outlets."""
        state = self._desk.state
        status = notices.status(state)
        if isinstance(state, Ready):
            box = gr.Textbox(interactive=True, placeholder=notices.ASK)
            welcome = notices.WELCOME if state.examples else notices.ASK
            chat = gr.Chatbot(examples=_shown(state.examples), placeholder=welcome)
            outlets = gr.Dropdown([(strip_invisible(each), each) for each in self._outlets(state)])
            send = gr.Button(interactive=True)
            return status, gr.Timer(active=False), box, send, chat, outlets
        clock = gr.Timer(active=False) if isinstance(state, StartupFailed) else gr.skip()
        return status, clock, *NOTHING[:4]

    def view(
        self,
        talk: ChatHistory,
        panel: bool = True,
        busy: bool | None = None,
        typed: str | None = None,
        word: str = "",
        thumbs: Sequence[str | None] | None = None,
    ) -> tuple[Any, ...]:
        """All outputs; what is not given stays as it is."""
        unchanged = gr.skip()
        shown: Any = render_messages(talk, self._examples())
        return (
            talk,
            shown if thumbs is None else gr.Chatbot(shown, feedback_value=thumbs),
            render_sources(talk) if panel else unchanged,
            unchanged if typed is None else typed,
            unchanged if busy is None else gr.Button(visible=not busy),
            unchanged if busy is None else gr.Button(visible=busy),
            current_conversation_id(talk),
            notices.hint(word),
        )

    def _begin(
        self,
        question: str,
        talk: ChatHistory,
        filters: SearchFilter,
        typed: str | None = None,
        again: ChatTurn | None = None,
    ) -> tuple[Any, ...]:
        if not isinstance(self._desk.state, Ready):
            return _word("Not ready yet: one moment.")
        if talk and talk[-1].under_way:
            return _word("One question at a time: wait for the answer, or press Stop.")
        if self._desk.line.is_full:
            return _word(notices.BUSY)
        now = ChatTurn(question, "waiting" if self._desk.line else "searching", filters=filters)
        if again is not None:  # in whose place it is kept
            now = replace(now, key=again.key, conversation=again.conversation)
        return (time.monotonic_ns(), *self.view((*talk, now), busy=True, typed=typed))

    def _examples(self) -> tuple[str, ...]:
        state = self._desk.state
        return state.examples if isinstance(state, Ready) else ()

    def _outlets(self, state: Ready) -> list[str]:
        try:
            return state.assistant.articles.outlets()
        except RagError:
            log.exception("no list of outlets")
            return []


def _shown(examples: tuple[str, ...]) -> list[ExampleMessage]:
    return [{"text": each, "display_text": strip_invisible(each)} for each in examples]


def _word(text: str) -> tuple[Any, ...]:
    return (gr.skip(), *NOTHING[:-1], notices.hint(text))

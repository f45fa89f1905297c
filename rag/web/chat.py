"""What happens when the page is used: each event as a function from the conversation to outputs.

In:  a `Desk`; presses of Ask, Stop, Retry, an example, New conversation; a clock tick.
Out: new values for the components of `rag.web.page`, which wires them.

The conversation lives in `gr.State` on the server; nothing is read back from the page but the
text of the question.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from gradio.components.chatbot import ExampleMessage

from rag.errors import QuestionError, RagError
from rag.types import LONGEST_QUESTION, Article, Token
from rag.web import notices
from rag.web.asking import Question, told
from rag.web.desk import Desk, Failed, Ready
from rag.web.filters import NONE, Filters, checked
from rag.web.panel import sources
from rag.web.render import WITHOUT, messages, visible
from rag.web.talk import Exchange, Talk, failed, history, step, stopped

REFRESH = 0.05  # seconds between two looks at a growing draft
log = logging.getLogger(__name__)
_NOTHING: tuple[Any, ...] = tuple(gr.skip() for _ in range(7))


@dataclass(slots=True)
class Run:
    """One answer being made; the model asks `cancelled` between tokens."""

    desk: Desk
    stop: bool = False

    def cancelled(self) -> bool:
        """Whether the person has pressed Stop, or gone, or the chat is closing."""
        return self.stop or self.desk.closed


class Chat:
    """What each event does. Outputs: talk, chat, panel, box, send, stop, hint.

    The three ways to ask put a ticket before these; a new ticket is what sets `reply` going.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._runs: dict[str, Run] = {}

    def ask(
        self, question: str, talk: Talk, since: str, until: str, outlets: list[str]
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
            filters = checked(since, until, outlets)
        except QuestionError as error:
            return _word(str(error))
        return self._begin(question.strip(), talk, filters, typed="")

    def ask_example(
        self, talk: Talk, since: str, until: str, outlets: list[str], event: gr.SelectData
    ) -> tuple[Any, ...]:
        """An example was chosen: ask it, if it is one."""
        text = event.value.get("text") if isinstance(event.value, dict) else None
        if text not in self._examples():
            return _word("")
        return self.ask(text, talk, since, until, outlets)

    def take_offer(self, talk: Talk, event: gr.SelectData) -> tuple[Any, ...]:
        """What a refusal offered was chosen."""
        if not talk:
            return _word("")
        if event.value == WITHOUT:
            return self._begin(talk[-1].question, talk, NONE)
        if event.value not in self._examples():
            return _word("")
        return self._begin(str(event.value), talk, talk[-1].filters)

    def narrow(self, since: str, until: str, outlets: list[str]) -> tuple[Any, ...]:
        """A filter was set: the fold's label tells of it. Outputs: fold, hint."""
        try:
            filters = checked(since, until, outlets)
        except QuestionError as error:
            return gr.Accordion(label=notices.FILTERS), notices.hint(str(error))
        return gr.Accordion(label=notices.filters(filters.told)), ""

    def ask_again(self, talk: Talk) -> tuple[Any, ...]:
        """Retry: the last question once more, in its place."""
        if not talk:
            return _word("")
        return self._begin(talk[-1].question, talk[:-1], talk[-1].filters)

    def reply(self, talk: Talk, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """The answer to the last question, as it grows."""
        state = self._desk.state
        if not isinstance(state, Ready) or not talk or not _awaits(talk[-1]):
            yield _NOTHING  # without it Gradio would empty every output
            return
        *earlier, now = talk
        key = str(request.session_hash)
        run = self._runs[key] = Run(self._desk)
        shown = 0.0
        try:
            question = Question(now.question, history(earlier), now.filters)
            for event in told(self._desk, question, run.cancelled):
                searching = replace(now, stage="searching")
                now = step(now, event, self._article) if event else searching
                if run.cancelled():
                    break
                if not isinstance(event, Token):
                    yield self._view((*earlier, now))
                elif time.monotonic() - shown > REFRESH:
                    yield self._view((*earlier, now), panel=False)
                    shown = time.monotonic()
            now = stopped(now)
        except RagError as error:
            now = stopped(now) if run.cancelled() else failed(now, str(error))
        except Exception:  # the page must say so, whatever it was
            log.exception("no answer")
            now = failed(now, notices.BROKEN)
        finally:
            run.stop = True
            if self._runs.get(key) is run:
                del self._runs[key]
        yield self._view((*earlier, now), busy=False)

    def halt(self, talk: Talk, request: gr.Request) -> tuple[Any, ...]:
        """Stop: tell the model, and show what there is."""
        self.leave(request)
        if talk:
            talk = (*talk[:-1], stopped(talk[-1]))
        return self._view(talk, busy=False)

    def leave(self, request: gr.Request) -> None:
        """The page was closed: nobody waits for the answer any more."""
        run = self._runs.get(str(request.session_hash))
        if run is not None:
            run.stop = True

    def anew(self, request: gr.Request) -> tuple[Any, ...]:
        """New conversation."""
        self.leave(request)
        return self._view((), busy=False)

    def look(self) -> tuple[Any, ...]:
        """How far the start-up is. Outputs: status, clock, box, send, chat, outlets."""
        state = self._desk.state
        status = notices.status(state)
        if isinstance(state, Ready):
            box = gr.Textbox(interactive=True, placeholder=notices.ASK)
            welcome = notices.WELCOME if state.examples else notices.ASK
            chat = gr.Chatbot(examples=_shown(state.examples), placeholder=welcome)
            outlets = gr.Dropdown(choices=list(map(_choice, self._outlets(state))))
            send = gr.Button(interactive=True)
            return status, gr.Timer(active=False), box, send, chat, outlets
        clock = gr.Timer(active=False) if isinstance(state, Failed) else gr.skip()
        return status, clock, *_NOTHING[:4]

    def _begin(
        self, question: str, talk: Talk, filters: Filters, typed: str | None = None
    ) -> tuple[Any, ...]:
        if not isinstance(self._desk.state, Ready):
            return _word("Not ready yet: one moment.")
        if talk and talk[-1].under_way:
            return _word("One question at a time: wait for the answer, or press Stop.")
        if self._desk.line.is_full:
            return _word(notices.BUSY)
        now = Exchange(question, "waiting" if self._desk.line else "searching", filters=filters)
        return (time.monotonic_ns(), *self._view((*talk, now), busy=True, typed=typed))

    def _view(
        self, talk: Talk, panel: bool = True, busy: bool | None = None, typed: str | None = None
    ) -> tuple[Any, ...]:
        """All outputs; what is not given stays as it is."""
        unchanged = gr.skip()
        return (
            talk,
            messages(talk, self._examples()),
            sources(talk) if panel else unchanged,
            unchanged if typed is None else typed,
            unchanged if busy is None else gr.Button(visible=not busy),
            unchanged if busy is None else gr.Button(visible=busy),
            "",
        )

    def _examples(self) -> tuple[str, ...]:
        state = self._desk.state
        return state.examples if isinstance(state, Ready) else ()

    def _outlets(self, state: Ready) -> list[str]:
        try:
            return state.assistant.listing.outlets()
        except RagError:
            log.exception("no list of outlets")
            return []

    def _article(self, key: str) -> Article | None:
        state = self._desk.state
        try:
            return state.assistant.article(key) if isinstance(state, Ready) else None
        except (RagError, KeyError):
            return None


def _awaits(exchange: Exchange) -> bool:
    return exchange.stage in ("waiting", "searching")


def _choice(outlet: str) -> tuple[str, str]:
    return visible(outlet), outlet


def _shown(examples: tuple[str, ...]) -> list[ExampleMessage]:
    return [{"text": each, "display_text": visible(each)} for each in examples]


def _word(text: str) -> tuple[Any, ...]:
    return (gr.skip(), *_NOTHING[:-1], notices.hint(text))

"""The page: Gradio's components, and what happens when they are used.

In:  a `Desk`; presses of Send, Stop, Retry, an example, New conversation; a clock tick.
Out: `gr.Blocks`, ready to be launched by `rag.web.serve`.

The conversation lives in `gr.State` on the server; nothing is read back from the page but the
text of the question. All that uses the model waits in one line, `concurrency_id="model"`.
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

from rag.errors import RagError
from rag.types import Article, Token
from rag.web import notices
from rag.web.desk import Desk, Failed, Ready
from rag.web.panel import sources
from rag.web.render import messages, visible
from rag.web.talk import LONGEST_QUESTION, Exchange, Talk, failed, history, step, stopped

QUEUE = 16  # questions that may wait
REFRESH = 0.05  # seconds between two looks at a growing draft
log = logging.getLogger(__name__)
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(slots=True)
class Run:
    """One answer being made; the model asks `cancelled` between tokens."""

    stop: bool = False

    def cancelled(self) -> bool:
        """Whether the person has pressed Stop, or gone."""
        return self.stop


class Chat:
    """What each event does. The outputs are, in this order: talk, chat, panel, box, hint."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._runs: dict[str, Run] = {}

    def ask(self, question: str, talk: Talk) -> tuple[Any, ...]:
        """Send: put the question into the conversation, or say what is wrong with it."""
        length = len(" ".join(question.split()))
        if not re.search(r"\w", question):
            return _hint("Type a question first.")
        if length > LONGEST_QUESTION:
            return _hint(
                f"The question has {length:,} characters: shorten it to {LONGEST_QUESTION:,}."
            )
        return self._begin(question.strip(), talk, value="")

    def ask_example(self, talk: Talk, event: gr.SelectData) -> tuple[Any, ...]:
        """An example was chosen: ask it, if it is one."""
        state = self._desk.state
        text = event.value.get("text") if isinstance(event.value, dict) else None
        if not isinstance(state, Ready) or text not in state.examples:
            return _hint("")
        return self._begin(text, talk)

    def ask_again(self, talk: Talk) -> tuple[Any, ...]:
        """Retry: the last question once more, in its place."""
        return self._begin(talk[-1].question, talk[:-1]) if talk else _hint("")

    def reply(self, talk: Talk, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """The answer to the last question, as it grows."""
        state = self._desk.state
        if not isinstance(state, Ready) or not talk or not _awaits(talk[-1]):
            return
        *earlier, now = talk
        run = self._runs[str(request.session_hash)] = Run()
        shown = 0.0
        try:
            now = replace(now, stage="searching")
            yield _view((*earlier, now))
            for event in state.assistant.stream(
                now.question, history=history(earlier), cancelled=run.cancelled
            ):
                now = step(now, event, self._article)
                if run.stop:
                    break
                if isinstance(event, Token) and time.monotonic() - shown < REFRESH:
                    continue
                yield _view((*earlier, now), panel=not (isinstance(event, Token) and shown))
                shown = time.monotonic() if isinstance(event, Token) else 0.0
            now = stopped(now)
        except RagError as error:
            now = stopped(now) if run.stop else failed(now, str(error))
        except Exception:  # the page must say so, whatever it was
            log.exception("no answer")
            now = failed(now, notices.BROKEN)
        finally:
            run.stop = True
            self._runs.pop(str(request.session_hash), None)
        yield _view((*earlier, now), box=_send())

    def halt(self, talk: Talk, request: gr.Request) -> tuple[Any, ...]:
        """Stop: tell the model, and show what there is."""
        self.leave(request)
        if talk:
            talk = (*talk[:-1], stopped(talk[-1]))
        return _view(talk, box=_send())

    def leave(self, request: gr.Request) -> None:
        """The page was closed: nobody waits for the answer any more."""
        run = self._runs.get(str(request.session_hash))
        if run is not None:
            run.stop = True

    def overflow(self, talk: Talk) -> tuple[Any, ...]:
        """The line was full, or the answer got lost on its way."""
        if talk and talk[-1].under_way:
            talk = (*talk[:-1], failed(talk[-1], notices.BUSY))
        return _view(talk, box=_send())

    def anew(self, request: gr.Request) -> tuple[Any, ...]:
        """New conversation."""
        self.leave(request)
        return _view((), box=_send())

    def look(self) -> tuple[Any, ...]:
        """How far the start-up is: status line, clock, box, chat."""
        state = self._desk.state
        status = notices.status(state)
        if isinstance(state, Ready):
            box = gr.Textbox(interactive=True, placeholder=notices.ASK, submit_btn=True)
            welcome = notices.WELCOME if state.examples else notices.ASK
            chat = gr.Chatbot(examples=_shown(state.examples), placeholder=welcome)
            return status, gr.Timer(active=False), box, chat
        clock = gr.Timer(active=False) if isinstance(state, Failed) else gr.skip()
        return status, clock, gr.skip(), gr.skip()

    def _begin(self, question: str, talk: Talk, **box: Any) -> tuple[Any, ...]:
        if not isinstance(self._desk.state, Ready):
            return _hint("Not ready yet: one moment.")
        if talk and talk[-1].under_way:
            return _hint("One question at a time: wait for the answer, or press Stop.")
        now = Exchange(question, "waiting" if self._runs else "searching")
        return _view((*talk, now), box=gr.Textbox(submit_btn=False, stop_btn=True, **box))

    def _article(self, key: str) -> Article | None:
        state = self._desk.state
        try:
            return state.assistant.article(key) if isinstance(state, Ready) else None
        except (RagError, KeyError):
            return None


def build(desk: Desk) -> gr.Blocks:
    """The page over a desk."""
    on = Chat(desk)
    page = gr.Blocks(title="Footnoted", analytics_enabled=False)
    with page:
        talk = gr.State(())
        clock = gr.Timer(1.0)
        with gr.Row(elem_id="top"):
            gr.HTML(notices.TITLE, elem_id="title", apply_default_css=False)
            status = gr.HTML(notices.status(desk.state), elem_id="status", apply_default_css=False)
            anew = gr.Button("New conversation", size="sm", elem_id="anew", scale=0)
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=3, min_width=320):
                chat = gr.Chatbot(
                    label="Conversation",
                    show_label=False,
                    elem_id="chat",
                    height=None,
                    latex_delimiters=[],
                    allow_tags=False,
                    buttons=[],
                    feedback_options=None,
                    group_consecutive_messages=False,
                    placeholder=notices.SOON,
                )
                box = gr.Textbox(
                    label="Your question",
                    show_label=False,
                    container=False,
                    elem_id="question",
                    placeholder=notices.SOON,
                    interactive=False,
                    max_lines=6,
                    autofocus=True,
                    html_attributes=gr.InputHTMLAttributes(enterkeyhint="send"),
                )
                hint = gr.HTML("", elem_id="hint", apply_default_css=False)
            with gr.Column(scale=2, min_width=320):
                panel = gr.HTML(sources(()), elem_id="sources", apply_default_css=False)
        outputs = [talk, chat, panel, box, hint]
        asked = (
            box.submit(on.ask, [box, talk], outputs, queue=False, **_QUIET),
            chat.example_select(on.ask_example, [talk], outputs, queue=False, **_QUIET),
            chat.retry(on.ask_again, [talk], outputs, queue=False, **_QUIET),
        )
        replies = []
        for each in asked:
            reply = each.then(
                on.reply, [talk], outputs, concurrency_limit=1, concurrency_id="model", **_QUIET
            )
            reply.failure(on.overflow, [talk], outputs, queue=False, **_QUIET)
            replies.append(reply)
        box.stop(on.halt, [talk], outputs, cancels=replies, queue=False, **_QUIET)
        for again in (anew.click, chat.clear):
            again(on.anew, None, outputs, cancels=replies, queue=False, **_QUIET)
        seen = [status, clock, box, chat]
        clock.tick(on.look, None, seen, queue=False, **_QUIET)
        page.load(on.look, None, seen, queue=False, **_QUIET)
        page.unload(on.leave)
    page.queue(max_size=QUEUE, default_concurrency_limit=1, api_open=False)
    return page


def _awaits(exchange: Exchange) -> bool:
    return exchange.stage in ("waiting", "searching")


def _shown(examples: tuple[str, ...]) -> list[ExampleMessage]:
    return [{"text": each, "display_text": visible(each)} for each in examples]


def _send() -> Any:
    return gr.Textbox(submit_btn=True, stop_btn=False)


def _hint(text: str) -> tuple[Any, ...]:
    return gr.skip(), gr.skip(), gr.skip(), gr.skip(), notices.hint(text)


def _view(talk: Talk, panel: bool = True, box: Any = None) -> tuple[Any, ...]:
    return (
        talk,
        messages(talk),
        sources(talk) if panel else gr.skip(),
        gr.skip() if box is None else box,
        "",
    )

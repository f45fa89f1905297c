"""One question, from its place in the line of the desk to its answer.

In:  a `AppState`; a `Question`, of a person or of a program.
Out: `told`: its events, in the thread that asks; `events`: the same for the event loop, where who
     stops listening frees the place. `QuestionError`, `QueueFull`, `NotReady` before there are any.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from rag.errors import NotReady, QuestionError
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.rewrite import normalize_question
from rag.runtime.cancellation import NEVER, Cancelled, CancelToken
from rag.types import Event, Turn
from rag.web.services.app_state import AppState, Ready, StartupFailed

TICK = 0.5  # seconds in which nothing happens, after which that is told


class AskRequest(NamedTuple):
    """What is asked, behind which earlier turns, within which dates and outlets."""

    text: str
    history: Sequence[Turn] = ()
    filters: SearchFilter = NO_FILTER


def parse_request(
    text: Any, since: Any = "", until: Any = "", outlets: Any = None, history: Sequence[Turn] = ()
) -> AskRequest:
    """What a program sent, read. Raises `QuestionError` for what cannot be asked."""
    for name, value in (("question", text), ("since", since or ""), ("until", until or "")):
        if not isinstance(value, str):
            raise QuestionError(f"{name} is not text: send a string")
    if outlets is not None and not (
        isinstance(outlets, list) and all(isinstance(each, str) for each in outlets)
    ):
        raise QuestionError('outlets is no list of names: send one such as ["BBC"]')
    return AskRequest(normalize_question(text), history, SearchFilter.parse(since, until, outlets))


def stream_answer(
    desk: AppState, asked: AskRequest, cancel: CancelToken = NEVER
) -> Iterator[Event | None]:
    """The events of the answer; before them None, when it is the question's turn.

    Raises:
        NotReady: index or models are not there yet.
        QueueFull: too many questions wait.
        Cancelled: `cancel` was cancelled, while waiting or while the answer was made.
        RagError: what `Assistant.stream` raises.
    """
    state = desk.state
    if isinstance(state, StartupFailed):
        raise NotReady(state.message)
    if not isinstance(state, Ready):
        raise NotReady("the articles or the models are still being made ready: ask again soon")
    with desk.line.acquire(cancel):
        yield None
        yield from state.assistant.stream(
            asked.text, history=asked.history, filters=asked.filters, cancel=cancel
        )


async def astream_answer(desk: AppState, asked: AskRequest) -> AsyncGenerator[Event | None]:
    """As `told`, made in a thread of its own; None also whenever nothing happened for `TICK`.

    Closing it, or cancelling who waits for it, ends the answer.
    """
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[Event | Exception | None]()
    cancel = CancelToken(lambda: desk.closed)
    over = RuntimeError()

    def work() -> None:
        def tell(event: Event | Exception | None) -> None:
            with suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(queue.put_nowait, event)

        try:
            for event in stream_answer(desk, asked, cancel):
                tell(event)
            tell(over)
        except Cancelled:
            tell(over)
        except Exception as error:
            tell(error)

    threading.Thread(target=work, name="question", daemon=True).start()
    try:
        while True:
            event = None
            with suppress(TimeoutError):
                event = await asyncio.wait_for(queue.get(), TICK)
            if event is over:
                return
            if isinstance(event, Exception):
                raise event
            yield event
    finally:
        cancel.cancel()

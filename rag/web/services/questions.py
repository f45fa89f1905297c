"""One question, from its place in the queue to its answer.

In:  `AppState`; an `AskRequest`, of a person or of a program.
Out: `stream_answer`: the events of the answer, in the calling thread; `astream_answer`: the same
     for asyncio, where closing the stream frees its place in the queue.
Left to others: what an event changes on the page (`rag.web.services.chat_session`).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from rag.errors import NotReady, QuestionError
from rag.grounding.calibration import checked_share
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.rewrite import normalize_question
from rag.runtime.cancellation import NEVER, Cancelled, CancelToken
from rag.types import Event, Turn
from rag.web.services.app_state import AppState, Ready, StartupFailed

TICK = 0.5  # seconds without an event, after which `astream_answer` yields None


class AskRequest(NamedTuple):
    """A question, the turns before it, and the filter of the articles that may answer it.

    `max_wrong` is the share of the answers shown that may be wrong; None: that of the settings.
    """

    text: str
    history: Sequence[Turn] = ()
    filters: SearchFilter = NO_FILTER
    max_wrong: float | None = None


def parse_request(
    text: Any,
    since: Any = "",
    until: Any = "",
    outlets: Any = None,
    max_wrong: Any = None,
    history: Sequence[Turn] = (),
) -> AskRequest:
    """The request that a program sent. Raises `QuestionError` where it is malformed."""
    for name, value in (("question", text), ("since", since or ""), ("until", until or "")):
        if not isinstance(value, str):
            raise QuestionError(f"{name} is not text: send a string")
    if outlets is not None and not (
        isinstance(outlets, list) and all(isinstance(each, str) for each in outlets)
    ):
        raise QuestionError('outlets is not a list of names: send one such as ["BBC"]')
    filters = SearchFilter.parse(since, until, outlets)
    allowed = None if max_wrong is None else checked_share(max_wrong)
    return AskRequest(normalize_question(text), history, filters, allowed)


def stream_answer(
    app_state: AppState, request: AskRequest, cancel: CancelToken = NEVER
) -> Iterator[Event | None]:
    """The events of the answer; before them None, once the question has reached its turn.

    Raises:
        NotReady: index or models are not loaded yet.
        QueueFull: too many questions wait.
        Cancelled: `cancel` was cancelled, while waiting or while the answer was made.
        RagError: what `Assistant.stream` raises.
    """
    state = app_state.state
    if isinstance(state, StartupFailed):
        raise NotReady(state.message)
    if not isinstance(state, Ready):
        raise NotReady("the articles or the models are still being loaded: ask again soon")
    with app_state.queue.acquire(cancel):
        yield None
        yield from state.assistant.stream(
            request.text,
            history=request.history,
            filters=request.filters,
            max_wrong=request.max_wrong,
            cancel=cancel,
        )


async def astream_answer(app_state: AppState, request: AskRequest) -> AsyncGenerator[Event | None]:
    """Like `stream_answer`, from a thread of its own; None also after `TICK` without an event.

    Closing it, or cancelling the task that waits for it, ends the answer.
    """
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[Event | Exception | None]()
    cancel = CancelToken(lambda: app_state.closed)
    end = RuntimeError()  # marks the end of the events

    def work() -> None:
        def put(event: Event | Exception | None) -> None:
            with suppress(RuntimeError):  # the event loop is closed
                loop.call_soon_threadsafe(queue.put_nowait, event)

        try:
            for event in stream_answer(app_state, request, cancel):
                put(event)
            put(end)
        except Cancelled:
            put(end)
        except Exception as error:
            put(error)

    threading.Thread(target=work, name="question", daemon=True).start()
    try:
        while True:
            event = None
            with suppress(TimeoutError):
                event = await asyncio.wait_for(queue.get(), TICK)
            if event is end:
                return
            if isinstance(event, Exception):
                raise event
            yield event
    finally:
        cancel.cancel()

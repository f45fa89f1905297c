"""One question, from its place in the queue to its answer.

In:  `AppState`; an `AskRequest`, of a person or of a program.
Out: `stream_answer`: the events of the answer, in the calling thread; `astream_answer`: the same
     for asyncio, where closing the stream frees its place in the queue.
Left to others: what an event changes on the page (`rag.web.services.chat_session`).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from rag.errors import QuestionError
from rag.grounding.calibration import checked_share
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.rewrite import normalize_question
from rag.runtime.cancellation import NEVER, CancelToken
from rag.runtime.streaming import astream
from rag.types import Event, Turn
from rag.web.services.app_state import AppState
from rag.web.services.collections import OpenCollections

TICK = 0.5  # seconds without a step, after which `astream_steps` yields None
T = TypeVar("T")


class AskRequest(NamedTuple):
    """A question, the turns before it, and the filter of the articles that may answer it.

    `max_wrong` is the share of the answers shown that may be wrong; None: that of the settings.
    `is_admitted`: whoever asks was told that the question may wait, so it is not refused any more.
    """

    text: str
    history: Sequence[Turn] = ()
    filters: SearchFilter = NO_FILTER
    max_wrong: float | None = None
    is_admitted: bool = False


def parse_request(
    text: Any,
    since: Any = "",
    until: Any = "",
    outlets: Any = None,
    max_wrong: Any = None,
    history: Sequence[Turn] = (),
) -> AskRequest:
    """The request that a program sent. Raises `QuestionError` where it is malformed."""
    require_text(question=text)
    filters = parse_filters(since, until, outlets)
    allowed = None if max_wrong is None else checked_share(max_wrong)
    return AskRequest(normalize_question(text), history, filters, allowed)


def parse_filters(since: Any = "", until: Any = "", outlets: Any = None) -> SearchFilter:
    """The filter that a program sent. Raises `QuestionError` where it is malformed."""
    require_text(since=since or "", until=until or "")
    if outlets is not None and not (
        isinstance(outlets, list) and all(isinstance(each, str) for each in outlets)
    ):
        raise QuestionError('outlets is not a list of names: send one such as ["BBC"]')
    return SearchFilter.parse(since, until, outlets)


def require_text(**values: Any) -> None:
    """Raises `QuestionError` for one of `values`, named by its key, that is not text."""
    for name, value in values.items():
        if not isinstance(value, str):
            raise QuestionError(f"{name} is not text: send a string")


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
    assistant = app_state.assistant
    with app_state.queue.acquire(cancel, is_admitted=request.is_admitted):
        yield None
        yield from assistant.stream(
            request.text,
            history=request.history,
            filters=request.filters,
            max_wrong=request.max_wrong,
            cancel=cancel,
        )


def astream_answer(
    collections: OpenCollections, name: str, request: AskRequest
) -> AsyncGenerator[Event | None]:
    """Like `stream_answer` of the collection `name`, for asyncio; closing it ends the answer."""
    return astream_steps(
        collections.first,
        lambda cancel: stream_answer(collections.opened(name, cancel), request, cancel),
    )


def astream_steps(
    app_state: AppState, steps: Callable[[CancelToken], Iterator[T | None]]
) -> AsyncGenerator[T | None]:
    """What `steps` yields, and None also after `TICK` without a step; ends as the chat is closed.

    Closing it, or cancelling the task that waits for it, cancels the token of `steps`.
    """
    return astream(steps, tick=TICK, poll=lambda: app_state.closed)

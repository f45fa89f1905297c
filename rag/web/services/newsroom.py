"""Quotations, drafts and timelines, of people and of programs.

In:  `AppState`; what is asked, a search filter. Out: the results of `rag.newsroom`.

A draft and a topic wait in the queue of questions, since models read them; a quotation does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.newsroom.drafts.result import CheckResult
from rag.newsroom.timelines.values import Timeline
from rag.retrieval.filters import SearchFilter
from rag.runtime.cancellation import NEVER, CancelToken
from rag.types import QuoteResult
from rag.web.services.app_state import AppState


def find_quote(
    app_state: AppState, text: str, speaker: str | None, filters: SearchFilter
) -> QuoteResult:
    """Where a quotation stands.

    Raises:
        NotReady: the index is not open yet.
        RagError: what `Assistant.quote` raises.
    """
    return app_state.assistant.quote(text, speaker, filters)


def stream_check(
    app_state: AppState, text: str, filters: SearchFilter, cancel: CancelToken = NEVER
) -> Iterator[CheckResult | None]:
    """A draft checked, as far as it is, after each sentence; before, None once it is its turn.

    Raises:
        NotReady: index or models are not loaded yet.
        QueueFull: too many questions wait.
        Cancelled: `cancel` was cancelled.
        RagError: what `Assistant.check_steps` raises.
    """
    assistant = app_state.assistant
    with app_state.queue.acquire(cancel):
        yield None
        for result in assistant.check_steps(text, filters):
            cancel.raise_if_cancelled()
            yield result


def stream_timeline(
    app_state: AppState, topic: str, filters: SearchFilter, cancel: CancelToken = NEVER
) -> Iterator[Timeline | None]:
    """The timeline of a topic; before, None once it is its turn.

    Raises:
        NotReady, QueueFull, Cancelled: as `stream_check`.
        RagError: what `Assistant.timeline` raises.
    """
    assistant = app_state.assistant
    with app_state.queue.acquire(cancel):
        yield None
        yield assistant.timeline(topic, filters)

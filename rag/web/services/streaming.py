"""A generator in a thread of its own, for asyncio.

In:  a function that takes a `CancelToken` and returns an iterator. Out: `astream`: what it yields.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from typing import TypeVar

from rag.runtime.cancellation import Cancelled, CancelToken
from rag.runtime.observability.stages import in_this_context
from rag.web.services.app_state import AppState

TICK = 0.5  # seconds without a value, after which `astream` yields None
T = TypeVar("T")


async def astream(
    app_state: AppState, steps: Callable[[CancelToken], Iterator[T | None]]
) -> AsyncGenerator[T | None]:
    """What `steps` yields, and None also after `TICK` without a value; raises what it raises.

    Closing it, or cancelling the task that waits for it, cancels the token of `steps`.
    """
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[T | Exception | None]()
    cancel = CancelToken(lambda: app_state.closed)
    end = RuntimeError()  # marks the end

    def work() -> None:
        def put(value: T | Exception | None) -> None:
            with suppress(RuntimeError):  # the event loop is closed
                loop.call_soon_threadsafe(queue.put_nowait, value)

        try:
            for value in steps(cancel):
                put(value)
            put(end)
        except Cancelled:
            put(end)
        except Exception as error:
            put(error)

    threading.Thread(target=in_this_context(work), name="request", daemon=True).start()
    try:
        while True:
            value = None
            with suppress(TimeoutError):
                value = await asyncio.wait_for(queue.get(), TICK)
            if value is end:
                return
            if isinstance(value, Exception):
                raise value
            yield value
    finally:
        cancel.cancel()

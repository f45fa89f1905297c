"""The work of a thread for asyncio, ended by whoever stops waiting for it.

In:  a function that takes a `CancelToken` and returns an iterator.
Out: `astream`: what it yields, as an asynchronous generator; `last_value`: the last of that.
Left to others: what is computed, and when it looks at its token.
"""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, suppress
from typing import TypeVar, overload

from rag.runtime.cancellation import Cancelled, CancelToken

__all__ = ["astream", "last_value"]

# seconds that Python's end waits for work that was left: native code that still runs in a thread
# then aborts the process
_AT_EXIT = 10.0
T = TypeVar("T")
_running = dict[threading.Thread, CancelToken]()  # of this process; each removes itself


@overload
def astream(
    steps: Callable[[CancelToken], Iterator[T]], *, poll: Callable[[], bool] | None = None
) -> AsyncGenerator[T]: ...


@overload
def astream(
    steps: Callable[[CancelToken], Iterator[T]],
    *,
    tick: float,
    poll: Callable[[], bool] | None = None,
) -> AsyncGenerator[T | None]: ...


async def astream(
    steps: Callable[[CancelToken], Iterator[T]],
    *,
    tick: float | None = None,
    poll: Callable[[], bool] | None = None,
) -> AsyncGenerator[T | None]:
    """What `steps` yields, computed in a daemon thread of its own; raises what it raises.

    Closing it, or cancelling the task that waits for it, cancels the token of `steps` and returns
    at once; the thread ends where `steps` next looks at its token, or yields. So it does once
    `poll` returns true, and the stream ends without a fault.

    Args:
        steps: the work; it gets the context variables of the caller.
        tick: seconds without a value after which None is yielded; default: never.
        poll: whether nobody wants the result any more; see `CancelToken`.
    """
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[T | BaseException]()
    cancel = CancelToken(poll)
    end = Cancelled()  # marks the end, whatever it was

    def put(value: T | BaseException) -> None:
        with suppress(RuntimeError):  # the event loop is closed
            loop.call_soon_threadsafe(queue.put_nowait, value)

    def work() -> None:
        try:
            for value in steps(cancel):
                put(value)
                cancel.raise_if_cancelled()
        except Cancelled:
            put(end)
        except BaseException as error:  # raised where it is waited for, whatever it was
            put(error)
        else:
            put(end)
        finally:
            _running.pop(threading.current_thread(), None)

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(work,), name="stream", daemon=True)
    _running[thread] = cancel
    thread.start()
    try:
        while True:
            try:
                # not `asyncio.wait_for`: before Python 3.12 it loses a cancellation that comes at
                # the same moment as a value (CPython issue 86296)
                async with asyncio.timeout(tick):
                    value = await queue.get()
            except TimeoutError:
                yield None
                continue
            if value is end:
                return
            if isinstance(value, BaseException):
                raise value
            yield value
    finally:
        cancel.cancel()


async def last_value(values: AsyncGenerator[T]) -> T:
    """The last of `values`, which are closed where nobody waits for it any more.

    Raises:
        Cancelled: there was none.
    """
    last: list[T] = []
    async with aclosing(values):
        async for value in values:
            last[:] = [value]
    if not last:
        raise Cancelled
    return last[0]


@atexit.register
def _end_all() -> None:
    """Cancel what still runs as Python ends, and give it a moment to see that."""
    end = time.monotonic() + _AT_EXIT
    left = list(_running.items())
    for _, cancel in left:
        cancel.cancel()
    for thread, _ in left:
        thread.join(max(0.0, end - time.monotonic()))

"""A slow call that runs in a thread before its result is needed.

In:  a function. Out: its result, or the exception that it raised, when asked for.
Left to others: what is computed (`rag.assistant`: the language model, while the embedder loads).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Result = TypeVar("Result")


class BackgroundTask(Generic[Result]):
    """Calls `function` at once, in a daemon thread, which does not keep the program from ending."""

    def __init__(self, function: Callable[[], Result]) -> None:
        self._future: Future[Result] = Future()
        threading.Thread(target=self._run, args=(function,), name="background", daemon=True).start()

    def _run(self, function: Callable[[], Result]) -> None:
        try:
            self._future.set_result(function())
        except BaseException as error:  # raised by `result`
            self._future.set_exception(error)

    def result(self) -> Result:
        """Wait for the result. Raises what the function raised."""
        return self._future.result()

    def discard(self, release: Callable[[Result], object]) -> None:
        """The result is not needed: call `release` with it once it is there. Does not wait."""

        def finished(future: Future[Result]) -> None:
            if future.exception() is None:
                release(future.result())

        self._future.add_done_callback(finished)

"""Something slow, begun before it is asked for.

In:  what makes it, what gives it back. Out: the thing, once; what went wrong is raised then.
Left to others: what it is (`rag.assistant`: the language model, while the embedder loads).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class BackgroundTask(Generic[Thing]):
    """`make` runs in a thread from now on, which keeps no program from ending."""

    def __init__(self, make: Callable[[], Thing]) -> None:
        self._made: Future[Thing] = Future()
        threading.Thread(target=self._run, args=(make,), name="ahead", daemon=True).start()

    def _run(self, make: Callable[[], Thing]) -> None:
        try:
            self._made.set_result(make())
        except BaseException as error:  # raised where it is asked for
            self._made.set_exception(error)

    def result(self) -> Thing:
        """What was made; waits for it. Raises what making it raised."""
        return self._made.result()

    def discard(self, give_back: Callable[[Thing], object]) -> None:
        """It is not wanted any more: given back as soon as it is made. Does not wait."""

        def over(made: Future[Thing]) -> None:
            if made.exception() is None:
                give_back(made.result())

        self._made.add_done_callback(over)

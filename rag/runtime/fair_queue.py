"""A queue of callers from any thread: first come first served, and a waiting one may leave.

In:  how many may wait, and how many may have their turn at once; a `CancelToken`, by which one
     that waits may leave.
Out: a turn; `QueueFull` where too many wait.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice

from rag.errors import QueueFull
from rag.runtime.cancellation import NEVER, CancelToken
from rag.runtime.observability.stages import stage

TICK = 0.1  # seconds between two looks at whether a waiting caller was cancelled


class FairQueue:
    """At most `max_waiting` wait behind the `turns` callers whose turn it is; 0: any number."""

    def __init__(self, max_waiting: int = 0, turns: int = 1) -> None:
        self._max_waiting, self._turns = max_waiting, turns
        self._lock = threading.Lock()
        self._callers: deque[threading.Event] = deque()

    def __len__(self) -> int:
        """The number of callers, including those whose turn it is."""
        return len(self._callers)

    @property
    def is_full(self) -> bool:
        """Whether another caller would be refused."""
        return 0 < self._max_waiting <= len(self._callers) - self._turns

    @property
    def is_busy(self) -> bool:
        """Whether another caller would have to wait, or be refused."""
        return len(self._callers) >= self._turns

    @contextmanager
    def acquire(self, cancel: CancelToken = NEVER, *, is_admitted: bool = False) -> Iterator[None]:
        """Wait for the caller's turn, and hold it until the `with` block ends.

        `is_admitted`: it was told before that it may wait, and others may have come since.

        Raises:
            QueueFull: too many wait already.
            Cancelled: `cancel` was cancelled while waiting.
        """
        my_turn = threading.Event()
        try:
            with stage("wait", ahead=len(self._callers)):
                self._wait(my_turn, cancel, is_admitted)
            yield
        finally:
            with self._lock, suppress(ValueError):  # it was not admitted
                self._callers.remove(my_turn)
                self._call_next()

    def _wait(self, my_turn: threading.Event, cancel: CancelToken, is_admitted: bool) -> None:
        with self._lock:
            if self.is_full and not is_admitted:
                raise QueueFull("too many questions are waiting: ask again in a minute")
            self._callers.append(my_turn)
            self._call_next()
        while not my_turn.is_set():
            cancel.raise_if_cancelled()
            my_turn.wait(TICK)

    def _call_next(self) -> None:
        for caller in islice(self._callers, self._turns):
            caller.set()

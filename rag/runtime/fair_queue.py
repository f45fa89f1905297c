"""A queue of callers from any thread: first come first served, and a waiting one may leave.

In:  how many may wait; a `CancelToken`, by which one that waits may leave.
Out: a turn, held by one caller at a time; `QueueFull` where too many wait.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from rag.errors import QueueFull
from rag.runtime.cancellation import NEVER, CancelToken

TICK = 0.1  # seconds between two looks at whether a waiting caller was cancelled


class FairQueue:
    """At most `max_waiting` wait behind the caller whose turn it is; 0: any number."""

    def __init__(self, max_waiting: int = 0) -> None:
        self._max_waiting = max_waiting
        self._lock = threading.Lock()
        self._callers: deque[threading.Event] = deque()

    def __len__(self) -> int:
        """The number of callers, including the one whose turn it is."""
        return len(self._callers)

    @property
    def is_full(self) -> bool:
        """Whether another caller would be refused."""
        return 0 < self._max_waiting < len(self._callers)

    @contextmanager
    def acquire(self, cancel: CancelToken = NEVER) -> Iterator[None]:
        """Wait for the caller's turn, and hold it until the `with` block ends.

        Raises:
            QueueFull: too many wait already.
            Cancelled: `cancel` was cancelled while waiting.
        """
        my_turn = threading.Event()
        with self._lock:
            if self.is_full:
                raise QueueFull("too many questions are waiting: ask again in a minute")
            self._callers.append(my_turn)
            self._callers[0].set()
        try:
            while not my_turn.is_set():
                cancel.raise_if_cancelled()
                my_turn.wait(TICK)
            yield
        finally:
            with self._lock:
                self._callers.remove(my_turn)
                if self._callers:
                    self._callers[0].set()

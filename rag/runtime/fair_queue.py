"""Callers in a line: from any thread, first come first served, and who waits may leave.

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

TICK = 0.1  # seconds between two looks at whether a caller still wants its turn


class FairQueue:
    """At most `most` wait behind the one whose turn it is; 0: any number."""

    def __init__(self, most: int = 0) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._callers: deque[threading.Event] = deque()

    def __len__(self) -> int:
        """How many are in it, the one whose turn it is among them."""
        return len(self._callers)

    @property
    def is_full(self) -> bool:
        """Whether one more would be refused."""
        return 0 < self._most < len(self._callers)

    @contextmanager
    def acquire(self, cancel: CancelToken = NEVER) -> Iterator[None]:
        """Wait for the caller's turn, and hold it until the `with` block ends.

        Raises:
            QueueFull: too many wait already.
            Cancelled: `cancel` was cancelled while waiting.
        """
        mine = threading.Event()
        with self._lock:
            if self.is_full:
                raise QueueFull("too many questions are waiting: ask again in a minute")
            self._callers.append(mine)
            self._callers[0].set()
        try:
            while not mine.is_set():
                cancel.raise_if_cancelled()
                mine.wait(TICK)
            yield
        finally:
            with self._lock:
                self._callers.remove(mine)
                if self._callers:
                    self._callers[0].set()

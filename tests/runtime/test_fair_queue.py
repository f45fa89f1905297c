"""Callers wait in turn, too many are refused, and one that waits may leave."""

from __future__ import annotations

import threading

import pytest

from rag.errors import QueueFull
from rag.runtime.cancellation import Cancelled, CancelToken
from rag.runtime.fair_queue import FairQueue


def test_fair_queue_refuses_one_caller_too_many_and_lets_a_waiting_one_leave() -> None:
    queue, cancel = FairQueue(1), CancelToken()
    waiting, left = threading.Event(), threading.Event()

    def poll() -> bool:
        waiting.set()
        return cancel.is_cancelled

    def wait() -> None:
        with pytest.raises(Cancelled), queue.acquire(CancelToken(poll)):
            pytest.fail("it is another caller's turn")
        left.set()

    with queue.acquire():
        threading.Thread(target=wait).start()
        assert waiting.wait(60)
        assert queue.is_full
        with pytest.raises(QueueFull), queue.acquire():
            pass
        cancel.cancel()
        assert left.wait(60)
        assert len(queue) == 1
    assert len(queue) == 0

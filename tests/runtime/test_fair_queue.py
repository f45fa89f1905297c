"""Callers wait in turn, too many are refused, and one that waits may leave."""

from __future__ import annotations

import threading
import time

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


def test_fair_queue_of_two_turns_lets_two_in_and_calls_the_third_when_one_leaves() -> None:
    queue, third = FairQueue(1, turns=2), threading.Event()

    def wait() -> None:
        with queue.acquire():
            third.set()

    with queue.acquire():
        assert not queue.is_busy
        with queue.acquire():
            assert queue.is_busy and not queue.is_full
            threading.Thread(target=wait).start()
            while len(queue) < 3:
                time.sleep(0.01)
            assert queue.is_full and not third.wait(0.3)
            with pytest.raises(QueueFull), queue.acquire():
                pass
        assert third.wait(60)


def test_a_caller_who_was_admitted_is_not_refused() -> None:
    queue, until = FairQueue(1), time.monotonic() + 60
    turns: list[str] = []

    def wait(name: str, is_admitted: bool) -> None:
        with queue.acquire(is_admitted=is_admitted):
            turns.append(name)

    waiting = [
        threading.Thread(target=wait, args=each) for each in (("first", False), ("late", True))
    ]
    with queue.acquire():
        for number, thread in enumerate(waiting, start=2):
            thread.start()
            while len(queue) < number and time.monotonic() < until:
                time.sleep(0.01)
        assert len(queue) == 3
        assert turns == []
    for thread in waiting:
        thread.join(60)
    assert turns == ["first", "late"]

"""A generator in a thread, for asyncio: values, faults, and the end of work nobody waits for."""

from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from rag.runtime.cancellation import Cancelled, CancelToken
from rag.runtime.streaming import astream, last_value


class Work:
    """Counts until its token is cancelled."""

    def __init__(self, pause: float = 0.005) -> None:
        self.pause = pause
        self.thread = ""
        self.ended = threading.Event()

    def steps(self, cancel: CancelToken) -> Iterator[int]:
        self.thread = threading.current_thread().name
        try:
            for number in range(100_000):
                yield number
                time.sleep(self.pause)
                cancel.raise_if_cancelled()
        finally:
            self.ended.set()


def test_values_come_in_order_from_another_thread() -> None:
    async def run() -> list[int]:
        return [value async for value in astream(lambda _: iter(range(500)))]

    assert asyncio.run(run()) == list(range(500))


@pytest.mark.parametrize("fault", [ValueError("no"), SystemExit(3), StopAsyncIteration()])
def test_what_is_raised_there_is_raised_here(fault: BaseException) -> None:
    def steps(_: CancelToken) -> Iterator[int]:
        yield 1
        raise fault

    async def run() -> list[int]:
        values = []
        try:
            async for value in astream(steps):
                values.append(value)
        except BaseException as error:
            assert error is fault or error.__cause__ is fault
            return values
        raise AssertionError

    assert asyncio.run(run()) == [1]


def test_closing_it_early_ends_the_work() -> None:
    work = Work()

    async def run() -> None:
        async with aclosing(astream(work.steps)) as values:
            async for value in values:
                if value == 3:
                    break

    asyncio.run(run())
    assert work.ended.wait(5)
    assert work.thread == "stream"


def test_work_that_never_looks_at_its_token_ends_where_it_yields() -> None:
    ended = threading.Event()

    def steps(_: CancelToken) -> Iterator[int]:
        try:
            while True:
                yield 1
                time.sleep(0.005)
        finally:
            ended.set()

    async def run() -> None:
        async with aclosing(astream(steps)) as values:
            await anext(values)

    asyncio.run(run())
    assert ended.wait(5)


def test_cancelling_the_task_ends_the_work_and_returns_at_once() -> None:
    work = Work(pause=0.3)

    async def run() -> float:
        task = asyncio.create_task(last_value(astream(work.steps)))
        while not work.thread:
            await asyncio.sleep(0.01)
        before = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - before

    assert asyncio.run(run()) < 0.25
    assert work.ended.wait(5)


@pytest.mark.parametrize("turns", range(6))
def test_cancelling_as_a_value_comes_ends_the_work(turns: int) -> None:
    """At each turn of the loop around the one that brings the value."""
    ended, go_on = threading.Event(), threading.Event()

    def steps(cancel: CancelToken) -> Iterator[int]:
        try:
            yield 1
            go_on.wait()
            yield 2
            while True:
                time.sleep(0.005)
                cancel.raise_if_cancelled()
        finally:
            ended.set()

    async def run() -> None:
        first = asyncio.Event()

        async def wait() -> None:
            async with aclosing(astream(steps, tick=60)) as values:
                async for _ in values:
                    first.set()

        task = asyncio.create_task(wait())
        await first.wait()
        await asyncio.sleep(0.01)  # it waits for the second value again
        go_on.set()
        time.sleep(0.05)  # with the loop held up: the second value is what it does next
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=1)
        assert task.cancelled()

    asyncio.run(run())
    assert ended.wait(5)


def test_a_loop_that_ends_before_the_work_ends_it_too() -> None:
    work = Work()

    async def run() -> None:
        values = astream(work.steps)
        await anext(values)  # and never closed

    asyncio.run(run())
    assert work.ended.wait(5)


def test_a_tick_is_none_while_there_is_no_value() -> None:
    def steps(_: CancelToken) -> Iterator[int]:
        time.sleep(0.3)
        yield 7

    async def run() -> list[int | None]:
        return [value async for value in astream(steps, tick=0.05)]

    *ticks, last = asyncio.run(run())
    assert last == 7
    assert ticks and set(ticks) == {None}


def test_what_is_polled_ends_the_stream_without_a_fault() -> None:
    work, closed = Work(), threading.Event()

    async def run() -> int:
        count = 0
        async for _ in astream(work.steps, poll=closed.is_set):
            count += 1
            if count == 3:
                closed.set()
        return count

    assert asyncio.run(run()) >= 3
    assert work.ended.wait(5)


def test_the_thread_has_the_context_of_the_caller() -> None:
    name = contextvars.ContextVar("name", default="nobody")

    async def run() -> list[str]:
        name.set("request 7")
        return [value async for value in astream(lambda _: iter([name.get()]))]

    assert asyncio.run(run()) == ["request 7"]


def test_the_last_value_of_nothing_is_cancelled() -> None:
    with pytest.raises(Cancelled):
        asyncio.run(last_value(astream(lambda _: iter(()))))


def test_work_that_was_left_ends_before_python_does() -> None:
    """Else native code in its thread aborts the process, after all was said."""
    code = """
import asyncio, time
from rag.runtime.streaming import astream

def steps(cancel):
    while not cancel.is_cancelled:
        time.sleep(0.05)
    time.sleep(0.5)
    print("ended", flush=True)
    yield

async def main():
    async for _ in astream(steps, tick=0.1):
        return

asyncio.run(main())
print("main", flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["main", "ended"], "")

"""The event that ends a page's streams is set in the loop of those who wait for it."""

from __future__ import annotations

import asyncio
import threading

from rag.web.server import _set_in_its_loop


def test_many_waiters_wake_up_and_nobody_is_lost():
    event = asyncio.Event()
    waiting, woken = threading.Event(), []

    async def wait(number: int) -> None:
        await event.wait()
        woken.append((number, threading.current_thread().name))

    async def run() -> None:
        tasks = [asyncio.create_task(wait(n)) for n in range(200)]
        await asyncio.sleep(0)
        waiting.set()
        await asyncio.gather(*tasks)

    loop = threading.Thread(target=asyncio.run, args=(run(),), name="loop")
    loop.start()
    assert waiting.wait(10)
    _set_in_its_loop(event)
    assert event.is_set()  # so that whoever sets it again changes nothing
    loop.join(10)
    assert not loop.is_alive()
    assert sorted(woken) == [(n, "loop") for n in range(200)]


def test_an_event_that_nobody_waits_for_is_left_alone():
    event = asyncio.Event()
    _set_in_its_loop(event)
    assert not event.is_set()

"""The desk: what it does while nobody asks, and that a question comes first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from rag.errors import ModelError
from rag.settings import Settings
from rag.web.services.app_state import AppState, Ready
from tests.web.support import ScriptedAssistant


class Reader(ScriptedAssistant):
    """Notes for each passage that it reads ahead whether somebody asked meanwhile."""

    def __init__(self, passages: int = 3, fault: bool = False) -> None:
        super().__init__()
        self.passages, self.fault = passages, fault
        self.busy: list[bool] = []

    def prefill(self, busy: Callable[[], bool]) -> Iterator[None]:
        if self.fault:
            raise ModelError("the model stopped")
        for _ in range(self.passages):
            self.busy.append(busy())
            yield


def until(done: Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not done():
        assert time.monotonic() < limit
        time.sleep(0.01)


def desk(reader: Reader, read_ahead: bool = True) -> AppState:
    made = AppState(Settings(read_ahead=read_ahead), lambda *_: None, lambda _: reader)  # type: ignore[arg-type,return-value]
    made.start()
    return made


def test_passages_are_read_ahead_once_the_page_is_ready() -> None:
    reader = Reader()
    made = desk(reader)
    until(lambda: len(reader.busy) == 3)
    assert isinstance(made.state, Ready)
    assert reader.busy == [False] * 3
    assert made.close()


def test_who_asks_goes_before_and_reading_goes_on_after() -> None:
    reader = Reader()
    made = AppState(Settings(), lambda *_: None, lambda _: reader)  # type: ignore[arg-type,return-value]
    with made.line.acquire():
        made.start()
        until(lambda: len(reader.busy) == 1)
        time.sleep(1.2)
        assert reader.busy == [True]
        assert isinstance(made.state, Ready)
    until(lambda: len(reader.busy) == 3)
    assert reader.busy[1:] == [False, False]
    assert made.close()


def test_closing_ends_it() -> None:
    reader = Reader(passages=10**9)
    made = desk(reader)
    until(lambda: len(reader.busy) > 10)
    assert made.close()
    held = len(reader.busy)
    time.sleep(0.1)
    assert len(reader.busy) == held


def test_it_can_be_turned_off() -> None:
    reader = Reader()
    made = desk(reader, read_ahead=False)
    until(lambda: isinstance(made.state, Ready))
    assert made.close()
    assert reader.busy == []


def test_a_fault_in_it_leaves_the_page_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    made = desk(Reader(fault=True))
    until(lambda: "no reading ahead" in caplog.text)
    assert isinstance(made.state, Ready)
    assert made.close()

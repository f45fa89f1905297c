"""Start-up, and the passages that are prefilled while nobody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from rag.errors import ModelError
from rag.runtime.fair_queue import FairQueue
from rag.settings import Settings
from rag.web.services import app_state
from rag.web.services.app_state import AppState, Ready, StartupFailed
from tests.web.support import ScriptedAssistant, wait_until


class Prefilling(ScriptedAssistant):
    """Records for each passage that it prefills whether a question waits meanwhile."""

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


class CountingQueue(FairQueue):
    """Counts how often it is looked at."""

    looks = 0

    def __len__(self) -> int:
        self.looks += 1
        return super().__len__()


def make_state(assistant: ScriptedAssistant, read_ahead: bool = True) -> AppState:
    settings = Settings(read_ahead=read_ahead)
    return AppState(settings, lambda *_: None, lambda _: assistant)  # type: ignore[arg-type,return-value]


def start(assistant: ScriptedAssistant, read_ahead: bool = True) -> AppState:
    state = make_state(assistant, read_ahead)
    state.start()
    return state


def is_ready(state: AppState) -> bool:
    return isinstance(state.state, Ready)


def test_passages_are_prefilled_once_the_page_is_ready() -> None:
    assistant = Prefilling()
    state = start(assistant)
    wait_until(lambda: len(assistant.busy) == 3)
    assert is_ready(state) and assistant.busy == [False] * 3
    assert state.close()


def test_prefilling_waits_for_questions_and_resumes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_state, "_IDLE", 0.01)
    assistant = Prefilling()
    state = make_state(assistant)
    queue = state.queue = CountingQueue()
    with queue.acquire():
        state.start()
        wait_until(lambda: len(assistant.busy) == 1)
        looks = queue.looks
        wait_until(lambda: queue.looks > looks + 5)
        assert assistant.busy == [True] and is_ready(state)
    wait_until(lambda: len(assistant.busy) == 3)
    assert assistant.busy[1:] == [False, False]
    assert state.close()


def test_closing_ends_prefilling() -> None:
    assistant = Prefilling(passages=10**9)
    state = start(assistant)
    wait_until(lambda: len(assistant.busy) > 10)
    assert state.close(), "the thread has ended"
    assert not state._thread.is_alive()


def test_prefilling_can_be_turned_off() -> None:
    assistant = Prefilling()
    state = start(assistant, read_ahead=False)
    wait_until(lambda: is_ready(state))
    assert state.close()
    assert assistant.busy == []


def test_a_fault_of_prefilling_leaves_the_page_ready(caplog: pytest.LogCaptureFixture) -> None:
    state = start(Prefilling(fault=True))
    wait_until(lambda: "no passages are prefilled: the model stopped" in caplog.text)
    assert is_ready(state)
    assert state.close()


def test_a_fault_of_opening_is_one_line() -> None:
    def fail(_: Settings) -> ScriptedAssistant:
        raise ZeroDivisionError

    state = AppState(Settings(), lambda *_: None, fail)  # type: ignore[arg-type]
    state.start()
    wait_until(lambda: isinstance(state.state, StartupFailed))
    assert isinstance(state.state, StartupFailed)
    assert state.state.message.startswith("start-up failed (ZeroDivisionError): type `rag doctor`")

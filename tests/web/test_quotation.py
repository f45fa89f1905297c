"""The quotation that is shown while the model is at work: the real page in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.common import free_port
from rag.assistant import Assistant
from rag.models.llm.base import GeneratedToken
from rag.models.llm.chat_template import Prompt
from rag.models.llm.scripted import ScriptedModel
from rag.settings import Settings
from rag.web.server import Running, start
from rag.web.services.app_state import AppState
from tests.scripted_reader import ScriptedReader
from tests.web.support import Visit

pytestmark = pytest.mark.real

QUESTION = "What was the cost of the bridge over the Sund?"
WORDING = "Mayor Lena Holt said that the bridge cost 18 million crowns"


class WaitingModel(ScriptedModel):
    """Begins to generate once `go` is set."""

    def __init__(self) -> None:
        super().__init__({"cost of the bridge": f"{WORDING} [1]."})
        self.go = threading.Event()

    def generate(self, prompt: Prompt, **options: Any) -> Generator[GeneratedToken]:
        assert self.go.wait(60)
        yield from super().generate(prompt, **options)


@pytest.fixture
def model() -> WaitingModel:
    return WaitingModel()


@pytest.fixture
def served(
    indexed_toy: Settings, model: WaitingModel, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Running]:
    reader = ScriptedReader({"bridge": "18 million crowns"})
    monkeypatch.setattr("rag.assistant.open_reader", lambda settings, embedder: reader)
    monkeypatch.setattr("rag.pipeline.load_calibration", lambda judges, index: None)
    app_state = AppState(
        replace(indexed_toy, read_ahead=False),
        open_assistant=lambda settings: Assistant.open(settings, load_model=lambda _: model),
    )
    app_state._examples = lambda assistant: ()  # type: ignore[method-assign]
    running = start(app_state, port=free_port())
    yield running
    model.go.set()
    running.close()
    app_state.close()


def test_the_quotation_is_there_before_the_model_has_begun_and_gives_way_to_its_wording(
    served: Running, model: WaitingModel, browser: Any
) -> None:
    visit = Visit(browser, served.url)
    visit.ask(QUESTION)
    mark = visit.page.locator("#chat mark")
    mark.wait_for()
    assert mark.inner_text() == "18 million crowns"
    visit.wait("The bridge over the Sund cost")
    visit.wait("The article’s own words")
    assert WORDING not in visit.text()
    model.go.set()
    visit.wait(WORDING)
    assert mark.count() == 0
    assert visit.errors == []

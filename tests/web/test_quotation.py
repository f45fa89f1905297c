"""The quotation that is shown while the model is at work: the real page in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.common import free_port
from rag.assistant import Assistant
from rag.grounding.calibration import Calibration, RiskThreshold
from rag.models.llm.base import GeneratedToken
from rag.models.llm.chat_template import Prompt
from rag.models.llm.scripted import ScriptedModel
from rag.settings import Settings
from rag.web.server import Running, start
from rag.web.services.app_state import AppState
from tests.scripted_reader import MARGIN, ScriptedReader
from tests.web.support import Visit

pytestmark = pytest.mark.real

QUESTION = "What was the cost of the bridge over the Sund?"
WORDING = "Mayor Lena Holt said that the bridge cost 18 million crowns"
DOUBTED = "What was the price of the bridge over the Sund?"
QUOTED = "“The bridge over the Sund cost 18 million crowns, mayor Lena Holt said.”"
OTHERWISE = "The bridge over the Sund cost 25 million crowns"
ALONE = Calibration(  # 0.88 for the quotation, which is told of from 0.5 on
    features=("margin",),
    means=(0.0,),
    scales=(MARGIN / 2,),
    weights=(2.0,),
    bias=0.0,
    thresholds=(RiskThreshold(0.1, 0.9, 0.1),),
)
BOTH = Calibration(  # 0.27 where the draft says something else
    features=("margin", "agreement"),
    means=(0.0, 0.5),
    scales=(MARGIN / 2, 0.5),
    weights=(1.0, 2.5),
    bias=0.5,
    thresholds=(RiskThreshold(0.1, 0.9, 0.1),),
)


class WaitingModel(ScriptedModel):
    """Begins to generate once `go` is set."""

    def __init__(self) -> None:
        super().__init__(
            {"cost of the bridge": f"{WORDING} [1].", "price of the bridge": f"{OTHERWISE} [1]."}
        )
        self.go = threading.Event()

    def generate(self, prompt: Prompt, **options: Any) -> Generator[GeneratedToken]:
        assert self.go.wait(60)
        yield from super().generate(prompt, **options)


@pytest.fixture
def model() -> WaitingModel:
    return WaitingModel()


@pytest.fixture
def serve(
    indexed_toy: Settings, model: WaitingModel, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Running]]:
    """Serves the page with the scripted reader and model, and calibrations by their judges."""
    reader = ScriptedReader({"bridge": "18 million crowns"})
    monkeypatch.setattr(
        "rag.assistant.open_reader", lambda settings, embedder: (reader, settings.reader)
    )
    settings = replace(indexed_toy, reader="reader", read_ahead=False)
    app_state = AppState(
        settings,
        open_assistant=lambda settings: Assistant.open(settings, load_model=lambda _: model),
    )
    app_state._examples = lambda assistant: ()  # type: ignore[method-assign]
    started = []

    def run(**calibrations: Calibration) -> Running:
        """`alone` is that of the reader, `both` that of reader and model."""
        keys = {"reader:reader": "alone", f"reader:reader+{settings.model}": "both"}
        monkeypatch.setattr(
            "rag.pipeline.tools.load_calibration",
            lambda judges, index: calibrations.get(keys.get(judges, "")),
        )
        started.append(start(app_state, port=free_port()))
        return started[-1]

    yield run
    model.go.set()
    for each in started:
        each.close()
    app_state.close()


def test_the_quotation_is_there_before_the_model_has_begun_and_gives_way_to_its_wording(
    serve: Callable[..., Running], model: WaitingModel, browser: Any
) -> None:
    visit = Visit(browser, serve().url)
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


def test_a_quotation_that_was_told_early_is_taken_back_where_the_answer_is_a_refusal(
    serve: Callable[..., Running], model: WaitingModel, browser: Any
) -> None:
    visit = Visit(browser, serve(alone=ALONE, both=BOTH).url)
    visit.ask(DOUBTED)
    mark = visit.page.locator("#chat mark")
    mark.wait_for()
    assert mark.inner_text() == "18 million crowns"
    text = visit.text()
    assert "[1]" in text
    assert "The articles do not say" not in text
    model.go.set()
    visit.wait("The articles do not say")
    visit.wait("The likeliest answer was withheld: about 27 in 100 like it are right.")
    assert mark.count() == 0
    text = visit.text()
    assert f"Nearest: {QUOTED}" in text  # no longer as the answer, cited
    assert "[1]" not in text
    assert OTHERWISE not in text  # nor is the draft shown
    assert "second opinion" not in text
    assert visit.errors == []

"""The choice of how many of the answers shown may be wrong: the real page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.common import free_port
from rag.assistant import Assistant
from rag.grounding.calibration import Calibration, RiskThreshold
from rag.settings import Settings
from rag.web.server import Running, start
from rag.web.services.app_state import AppState
from tests.browser import shots
from tests.scripted_reader import MARGIN, ScriptedReader
from tests.web.support import Visit
from tests.web.test_accessibility import findings

pytestmark = pytest.mark.real

QUESTION = "What was the cost of the bridge over the Sund?"
QUOTE = "The bridge over the Sund cost 18 million crowns"
LABEL = "How many of the answers shown may be wrong"
UNSURE = Calibration(  # 0.62 for what the scripted reader finds
    features=("margin",),
    means=(0.0,),
    scales=(MARGIN,),
    weights=(1.0,),
    bias=0.0,
    thresholds=(
        RiskThreshold(0.01, 0.99),
        RiskThreshold(0.05, 0.9),
        RiskThreshold(0.1, 0.5, 0.1),
    ),
)


@pytest.fixture
def served(indexed_toy: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A page without a language model, whose settings allow 5 in 100."""
    reader = ScriptedReader({"bridge": "18 million crowns"})
    monkeypatch.setattr(
        "rag.assistant.open_reader", lambda settings, embedder: (reader, settings.reader)
    )
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: UNSURE)
    settings = replace(indexed_toy, model="none", reader="reader", max_wrong=0.05)
    app_state = AppState(settings, open_assistant=Assistant.open)
    running = start(app_state, port=free_port())
    yield running
    running.close()
    app_state.close()


def choose(visit: Visit, label: str) -> None:
    visit.page.get_by_label(LABEL).click()
    visit.page.get_by_role("option", name=label).click()


def test_a_refusal_becomes_an_answer_where_everything_may_be_shown(
    served: Running, browser: Any
) -> None:
    visit = Visit(browser, served.url)
    choice, note = visit.page.get_by_label(LABEL), visit.page.locator("#promise [role=status]")
    visit.wait("the measurements do not support 5 in 100", "#promise")
    assert choice.input_value() == "Aim: at most 5 in 100 wrong"
    visit.ask(QUESTION)
    visit.wait("The likeliest answer was withheld: about 62 in 100 like it are right.")
    assert f"Nearest: “{QUOTE}" in visit.text()  # beside the refusal, and not as an answer
    assert "The answer quotes" not in visit.text()

    choose(visit, "Answers: show everything")
    visit.wait("Every answer is shown, however unsure.", "#promise")
    visit.ask(QUESTION)
    visit.wait("No limit on wrong answers is promised.")
    assert QUOTE in visit.text()
    assert (
        "Not sure: about 62 in 100 answers like this are right. The answer quotes" in visit.text()
    )

    choice.focus()  # by keyboard alone: from everything to 10 in 100, which is above it
    for key in ("ArrowUp", "ArrowUp", "Enter"):
        visit.page.keyboard.press(key)
    visit.wait("Promise: of the answers shown at most 10 in 100 are wrong", "#promise")
    assert choice.input_value() == "Aim: at most 10 in 100 wrong"
    assert note.count() == 1
    visit.page.screenshot(path=shots() / "promise.png")
    assert findings(visit.page) == []

    visit.page.reload()  # the browser has the choice
    visit.wait("Promise: of the answers shown at most 10 in 100 are wrong", "#promise")
    assert choice.input_value() == "Aim: at most 10 in 100 wrong"
    assert visit.errors == []

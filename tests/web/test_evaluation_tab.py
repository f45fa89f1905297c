"""The Evaluate tab: a question set runs beside the chat, is stopped, resumed, and reported."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.common import free_port
from rag.assistant import Assistant
from rag.models.llm.base import GeneratedToken
from rag.models.llm.chat_template import Prompt
from rag.models.llm.scripted import ScriptedModel
from rag.settings import Settings
from rag.web.server import start
from rag.web.services.app_state import AppState, Ready
from rag.web.services.evaluation_runner import EvaluationRunner, Failed, Finished, Idle, Running
from rag.web.views.evaluation import render_state
from tests.browser import shots
from tests.conftest import VERIFIER_ALONE
from tests.web.support import Visit, wait_until

SCRIPT = {
    "cost of the bridge": "Mayor Lena Holt said that the bridge cost 18 million crowns [1].",
    "When did the ferry": "The ferry Maren sank on 3 May [1].",
    "Who leads the union": "Ivo Brandt leads the union [1].",
}
QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "q1",
        "question": "What was the cost of the bridge over the Sund?",
        "answerable": True,
        "answers": ["18 million crowns"],
        "article": "bridge",
    },
    {
        "id": "q2",
        "question": "When did the ferry Maren sink?",
        "answerable": True,
        "answers": ["4 May"],
        "article": "ferry",
    },
    {
        "id": "q3",
        "question": "Who leads the union in Tarn?",
        "answerable": True,
        "answers": ["Ivo Brandt"],
        "article": "wheat",
    },
]


class WaitingModel(ScriptedModel):
    """Generates nothing before `go` is set."""

    def __init__(self) -> None:
        super().__init__(SCRIPT)
        self.go = threading.Event()

    def generate(self, prompt: Prompt, **options: Any) -> Generator[GeneratedToken]:
        assert self.go.wait(60)
        yield from super().generate(prompt, **options)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> WaitingModel:
    waiting = WaitingModel()
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: VERIFIER_ALONE)
    return waiting


@pytest.fixture
def app_state(toy: Settings, model: WaitingModel, tmp_path: Path) -> Iterator[AppState]:
    folder = tmp_path / "sets"
    folder.mkdir()
    lines = "".join(json.dumps(each) + "\n" for each in QUESTIONS)
    (folder / "harbour.jsonl").write_text(lines)
    (folder / "torn.jsonl").write_text('{"question": ')
    state = AppState(
        replace(toy, questions=folder),
        open_assistant=lambda settings: Assistant.open(settings, load_model=lambda _: model),
    )
    state._examples = lambda assistant: ()  # type: ignore[method-assign]
    yield state
    state.closed = True
    model.go.set()


def get_ready(app_state: AppState) -> None:
    app_state.start()
    wait_until(lambda: isinstance(app_state.state, Ready))


@pytest.mark.real
def test_a_run_is_stopped_resumed_and_reported(
    app_state: AppState, model: WaitingModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = EvaluationRunner(app_state)
    assert list(runner.sets) == ["harbour", "torn"]
    assert runner.start("harbour", None, 10, baseline=False) == "Not ready yet: one moment."
    get_ready(app_state)
    assert runner.start("elsewhere", None, 10, baseline=False) == "Choose a question set first."
    assert runner.start("harbour", None, 10, baseline=False) == ""
    assert runner.start("harbour", None, 10, baseline=False).startswith("One run at a time")
    runner.stop()
    model.go.set()
    wait_until(lambda: isinstance(runner.state, Failed))
    assert isinstance(runner.state, Failed)
    assert runner.state.message.startswith("stopped after ")
    folder = app_state.settings.index.parent / "eval" / "page" / "harbour"
    before = (folder / "predictions.jsonl").read_bytes() if any(folder.glob("pred*")) else b""
    assert runner.start("harbour", None, 10, baseline=False) == ""
    wait_until(lambda: isinstance(runner.state, Finished))
    assert isinstance(runner.state, Finished)
    assert (folder / "predictions.jsonl").read_bytes().startswith(before)
    assert runner.state.report == (folder / "report.html").read_text()
    assert json.loads((folder / "report.json").read_text())["questions"] == 3
    assert isinstance(app_state.state, Ready)
    # the run verified its answers; those of visitors are verified only with a calibration
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: None)
    assert app_state.state.assistant.ask(QUESTIONS[0]["question"]).signals == {}


def test_a_broken_question_set_is_one_line(app_state: AppState, model: WaitingModel) -> None:
    get_ready(app_state)
    runner = EvaluationRunner(app_state)
    assert runner.start("torn", None, 10, baseline=False) == ""
    wait_until(lambda: isinstance(runner.state, Failed))
    assert isinstance(runner.state, Failed)
    assert "torn.jsonl" in runner.state.message
    assert "\n" not in runner.state.message


@pytest.mark.parametrize(
    ("state", "html"),
    [
        (Running("x"), "<progress></progress>"),
        (Running("x", 3, 10, 42.2), "Asked 3 of 10, about 43 s left"),
        (Running("x", 3, 10, 700.0), "about 12 min left"),
        (Failed("<b>no</b>"), "&lt;b&gt;no&lt;/b&gt;"),
        (
            Finished("<i>", Path("/x<"), "<p class='a'>\"</p>"),
            'srcdoc="&lt;p class=&#39;a&#39;&gt;&#34;&lt;/p&gt;"',
        ),
    ],
)
def test_render_state_escapes_foreign_text(state: Any, html: str) -> None:
    assert html in render_state(state)
    assert "<b>" not in render_state(state)
    assert "<i>" not in render_state(state)


def test_render_state_without_question_sets_names_the_setting() -> None:
    assert "RAG_QUESTIONS" in render_state(Idle(), sets=False)
    assert render_state(Idle()) == ""


@pytest.mark.real
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_run_beside_the_chat_in_a_browser(
    app_state: AppState, model: WaitingModel, browser: Any, scheme: Any
) -> None:
    port = free_port()
    running = start(app_state, port=port)
    try:
        width = 1280 if scheme == "light" else 400
        visit = Visit(
            browser,
            running.url,
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
        )
        page = visit.page
        page.get_by_role("tab", name="Evaluate").first.click()
        page.get_by_role("button", name="Run").click()
        page.wait_for_selector("#evaluation-report >> text=Asked 0 of 3")
        # the chat is free meanwhile
        page.get_by_role("tab", name="Ask").first.click()
        page.fill("#question textarea", "When did the ferry Maren sink?")
        page.press("#question textarea", "Enter")
        page.wait_for_selector("#chat .bot >> text=Reading")
        model.go.set()
        page.wait_for_selector("#chat a.cite")
        page.get_by_role("tab", name="Evaluate").first.click()
        report = page.frame_locator("#evaluation-report iframe")
        report.get_by_role("heading", name="Failures: 1").wait_for()
        report.get_by_text("When did the ferry Maren sink?").wait_for()
        assert report.locator("svg").count() >= 1
        tabs = [each.inner_text() for each in page.get_by_role("tab").all() if each.is_visible()]
        assert len(tabs) == len(set(tabs))
        page.screenshot(path=shots() / f"evaluation-{scheme}.png", full_page=True)
        assert visit.errors == []
        assert visit.hosts() == {"127.0.0.1"}
    finally:
        running.close()

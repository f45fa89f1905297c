"""`/metrics`: scraped over HTTP, read by the parser of the client library; behind the login."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.common import free_port
from rag.assistant import Assistant
from rag.errors import QueueFull, SettingsError
from rag.models.llm.scripted import ScriptedModel
from rag.runtime.observability.metrics import open_metrics
from rag.settings import Settings
from rag.web.middleware.user_accounts import UserAccounts, format_account
from rag.web.server import start
from rag.web.services.app_state import AppState, Ready
from tests.web.test_apis import until

pytestmark = pytest.mark.real

Scrape = Callable[[], dict[tuple[str, str], float]]


def parsed(text: str) -> dict[tuple[str, str], float]:
    """Samples by name and the value of their label."""
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def served(settings: Settings, accounts: UserAccounts | None = None) -> Iterator[AppState]:
    model = ScriptedModel({"bridge": "The bridge cost 18 million crowns [1]."})
    app_state = AppState(
        settings, open_assistant=lambda each: Assistant.open(each, load_model=lambda _: model)
    )
    running = start(app_state, "127.0.0.1", free_port(), accounts, apis=("openai",))
    app_state.url = running.url  # type: ignore[attr-defined]
    try:
        until(lambda: isinstance(app_state.state, Ready))
        yield app_state
    finally:
        running.close()
        app_state.close()


@pytest.fixture
def toy_metrics(indexed_toy: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: None)
    return replace(indexed_toy, metrics=True, read_ahead=False)


def ask(url: str, question: str) -> str:
    body = {"model": "footnoted", "messages": [{"role": "user", "content": question}]}
    response = httpx.post(f"{url}/v1/chat/completions", json=body, timeout=60)
    return str(response.json()["choices"][0]["message"]["content"])


def test_questions_are_counted_by_outcome_and_timed_by_stage(toy_metrics: Settings) -> None:
    for app_state in served(toy_metrics):
        url = app_state.url
        before = parsed(httpx.get(f"{url}/metrics").text)
        assert before["footnoted_ready", ""] == 1
        assert (before["footnoted_articles", ""], before["footnoted_passages", ""]) == (4, 4)
        assert before["footnoted_queue_length", ""] == 0
        assert ("footnoted_questions_total", "answered") not in before
        assert "18 million" in ask(url, "What was the cost of the bridge over the Sund?")
        assert "18 million" in ask(url, "What was the cost of the bridge over the Sund?")
        ask(url, "Who won the chess championship of Quoxland in 1887?")
        response = httpx.get(f"{url}/metrics")
        assert response.headers["content-type"].startswith("text/plain")
        assert "Sund" not in response.text
        after = parsed(response.text)
        outcomes = {key[1]: n for key, n in after.items() if key[0] == "footnoted_questions_total"}
        assert outcomes.pop("answered") == 2
        assert list(outcomes.values()) == [1], "refused, whatever the reason"
        for stage in ("answer", "retrieve"):
            assert after["footnoted_stage_seconds_count", stage] == 3
        assert after["footnoted_stage_seconds_count", "generate"] >= 2
        assert after["footnoted_stage_seconds_sum", "answer"] > 0
        assert after["footnoted_queue_refusals_total", ""] == 0
        assert httpx.get(f"{url}/metrics", headers={"host": "evil.example"}).status_code == 421
        foreign = httpx.get(f"{url}/metrics", headers={"origin": "http://evil.example"})
        assert foreign.status_code == 403


def test_there_are_none_unless_they_are_wanted(toy_metrics: Settings) -> None:
    for app_state in served(replace(toy_metrics, metrics=False)):
        response = httpx.get(f"{app_state.url}/metrics")
        assert "footnoted_" not in response.text


def test_a_login_is_asked_for_them_too(toy_metrics: Settings, tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(format_account("prometheus", "a word that nobody guesses"))
    for app_state in served(toy_metrics, UserAccounts.read(users)):
        address = f"{app_state.url}/metrics"
        assert httpx.get(address).status_code == 401
        assert httpx.get(address, auth=("prometheus", "wrong")).status_code == 401
        right = httpx.get(address, auth=("prometheus", "a word that nobody guesses"))
        assert parsed(right.text)["footnoted_ready", ""] == 1


def test_who_is_refused_by_the_queue_is_counted() -> None:
    app_state = AppState(Settings())
    with open_metrics(dict) as metrics:
        with pytest.raises(QueueFull):
            _wait_in_turn(app_state, 40)
        text = metrics.scrape("")[0].decode()
    assert parsed(text)["footnoted_queue_refusals_total", ""] == 1
    assert len(app_state.queue) == 0


def _wait_in_turn(app_state: AppState, callers: int) -> None:
    """Each caller admits one more while it has its turn, until the queue is full."""
    queue = app_state.queue
    for _ in range(callers):
        queue._callers.append(_Event())
    try:
        with queue.acquire():
            pass
    finally:
        queue._callers.clear()


class _Event:
    def set(self) -> None:
        pass


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    extra = r"pip install 'footnoted\[telemetry\]'"
    with pytest.raises(SettingsError, match=extra), open_metrics(dict):
        pass

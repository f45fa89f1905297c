"""The Alerts tab: questions kept, and asked again once the index has changed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.common import free_port
from rag.errors import ModelError, NotReady
from rag.index.build import build_index
from rag.newsroom.alerts.store import AlertStore
from rag.retrieval.filters import NO_FILTER
from rag.settings import Settings
from rag.types import Answer, Citation, Sentence
from rag.web.server import start
from rag.web.services import alert_runner
from rag.web.services.alert_runner import AlertRunner, AlertStatus
from rag.web.services.app_state import AppState, Ready
from rag.web.views.alerts import NONE, render_alerts
from tests.browser import shots
from tests.conftest import toy_settings, use_toy_embedder, write_corpus
from tests.scripted_reader import ScriptedReader
from tests.web.support import HOSTILE, Visit, wait_until
from tests.web.test_accessibility import findings

COST = "What was the cost of the bridge over the Sund?"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, AppState, Path]]:
    """The address of a page over the toy corpus, its state, and the corpus."""
    folder = tmp_path_factory.mktemp("alerts")
    corpus = write_corpus(folder / "corpus")
    settings = replace(toy_settings(folder), model="none", reader="reader", upload=False)
    reader = ScriptedReader({"cost of the bridge": "million crowns, mayor"})
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_toy_embedder(monkeypatch)
        monkeypatch.setattr("rag.assistant.open_reader", lambda *_: (reader, "reader"))
        monkeypatch.setattr("rag.assistant.open_classifier", lambda settings: None)
        monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: None)
        app_state = AppState(settings)
        running = start(app_state, port=free_port())
        wait_until(lambda: isinstance(app_state.state, Ready), 120)
        yield running.url, app_state, corpus
        running.close()
        app_state.close()


@pytest.mark.real
def test_a_question_is_kept_and_the_two_answers_stand_side_by_side(
    browser: Any, place: tuple[str, AppState, Path]
) -> None:
    url, app_state, corpus = place
    here = Visit(browser, url, viewport={"width": 1280, "height": 800})
    page = here.page
    page.get_by_role("tab", name="Alerts").click()
    here.wait(NONE, inside="#alert-list")
    page.get_by_label("Question to keep").fill(COST)
    page.get_by_role("button", name="Add", exact=True).click()
    alert = page.get_by_label("Alert 1")
    alert.get_by_text("18 million crowns").first.wait_for()
    alert.get_by_text("no change so far").wait_for()
    assert page.get_by_label("Question to keep").input_value() == ""
    file = corpus / "bridge.md"
    file.write_text(file.read_text().replace("18 million", "21 million"))
    build_index(app_state.settings)
    wait_until(lambda: AlertStore.of_index(app_state.settings.index).alerts()[0].findings, 60)
    page.get_by_role("tab", name="Ask").click()
    page.get_by_role("tab", name="Alerts").click()
    alert.get_by_text("figure: “18 million” is now “21 million”").wait_for()
    before, after = (alert.locator(".side").nth(n).bounding_box() for n in (0, 1))
    assert before and after and after["x"] > before["x"] and after["y"] == before["y"]
    assert "18 million" in alert.locator(".side").nth(0).inner_text()
    assert "This article was changed after the answer" in alert.locator(".side").nth(0).inner_text()
    assert findings(page) == []
    page.screenshot(path=shots() / "alerts.png", full_page=True)
    alert.get_by_role("button", name="The bridge").nth(1).click()
    page.locator("#article-viewer mark:focus").wait_for()
    assert "21 million" in page.locator("#article-viewer mark").inner_text()
    page.keyboard.press("Escape")
    remove = alert.get_by_role("button", name="Remove")
    remove.click()
    alert.get_by_role("button", name="Remove for good?").click()
    here.wait(NONE, inside="#alert-list")
    page.get_by_role("button", name="Add", exact=True).click()
    here.wait("question is empty", inside="#alert-hint")
    assert here.errors == [] and here.hosts() == {"127.0.0.1"}
    page.context.close()


@pytest.mark.real
def test_a_phone_shows_every_tab(browser: Any, place: tuple[str, AppState, Path]) -> None:
    here = Visit(browser, place[0], viewport={"width": 390, "height": 844})
    names = ["Ask", "Check", "Alerts", "Articles", "Conversations", "Evaluate"]
    tabs = here.page.get_by_role("tab")
    assert tabs.all_inner_texts() == names
    for name in names:
        box = here.page.get_by_role("tab", name=name, exact=True).bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["width"] > 20
        here.page.get_by_role("tab", name=name, exact=True).click()
    here.page.get_by_role("tab", name="Alerts").click()
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 390
    here.page.screenshot(path=shots() / "alerts-phone.png")
    here.page.context.close()


def test_nothing_is_asked_before_the_index_is_there_or_where_nothing_changed(
    tmp_path: Path, place: tuple[str, AppState, Path]
) -> None:
    runner = AlertRunner(AppState(Settings(index=tmp_path / "index")))
    runner.look()
    assert runner.status == AlertStatus(is_busy=True), "it is not known yet what is due"
    with pytest.raises(NotReady):
        runner.add("", COST)
    assert not runner.store.file.exists()
    ready = AlertRunner(place[1])
    ready.look()
    assert ready.status == AlertStatus()


def test_each_user_has_their_own_and_a_fault_stands_beside_its_alert(
    place: tuple[str, AppState, Path],
) -> None:
    runner = AlertRunner(place[1])
    runner.add("jane", COST)
    (alert,) = runner.store.alerts("jane")
    assert runner.store.alerts("joe") == []
    assert alert.answer and "million crowns" in alert.answer.text
    assert not runner.store.remove(alert.number, "joe")
    faults = AlertStatus(faults=((alert.number, "no article has that outlet"),))
    html = render_alerts([alert], faults, lambda id: None)
    assert "Not asked again: no article has that outlet" in html
    assert "This article is no longer in the index." in html
    assert runner.store.remove(alert.number, "jane")


def test_all_that_articles_and_people_write_is_escaped(tmp_path: Path) -> None:
    store = AlertStore.of_index(tmp_path / "index")
    citation = Citation(1, '"><b>', HOSTILE, HOSTILE, None, None, HOSTILE, 0, len(HOSTILE))
    answer = Answer(
        HOSTILE, HOSTILE, HOSTILE, False, None, (Sentence(HOSTILE, (1,), True),), (citation,)
    )
    store.add("", answer, NO_FILTER, "old")
    dearer = replace(answer, sentences=(Sentence(f"{HOSTILE} It cost 7 crowns.", (1,), True),))
    store.record(1, replace(answer, text="No.", abstained=True, reason="not_stated"), "new")
    store.record(1, dearer, "newer")
    html = render_alerts(store.alerts(), AlertStatus(fault=HOSTILE), lambda id: None)
    assert "Earlier changes (1)" in html and "&lt;script&gt;alert(1)" in html
    for live in ("<img", "<script", "<b>", 'href="javascript'):
        assert live not in html


def test_after_a_fault_alerts_wait_before_they_are_asked_again(
    place: tuple[str, AppState, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def away(*_: Any) -> Any:
        calls.append(1)
        raise ModelError("the server is away")

    runner = AlertRunner(place[1])
    monkeypatch.setattr(alert_runner, "ask_again", away)
    monkeypatch.setattr(alert_runner, "is_due", lambda *_: True)
    monkeypatch.setattr(runner.store, "alerts", lambda: [None])
    for _ in range(3):
        runner.look()
    assert len(calls) == 1
    assert runner.status == AlertStatus(fault="the server is away")
    monkeypatch.setattr(alert_runner.time, "monotonic", lambda: math.inf)
    runner.look()
    assert len(calls) == 2

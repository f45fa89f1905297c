"""The Articles tab in a real browser over a real index: records corrected, originals, left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.common import free_port
from rag.settings import Settings
from rag.web.server import start
from rag.web.services.app_state import AppState, Ready
from tests.browser import shots
from tests.conftest import toy_settings, use_toy_embedder, write_corpus
from tests.ingest.documents import pdf
from tests.web.support import Visit, wait_until

pytestmark = pytest.mark.real

PAGES = [
    ["Harbour Post", "The harbour of Sund was dredged in May, the master said."],
    ["Harbour Post", "Nine barges of mud were towed out to the sea by night."],
]
TRAP = (
    "<html><head><title>Trap</title></head><body><nav>Menu of the site</nav><article><h1>Trap</h1>"
    "<p>The trap at Tarn was opened on Monday, and nobody was hurt, police said.</p></article>"
    "<script>document.title = 'ran'; fetch('/healthz')</script></body></html>"
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("tab")
    corpus = write_corpus(folder / "corpus")
    (corpus / "harbour.pdf").write_bytes(pdf(PAGES))
    (corpus / "trap.html").write_text(TRAP)
    (corpus / "old.doc").write_bytes(b"old")
    return replace(toy_settings(folder), model="none", upload=True)


@pytest.fixture(scope="module")
def url(settings: Settings) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_toy_embedder(monkeypatch)
        app_state = AppState(settings)
        running = start(app_state, port=free_port())
        wait_until(lambda: isinstance(app_state.state, Ready), 60)
        yield running.url
        running.close()
        app_state.close()


def open_article(here: Visit, headline: str) -> Any:
    here.page.locator("#article-list button", has_text=headline).first.click()
    here.page.locator("#article-viewer h2", has_text=headline).wait_for()
    return here.page.locator("#article-viewer")


def test_the_tab_corrects_shows_and_opens_what_is_stored(browser: Any, url: str) -> None:
    here = Visit(browser, url)
    page = here.page
    page.get_by_role("tab", name="Articles").click()
    # what became of each file
    page.get_by_text("What became of each file: 6 read; 1 not read").click()
    assert page.locator("#file-ledger li", has_text="old.doc .doc").is_visible()
    # a wrong value is named, and what was typed before stays
    viewer = open_article(here, "The bridge")
    viewer.get_by_text("Correct the record").click()
    assert viewer.get_by_label("Published").input_value() == "2024-05-01"
    viewer.get_by_label("Author").fill("Ane Moe")
    viewer.get_by_label("Published").fill("soon")
    viewer.get_by_role("button", name="Save the corrections").click()
    here.wait("“soon” is no date", "#article-viewer")
    assert viewer.get_by_label("Published").input_value() == "soon"
    assert viewer.get_by_label("Author").input_value() == "Ane Moe"
    viewer.get_by_label("Author").fill("")
    # a right one counts at once, in the list too
    viewer.get_by_label("Published").fill("2022-10-08")
    viewer.get_by_label("Outlet").fill("Post")
    viewer.get_by_label("Outlet").press("Enter")
    here.wait("8 October 2022", "#article-viewer")
    row = page.locator("#article-list li", has_text="The bridge")
    row.get_by_text("Post · 8 October 2022").wait_for()
    assert "day of publication and outlet corrected by hand" in row.inner_text()
    viewer.get_by_text("Correct the record").click()
    assert "corrected by hand; the file says 2024-05-01" in viewer.inner_text()
    page.screenshot(path=shots() / "correction.png")
    viewer.get_by_role("button", name="Take them back").click()
    here.wait("1 May 2024", "#article-viewer")
    row.get_by_text("Kurier · 1 May 2024").wait_for()
    # the pages of a PDF, what was left out, and the file itself
    viewer = open_article(here, "A title")
    assert viewer.locator(".page").all_inner_texts() == ["Page 1", "Page 2"]
    viewer.get_by_role("button", name="What was left out of the file").click()
    here.wait("Harbour Post", "#article-viewer .tools")
    address = viewer.get_by_role("link", name="Original file").get_attribute("href")
    assert address == "/original?article=harbour"
    response = page.request.get(url + address)
    assert response.headers["content-type"] == "application/pdf"
    assert response.body().startswith(b"%PDF")
    # a page of the corpus runs no script
    viewer = open_article(here, "Trap")
    with page.context.expect_page() as opened:
        viewer.get_by_role("link", name="Original file").click()
    original = opened.value
    original.get_by_text("nobody was hurt").wait_for()
    assert original.title() == "Trap"
    assert original.evaluate("() => origin") == "null"
    assert here.errors == []


def test_without_the_setting_no_record_can_be_corrected(
    settings: Settings, browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_toy_embedder(monkeypatch)
    app_state = AppState(replace(settings, upload=False))
    running = start(app_state, port=free_port())
    try:
        wait_until(lambda: isinstance(app_state.state, Ready), 60)
        here = Visit(browser, running.url)
        here.page.get_by_role("tab", name="Articles").click()
        viewer = open_article(here, "The ferry")
        assert viewer.get_by_text("Correct the record").count() == 0
        here.page.evaluate(
            "() => document.dispatchEvent(new CustomEvent('footnoted:correct', "
            "{ detail: { article: 'ferry', time: 1, values: { published: '1900' } } }))"
        )
        here.wait("records are corrected here where the chat was started with", "#article-viewer")
        stored = settings.index.with_name("index.corrections.json")  # of another test, perhaps
        assert not stored.exists() or "1900" not in stored.read_text()
    finally:
        running.close()
        app_state.close()

"""The page in a real browser, over the real assistant, index and model."""

from __future__ import annotations

import pytest

from benchmarks.common import free_port
from rag.settings import Settings
from rag.web.server import start
from rag.web.services.app_state import AppState
from tests.browser import launch_browser, shots

pytestmark = pytest.mark.real


def test_a_question_is_answered_with_a_citation_to_its_passage(real_settings: Settings) -> None:
    port = free_port()
    app_state = AppState(real_settings)
    running = start(app_state, port=port)
    try:
        with launch_browser() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 860})
            hosts = set()
            page.on("request", lambda request: hosts.add(request.url.split("/")[2].split(":")[0]))
            page.goto(running.url)
            page.wait_for_selector("#question textarea:enabled", timeout=180_000)
            page.fill("#question textarea", "What did Kim call Putin?")
            page.keyboard.press("Enter")
            page.wait_for_selector("#chat a.cite", timeout=180_000)
            page.get_by_text("whole answer").wait_for(timeout=30_000)
            assert "comrade" in page.inner_text("#chat .bot.message")
            page.locator("#chat a.cite").first.click()
            article = page.locator("#article-viewer article")
            article.locator("mark").wait_for()
            assert "comrade" in article.locator("mark").inner_text()
            assert article.locator("h2").inner_text().strip()
            page.wait_for_timeout(600)
            page.screenshot(path=shots() / "chat.png")
            assert hosts == {"127.0.0.1"}
    finally:
        running.close()
        app_state.close()

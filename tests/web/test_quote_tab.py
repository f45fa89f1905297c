"""The Quote tab in a real browser: a quotation is looked up, and its article opens at it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.common import free_port
from rag.settings import Settings
from rag.types import Citation, QuoteDifference, QuoteResult
from rag.web.server import start
from rag.web.services.app_state import AppState, Ready
from rag.web.views.quote import render_quote
from tests.browser import shots
from tests.conftest import use_toy_embedder
from tests.newsroom.archive import ARTICLES
from tests.web.support import HOSTILE, Visit, wait_until
from tests.web.test_accessibility import findings

_BAD = {"id": "bad", "title": HOSTILE, "text": f"{HOSTILE} The gulls were fed.", "source": HOSTILE}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("quote")
    corpus = folder / "archive.jsonl"
    corpus.write_text("\n".join(json.dumps(each) for each in [*ARTICLES, _BAD]))
    settings = Settings(corpus=corpus, index=folder / "index", reader="none", model="none")
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_toy_embedder(monkeypatch)
        app_state = AppState(settings)
        running = start(app_state, port=free_port())
        wait_until(lambda: isinstance(app_state.state, Ready), 60)
        yield running.url
        running.close()
        app_state.close()


def look_up(here: Visit, text: str, speaker: str = "") -> Any:
    here.page.get_by_label("Quotation", exact=True).fill(text)
    here.page.get_by_label("Said by").fill(speaker)
    here.page.get_by_role("button", name="Check").click()
    return here.page.get_by_label("Where the quotation stands")


@pytest.mark.real
def test_a_quotation_is_looked_up_and_its_article_opens_at_it(browser: Any, url: str) -> None:
    here = Visit(browser, url)
    page = here.page
    page.get_by_role("tab", name="Quote").click()
    result = look_up(here, "“I will sell the great crane,” said Ebba Lind")
    result.get_by_text("Altered: 1 difference").wait_for()
    result.get_by_text("left out: “not”").wait_for()
    result.get_by_text("Said by Ragna Tveit, not by Ebba Lind.").wait_for()
    assert findings(page) == []
    page.screenshot(path=shots() / "quote.png", full_page=True)
    result.get_by_role("button", name="Skarvik yard to lay off welders").click()
    mark = page.locator("#article-viewer mark:focus")
    mark.wait_for()
    assert mark.inner_text() == "I will not sell the great crane"
    page.keyboard.press("Escape")
    look_up(here, "Never").wait_for(state="detached")
    here.wait("is one word", inside="#quote-result")
    look_up(here, "The gulls were fed", "<b>Lind</b>").get_by_text("Verbatim").wait_for()
    assert page.locator("#quote-result :is(img, script, b)").count() == 0
    assert here.errors == []
    assert here.hosts() == {"127.0.0.1"}
    page.context.close()


def test_all_that_articles_and_people_write_is_escaped() -> None:
    citation = Citation(1, '"><b>', HOSTILE, HOSTILE, None, "javascript:alert(1)", HOSTILE, 0, 9)
    result = QuoteResult(
        f"{HOSTILE} x",
        "altered",
        (citation,),
        (QuoteDifference("words", HOSTILE[:7], HOSTILE, 0, 7),),
        speaker=HOSTILE,
        speakers=(HOSTILE,),
        attribution=HOSTILE,
        named=HOSTILE,
        speaker_matches=False,
    )
    for each in (result, replace(result, differences=())):
        html = render_quote(each)
        for live in ("<img", "<script", "<b>", 'href="javascript'):
            assert live not in html
        assert "&lt;script&gt;alert(1)" in html
    assert html.count("<mark>") == 0 and render_quote(result).count("<mark>") == 1

"""The page in a real browser, over an assistant that follows a script."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.common import free_port
from rag.errors import ModelError
from rag.ingest.ledger import FileVerdict
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.settings import Settings
from rag.web.handlers import articles
from rag.web.server import start
from rag.web.services.app_state import AppState
from tests.browser import shots
from tests.web.support import (
    EXAMPLES,
    FILLER,
    HOSTILE,
    ScriptedAssistant,
    Visit,
    serve,
    wait_until,
)

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def chat() -> Iterator[tuple[str, ScriptedAssistant]]:
    assistant = ScriptedAssistant()
    running = serve(assistant)
    yield running.url, assistant
    running.close()


@pytest.fixture
def visit(browser: Any, chat: tuple[str, ScriptedAssistant]) -> Iterator[Callable[..., Visit]]:
    visits: list[Visit] = []

    def open_page(url: str = "", **options: Any) -> Visit:
        visits.append(Visit(browser, url or chat[0], **options))
        return visits[-1]

    chat[1].go.clear()
    yield open_page
    for each in visits:
        each.page.context.close()
        assert each.errors == []
        assert each.hosts() == {"127.0.0.1"}


def test_the_page_shows_the_progress_of_the_start_up(
    visit: Callable[..., Visit], tmp_path: Path
) -> None:
    proceed, assistant = threading.Event(), ScriptedAssistant()

    def build(_: Settings, progress: Callable[[str, int, int], None]) -> None:
        progress("reading", 1, 5)
        time.sleep(0.01)  # progress at no pace has no remaining time
        progress("reading", 3, 5)
        proceed.wait(20)

    running = serve(assistant, build)
    try:
        here = visit(running.url, ready=False)
        here.wait("Reading the articles: 3 of 5, about 1 s left", "#status")
        assert here.page.is_disabled("#question textarea")
        proceed.set()
        here.page.wait_for_selector("#question textarea:enabled")
        assert "2 articles, 3 passages" in here.text("#status")
        here.page.wait_for_timeout(300)
        before = len(here.requests)
        here.page.wait_for_timeout(1_300)  # it would have ticked once a second
        assert len(here.requests) == before, "the clock still ticks"
    finally:
        running.close()


def test_ctrl_c_ends_the_start_up_cleanly() -> None:
    program = (
        "import sys, time; from rag.settings import Settings; from rag.web import server\n"
        "from rag.web.services import collections as c\n"
        "c.AppState = (lambda a: lambda s, **_: a(s, lambda *_: time.sleep(60)))(c.AppState)\n"
        "server.serve(Settings(), port=int(sys.argv[1]))"
    )
    command = [sys.executable, "-c", program, str(free_port())]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr and "Footnoted is open at http://127.0.0.1" in child.stderr.readline()
        child.send_signal(signal.SIGINT)
        assert child.wait(15) == 0
        assert child.stderr.read().strip() == "Closing."


def test_a_failed_start_up_shows_its_fault(visit: Callable[..., Visit]) -> None:
    def build(*_: object) -> None:
        raise ModelError("no model <i>x</i>: type `rag models pull`")

    running = serve(ScriptedAssistant(), build)
    try:
        here = visit(running.url, ready=False)
        here.wait("no model <i>x</i>: type `rag models pull`", "#status")
        assert here.page.is_disabled("#question textarea")
    finally:
        running.close()


def test_a_question_is_answered_and_a_citation_mark_leads_to_its_quote(
    visit: Callable[..., Visit], chat: tuple[str, ScriptedAssistant]
) -> None:
    here = visit()
    here.ask("When did the slowish bridge open?")
    here.wait("Reading these passages", "#sources")
    here.wait("Draft. It is checked")
    assert "Harbour Post · 6 May 2024 · harbour.example" in here.text("#sources")
    chat[1].go.set()
    here.wait("whole answer 1.6 s")
    assert "It opened on Monday.\N{NO-BREAK SPACE}[1] Ferries run until June." in here.text()
    assert "Draft" not in here.text()
    mark = here.page.locator("#chat a.cite").nth(1)
    assert mark.get_attribute("title") == "Ferries will run until June."
    card = here.page.locator("#c1-2 blockquote mark")
    assert card.inner_text() == "Ferries will run until June."
    link = here.page.locator("#sources .meta a").first
    assert (link.get_attribute("rel"), link.get_attribute("target")) == (
        "noopener noreferrer",
        "_blank",
    )


def test_an_answer_about_the_collection_leads_to_the_record_and_to_the_list(
    visit: Callable[..., Visit],
) -> None:
    here = visit()
    here.ask("Which outlets are in the collection?")
    here.wait("The articles come from 1 outlet")
    assert here.text("#c1-1 blockquote") == "Outlet: Harbour Post"
    here.page.locator("#chat a.cite").click()
    mark = here.page.locator("#article-viewer mark:focus")
    mark.wait_for()
    assert mark.inner_text() == "Harbour Post"
    assert here.page.locator("#article-viewer").evaluate("box => box.scrollTop") == 0
    here.page.keyboard.press("Escape")
    here.page.locator("#chat a.list").click()
    here.wait("Bridge opens after four years", "#article-list")


MARKUP = "#chat :is(b, i, img, script)"
OUTER_HTML = "all => all.map(each => each.outerHTML)"
IN_SIGHT = """mark => {
    const [inner, box] = [mark, mark.closest("#article-viewer")].map(
        each => each.getBoundingClientRect()
    );
    return inner.top >= box.top && inner.bottom <= Math.min(box.bottom, innerHeight);
}"""


def test_one_click_leads_from_a_claim_to_its_passage_in_the_article(
    visit: Callable[..., Visit], chat: tuple[str, ScriptedAssistant]
) -> None:
    chat[1].go.set()
    here = visit(viewport={"width": 1280, "height": 700})
    here.ask("What does the archive say?")
    here.wait("whole answer")
    places = "[scrollY, document.querySelector('#chat .bubble-wrap').scrollTop]"
    before = here.settle(places)
    here.page.evaluate(
        "addEventListener('click', () => { window.clicks = (window.clicks ?? 0) + 1 })"
    )
    here.page.locator("#chat a.cite").nth(1).click()
    mark, focused = (
        here.page.locator(f"#article-viewer {each}") for each in ("mark", "mark:focus")
    )
    focused.wait_for()
    assert mark.evaluate(IN_SIGHT) and here.page.evaluate("window.clicks") == 1
    assert mark.inner_text() == "Ferries will run until June."
    assert here.page.evaluate(places) == before
    text = here.text("#article-viewer")
    assert "Sixty years of the harbour\n\nHarbour Post · 1998" in text
    assert "In year 0 the" in text and "In year 299 the" in text
    assert here.page.locator("#sources").is_hidden()
    # the open article stays in its place while the next answer is written
    chat[1].go.clear()
    at = here.page.evaluate("document.querySelector('#article-viewer').scrollTop")
    here.ask("And the moon? archive")
    here.wait("The articles do not say.")
    assert here.page.evaluate("document.querySelector('#article-viewer').scrollTop") == at > 0
    # and back, and once more, with the keyboard alone
    mark.focus()
    here.page.keyboard.press("Escape")
    assert here.page.evaluate("document.activeElement.getAttribute('href')") == "#c1-2"
    assert (
        here.page.locator("#article-viewer").is_hidden()
        and here.page.locator("#sources").is_visible()
    )
    here.page.keyboard.press("Enter")
    focused.wait_for()
    assert mark.evaluate(IN_SIGHT)
    here.page.keyboard.press("Shift+Tab")
    assert here.page.evaluate("document.activeElement.textContent") == "Close"
    here.page.keyboard.press("Enter")
    assert here.page.evaluate("document.activeElement.getAttribute('href')") == "#c1-2"
    # a headline among the sources opens the article at its passage
    here.page.locator("#sources a.open").first.click()
    focused.wait_for()
    assert mark.inner_text() == FILLER[:83]


def test_earlier_citation_marks_work_and_history_stays_on_the_server(
    visit: Callable[..., Visit], chat: tuple[str, ScriptedAssistant]
) -> None:
    chat[1].go.set()
    here = visit()
    here.ask("first?")
    here.wait("whole answer")
    here.ask("And what about the moon?")
    here.wait("The articles do not say.")
    here.wait("None of these answers the question", "#sources")
    assert chat[1].questions[-1] == (
        "And what about the moon?",
        [("first?", "It opened on Monday. [1] Ferries run until June. [2]", ("bridge",))],
    )
    assert here.page.locator("#c1-1").is_hidden()
    here.page.locator("#chat a.cite").first.click()
    here.page.locator("#article-viewer mark").wait_for()
    assert (
        here.text("#article-viewer mark") == "The bridge opened on Monday after four years of work."
    )
    here.page.get_by_role("button", name="New conversation").click()
    here.wait("or begin with one of these")
    here.ask("afresh?")
    here.wait("whole answer")
    assert chat[1].questions[-1] == ("afresh?", [])


def test_an_abstention_offers_the_nearest_articles_and_other_questions(
    visit: Callable[..., Visit], chat: tuple[str, ScriptedAssistant]
) -> None:
    chat[1].go.set()
    here = visit()
    here.ask("And the moon? archive")
    here.wait("Read the nearest passages, or ask more precisely about what they say.")
    here.page.locator("#chat a.open").click()
    here.page.locator("#article-viewer mark:focus").wait_for()
    assert here.text("#article-viewer").startswith("Sixty years of the harbour")
    here.page.keyboard.press("Escape")
    assert here.page.evaluate("document.activeElement.getAttribute('href')") == "#p1-1"
    here.page.locator("#chat").get_by_role("button", name=EXAMPLES[1]).click()
    here.wait("whole answer")
    assert chat[1].questions[-1][0] == EXAMPLES[1]
    markup = here.page.eval_on_selector_all(MARKUP, OUTER_HTML)
    assert markup == []


def test_articles_are_searched_and_opened_beside_the_list(
    visit: Callable[..., Visit], chat: tuple[str, ScriptedAssistant]
) -> None:
    here = visit()
    here.page.get_by_role("tab", name="Articles").click()
    here.wait("3 articles", "#article-list")
    assert here.page.locator("#sources").is_hidden()
    here.wait("Choose an article to read it here.", "#choose-article")
    rows = here.page.locator("#article-list li button")
    assert rows.nth(0).inner_text() == (
        "Bridge opens after four years\n"
        "Harbour Post · 6 May 2024 · 2 passages · indexed 1 June 2024"
    )
    assert rows.count() == 3 and HOSTILE in rows.nth(2).inner_text()
    assert not here.page.query_selector("#article-list :is(img, script, iframe, em, b, i, code, a)")
    here.page.get_by_label("Words to find").fill("DREDGED post")
    here.page.keyboard.press("Enter")
    here.wait("1 article with “DREDGED post”", "#article-list")
    rows.first.focus()
    here.page.keyboard.press("Enter")
    here.page.locator("#article-viewer article:focus").wait_for()
    assert here.text("#article-viewer").startswith("Sixty years of the harbour")
    assert not here.page.query_selector("#article-viewer mark")
    assert rows.first.is_visible() and here.page.locator("#choose-article").is_hidden()
    here.page.keyboard.press("Escape")
    assert rows.first.evaluate("row => row === document.activeElement")
    here.page.get_by_label("Words to find").fill("<i>nowhere")
    here.page.get_by_role("button", name="Find").click()
    here.wait("No article contains “<i>nowhere”.", "#article-list")
    # the question is still there
    here.page.get_by_role("tab", name="Ask").click()
    chat[1].go.set()
    here.ask("When did it open?")
    here.wait("whole answer")


def test_the_list_of_articles_grows_by_pages_and_says_what_became_of_each_file(
    visit: Callable[..., Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(articles, "PAGE", 2)
    ledger = (
        FileVerdict("a<b>.pdf", "damaged", "it is encrypted"),
        FileVerdict("bridge.txt", "read", ""),
        FileVerdict("copy.txt", "same as", "bridge.txt"),
    )
    running = serve(ScriptedAssistant(), lambda *_: ledger)
    try:
        here = visit(running.url)
        here.page.get_by_role("tab", name="Articles").click()
        here.wait("3 articles, of which the newest 2 are shown", "#article-list")
        here.page.get_by_role("button", name="Show more").click()
        here.page.locator("#article-list li button").nth(2).wait_for()
        assert here.page.get_by_role("button", name="Show more").is_hidden()
        here.page.get_by_text("What became of each file: 1 read; 1 same as; 1 damaged").click()
        for line in ("a<b>.pdf it is encrypted", "bridge.txt", "copy.txt bridge.txt"):
            assert here.page.locator("#file-ledger li", has_text=line).first.is_visible()
    finally:
        running.close()


def test_filters_restrict_a_question_and_an_abstention_offers_to_drop_them(
    visit: Callable[..., Visit], chat: tuple[str, ScriptedAssistant]
) -> None:
    chat[1].go.set()
    here = visit()
    assert here.page.get_by_label("From").is_hidden()
    here.page.get_by_role("button", name="Only some dates or outlets").click()
    here.page.get_by_role("textbox", name="From").fill("last May")
    here.ask("When did it open?")
    wrong = "the start “last May” is not a date: write it as 2024-06-12, 2024-06 or 2024"
    here.wait(wrong, "#hint")
    here.page.get_by_role("textbox", name="From").fill("2024-05")
    here.page.get_by_role("textbox", name="Until").fill("2024-06")
    here.page.get_by_label("Outlets").click()
    assert HOSTILE in here.text("#filters")
    here.page.get_by_role("option", name="Harbour Post").click()
    here.page.get_by_role(
        "button", name="Only from 2024-05, until 2024-06, Harbour Post"
    ).wait_for()
    here.ask("When did it open?")
    here.wait("whole answer")
    here.ask("And then?")
    here.page.locator("#chat .fine", has_text="whole answer").nth(1).wait_for()
    assert chat[1].filters[-2:] == [SearchFilter("2024-05", "2024-06", ("Harbour Post",))] * 2
    assert here.text().count("Only from 2024-05, until 2024-06, Harbour Post") == 2
    here.page.get_by_role("textbox", name="From").fill("2025")
    here.page.get_by_role("textbox", name="Until").fill("")
    here.ask("Later?")
    here.wait("The articles do not say within the chosen dates and outlets.")
    here.page.get_by_role("button", name="Ask without the filters").click()
    here.page.locator("#chat .fine", has_text="whole answer").nth(2).wait_for()
    assert (chat[1].questions[-1][0], chat[1].filters[-1]) == ("Later?", NO_FILTER)
    assert here.text().count("Later?") == 2 and here.text().count("Only from 2025") == 1


def test_stop_ends_the_answer_and_the_model(
    visit: Callable[..., Visit], chat: tuple[str, ScriptedAssistant]
) -> None:
    chat[1].stream_cancelled.clear()
    here = visit()
    here.ask("a slow one")
    here.wait("very slowly")
    here.page.get_by_role("button", name="Stop").click()
    here.wait("Stopped. Nothing here was checked")
    assert chat[1].stream_cancelled.wait(3)
    here.page.get_by_role("button", name="Ask").wait_for()
    chat[1].go.set()
    here.ask("another")
    here.wait("whole answer")
    assert chat[1].questions[-1] == ("another", [])
    assert "Stopped. Nothing here was checked" in here.text()


def test_retry_asks_the_last_question_again_in_its_place(
    visit: Callable[..., Visit], chat: tuple[str, ScriptedAssistant]
) -> None:
    here = visit()
    here.ask("this is broken")
    here.wait("the model stopped: ask again")
    count = len(chat[1].questions)
    here.page.get_by_role("button", name="Retry").click()
    wait_until(lambda: len(chat[1].questions) > count)
    assert chat[1].questions[count:] == [("this is broken", [])]
    assert here.text().count("this is broken") == 1


def test_a_question_is_edited_and_asked_again(
    visit: Callable[..., Visit], chat: tuple[str, ScriptedAssistant]
) -> None:
    chat[1].go.set()
    here, before = visit(), len(chat[1].questions)
    here.ask("When did the bridge open?")
    here.wait("whole answer")
    here.page.get_by_role("link", name="Edit").focus()
    here.page.keyboard.press("Enter")
    box = here.page.locator("#question textarea")
    assert box.input_value() == "When did the bridge open?"
    assert box.evaluate("each => each === document.activeElement")
    box.press("End")
    box.press("Backspace")
    box.type(" to ships?")
    box.press("Enter")
    here.page.locator("#chat .user").get_by_text("open to ships?").wait_for()
    here.page.wait_for_function("document.querySelectorAll('#chat a.edit').length === 2")
    questions = [question for question, _ in chat[1].questions[before:]]
    assert questions == ["When did the bridge open?", "When did the bridge open to ships?"]


def test_a_hostile_question_is_edited_as_text(
    visit: Callable[..., Visit], chat: tuple[str, ScriptedAssistant]
) -> None:
    chat[1].go.set()
    here = visit()
    here.ask(HOSTILE)
    here.page.get_by_role("link", name="Edit").click()
    assert here.page.locator("#question textarea").input_value() == HOSTILE


def test_an_example_is_asked_with_a_click(
    visit: Callable[..., Visit], chat: tuple[str, ScriptedAssistant]
) -> None:
    chat[1].go.set()
    here = visit()
    here.wait(EXAMPLES[1])
    here.page.get_by_role("button", name=re.compile("How long will")).click()
    here.wait("whole answer")
    assert chat[1].questions[-1] == (EXAMPLES[1], [])


def test_empty_and_long_questions_get_a_hint(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.ask("  ?! ")
    here.wait("Type a question first.", "#hint")
    here.ask("word " * 2000)
    here.wait("The question has 9,999 characters: shorten it to 2,000.", "#hint")
    assert here.page.input_value("#question textarea").startswith("word word")


def test_hostile_text_is_inert(
    visit: Callable[..., Visit], chat: tuple[str, ScriptedAssistant]
) -> None:
    here = visit()
    here.ask(f"bad {HOSTILE}")
    here.wait("Draft. It is checked")
    chat[1].go.set()
    here.wait("whole answer")
    for place in ("#chat", "#sources"):
        assert HOSTILE in here.text(place)
        assert not here.page.query_selector(
            f"{place} :is(img, script, iframe, strong, em, b, i, code, h1, .katex)"
        )
    links = here.page.eval_on_selector_all(
        "#chat a, #sources a", "all => all.map(a => a.getAttribute('href'))"
    )
    original = "/original?article=bad"
    assert links == ["#question", "#c1-1", "#c1-1", original]  # Edit, a mark, its card
    here.page.locator("#chat a.cite").click()
    here.page.locator("#article-viewer mark").wait_for()
    assert HOSTILE in here.text("#article-viewer")
    assert not here.page.query_selector(
        "#article-viewer :is(img, script, iframe, strong, i, a:not(.original), h1)"
    )


def test_questions_wait_in_a_queue_and_too_many_are_rejected(
    visit: Callable[..., Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.web.services.app_state.QUEUE", 1)
    assistant = ScriptedAssistant()
    state = AppState(Settings(), lambda *_: None, lambda _: assistant)  # type: ignore[arg-type,return-value]
    running = start(state, port=free_port())
    try:
        first, second, third = (visit(running.url) for _ in range(3))
        first.ask("slow")
        first.wait("very slowly")
        second.ask("second")
        second.wait("Another question is being answered. Yours comes next…")
        wait_until(lambda: len(state.queue) == 2)
        third.ask("third")
        third.wait("Too many questions are waiting: ask again in a minute.", "#hint")
        assert third.page.input_value("#question textarea") == "third"
        assistant.go.set()
        second.wait("whole answer")
        assert [question for question, _ in assistant.questions] == ["slow", "second"]
    finally:
        running.close()


def test_leaving_the_page_stops_the_model(
    browser: Any, chat: tuple[str, ScriptedAssistant]
) -> None:
    chat[1].go.clear()
    chat[1].stream_cancelled.clear()
    here = Visit(browser, chat[0])
    here.ask("a slow one")
    here.wait("very slowly")
    here.page.context.close()
    assert chat[1].stream_cancelled.wait(8)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_the_columns_stack(
    visit: Callable[..., Visit], chat: tuple[str, ScriptedAssistant], theme: str
) -> None:
    chat[1].go.set()
    here = visit(viewport={"width": 390, "height": 844}, color_scheme=theme)
    here.ask("When did the bridge open?")
    here.wait("whole answer")
    conversation, panel = (here.page.locator(each).bounding_box() for each in ("#chat", "#sources"))
    assert conversation and panel
    assert panel["y"] > conversation["y"] + conversation["height"]
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 390
    here.page.locator("#chat a.cite").first.click()
    here.page.locator("#article-viewer mark").wait_for()
    box = here.page.locator("#article-viewer").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    here.page.screenshot(path=shots() / f"phone-{theme}-article.png")
    here.page.get_by_role("button", name="Close").click()
    assert here.page.evaluate("document.activeElement.getAttribute('href')") == "#c1-1"
    here.page.screenshot(path=shots() / f"phone-{theme}.png", full_page=True)
    assert (shots() / f"phone-{theme}.png").stat().st_size > 10_000

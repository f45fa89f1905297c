"""The Check tab in a real browser: quotations, drafts and timelines over a small archive."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import pytest

from rag.newsroom.drafts.result import CheckedSentence, CheckResult, Difference
from rag.newsroom.timelines.values import FigureChange, Timeline, TimelineEntry
from rag.types import Article, Citation, Note, QuoteDifference, QuoteResult
from rag.web.services.app_state import AppState
from rag.web.views.newsroom.draft import render_draft
from rag.web.views.newsroom.quote import render_quote
from rag.web.views.newsroom.timeline import render_timeline
from rag.web.views.newsroom.timeline_plot import plot_timeline
from tests.browser import shots
from tests.web.newsroom import archive_page
from tests.web.support import HOSTILE, Visit, wait_until
from tests.web.test_accessibility import findings

DRAFT = (
    "The county listed the great crane of Skarvik. The slipway was built in 1918. "
    f"The gulls ate {HOSTILE}"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, AppState]]:
    with archive_page(tmp_path_factory.mktemp("archive")) as page:
        yield page


@pytest.fixture
def here(browser: Any, served: tuple[str, AppState]) -> Iterator[Visit]:
    """A visitor who has opened the tab; what the visit shows must be safe and local."""
    visit = Visit(browser, served[0])
    visit.page.get_by_role("tab", name="Check").click()
    yield visit
    assert visit.page.locator(".newsroom-result :is(img, script, b, i)").count() == 0
    assert visit.errors == []
    assert visit.hosts() == {"127.0.0.1"}
    visit.page.context.close()


def open_tool(here: Visit, name: str) -> None:
    here.page.get_by_role("tab", name=name).click()


def set_filter(here: Visit, outlet: str) -> None:
    here.page.locator("#newsroom-filters > button").click()
    here.page.get_by_label("Outlets").click()
    here.page.get_by_role("option", name=outlet).click()
    here.page.keyboard.press("Escape")
    here.page.get_by_role("button", name=f"Only {outlet}").wait_for()


def look_up(here: Visit, text: str, speaker: str = "") -> Any:
    here.page.get_by_label("Quotation", exact=True).fill(text)
    here.page.get_by_label("Said by").fill(speaker)
    here.page.get_by_role("button", name="Check", exact=True).click()
    return here.page.get_by_label("Where the quotation stands")


@pytest.mark.real
def test_a_quotation_is_looked_up_and_its_article_opens_at_it(here: Visit) -> None:
    page = here.page
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


@pytest.mark.real
def test_one_filter_holds_for_each_tool(here: Visit) -> None:
    set_filter(here, "Marsh Courier")
    result = look_up(here, "I will not sell the great crane")
    result.get_by_role("button", name="Welders lose their work at Skarvik").wait_for()
    assert result.get_by_role("article").count() == 1
    for name in ("Articles", "Check"):  # it is still there when the tab is opened again
        here.page.get_by_role("tab", name=name).click()
    here.page.get_by_role("button", name="Only Marsh Courier").wait_for()
    open_tool(here, "Timeline")
    here.page.get_by_label("Topic").fill("Lomvik swing bridge")
    here.page.keyboard.press("Enter")
    here.wait("800 people", inside="#timeline-result table")
    assert "Kestrel Wire" not in here.text("#timeline-result")


@pytest.mark.real
def test_a_draft_stands_beside_what_it_cites(here: Visit) -> None:
    page = here.page
    open_tool(here, "Draft")
    page.get_by_label("Text to be checked").fill(DRAFT)
    page.get_by_role("button", name="Check the text").click()
    here.wait("3 sentences:", inside="#draft-result")
    rows = page.locator("#draft-result ol.sentences > li")
    assert rows.count() == 3
    first, second = rows.nth(0), rows.nth(1)
    assert "1. Supported" in first.inner_text()
    assert first.locator("blockquote").inner_text() == (
        "The county listed the great crane of Skarvik on Monday."
    )
    second.get_by_text("“1918”; the article has “1908”").wait_for()
    assert second.locator("mark").inner_text() == "1918"
    boxes = [second.locator(each).bounding_box() for each in (".given", ".cited")]
    assert boxes[0] and boxes[1] and boxes[1]["x"] >= boxes[0]["x"] + boxes[0]["width"]
    assert findings(page) == []
    page.screenshot(path=shots() / "draft.png", full_page=True)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a page").click()
    saved = Path(download.value.path()).read_text(encoding="utf-8")
    assert download.value.suggested_filename == "checked-text.html"
    assert "The slipway was built in" in saved and "<script>alert" not in saved
    second.locator("button[data-article]").click()
    page.locator("#article-viewer mark:focus").wait_for()
    assert "built in 1908" in page.locator("#article-viewer mark").inner_text()


def word_file(*paragraphs: str) -> bytes:
    document, file = docx.Document(), io.BytesIO()
    for each in paragraphs:
        document.add_paragraph(each)
    document.save(file)
    return file.getvalue()


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "data", "text", "says"),
    [
        ("a.txt", b"The gulls were fed. <b>", "The gulls were fed. <b>", ""),
        ("b.md", b"# Head\n\nThe **gulls** were fed.", "The gulls were fed.", ""),
        ("c.docx", word_file("One.", "The gulls were fed."), "One.\nThe gulls were fed.", ""),
        ("d.xlsx", b"PK", "", "give a txt, md or docx file"),
        ("e.docx", b"no word file", "", "save it anew"),
        ("f.txt", b"x" * 2_000_001, "", "is over 2,000,000 bytes"),
    ],
)
def test_the_text_of_a_file_goes_into_the_box(
    here: Visit, name: str, data: bytes, text: str, says: str
) -> None:
    page = here.page
    open_tool(here, "Draft")
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    page.locator("#draft-file input").set_input_files(file)  # type: ignore[arg-type]
    box = page.get_by_label("Text to be checked")
    if says:
        here.wait(says, inside="#draft-result")
        assert box.input_value() == ""
    else:
        page.wait_for_function(
            "text => [...document.querySelectorAll('textarea')].some(e => e.value === text)",
            arg=text,
        )
        assert box.input_value() == text


@pytest.mark.real
def test_a_check_waits_its_turn_and_can_be_stopped(
    here: Visit, served: tuple[str, AppState]
) -> None:
    page, queue = here.page, served[1].queue
    open_tool(here, "Draft")
    page.get_by_label("Text to be checked").fill("The slipway was built in 1908.")
    with queue.acquire():
        page.get_by_role("button", name="Check the text").click()
        here.wait("Your text comes next", inside="#draft-result")
        page.get_by_role("button", name="Stop").last.click()
        page.get_by_role("button", name="Check the text").wait_for()
        assert len(queue) == 1
    page.get_by_role("button", name="Check the text").click()
    here.wait("1 sentence: 1 supported", inside="#draft-result")
    page.get_by_label("Text to be checked").fill(" ")
    page.get_by_role("button", name="Check the text").click()
    here.wait("the text is empty", inside="#draft-result")


@pytest.mark.real
def test_a_timeline_has_a_table_and_a_plot_with_conflicts_joined(here: Visit) -> None:
    page = here.page
    open_tool(here, "Timeline")
    page.get_by_label("Topic").fill("Lomvik swing bridge")
    page.get_by_role("button", name="Show", exact=True).click()
    here.wait("1 conflict", inside="#timeline-result")
    rows = page.locator("#timeline-result tbody tr")
    dates = rows.locator("time").all_inner_texts()
    assert dates[0] == "4 May 2021" and dates[-1] == "10 June 2023"
    assert page.locator("#timeline-result circle").count() == rows.count()
    assert page.locator("#timeline-result path.conflict").count() == 1
    assert rows.get_by_text("In conflict with no.").count() == 2
    plot, last = (page.locator(f"#timeline-result {each}").last for each in (".plot", "circle"))
    edge, mark = plot.bounding_box(), last.bounding_box()  # nothing is cut off
    assert edge and mark and mark["x"] + mark["width"] <= edge["x"] + edge["width"]
    here.wait("14 million crowns", inside="#timeline-result .differences")
    assert findings(page) == []
    page.screenshot(path=shots() / "timeline.png", full_page=True)
    rows.first.get_by_role("button").first.click()
    page.locator("#article-viewer mark:focus").wait_for()
    assert page.locator("#article-viewer h2").inner_text() == "Town votes for a swing bridge"


@pytest.mark.real
def test_leaving_the_page_gives_back_the_place_of_a_timeline_that_waits(
    browser: Any, served: tuple[str, AppState]
) -> None:
    visit, queue = Visit(browser, served[0]), served[1].queue
    visit.page.get_by_role("tab", name="Check").click()
    open_tool(visit, "Timeline")
    visit.page.get_by_label("Topic").fill("Lomvik swing bridge")
    with queue.acquire():
        visit.page.keyboard.press("Enter")
        wait_until(lambda: len(queue) == 2)
        visit.page.context.close()
        wait_until(lambda: len(queue) == 1)


@pytest.mark.real
def test_on_a_phone_every_tool_fits(browser: Any, served: tuple[str, AppState]) -> None:
    here = Visit(browser, served[0], viewport={"width": 390, "height": 844})
    page = here.page
    names = ("Ask", "Check", "Articles", "Conversations", "Evaluate")
    for name in names:  # none is folded away
        page.get_by_role("tab", name=name).wait_for()
    page.get_by_role("tab", name="Check").click()
    open_tool(here, "Timeline")
    page.get_by_label("Topic").fill("Lomvik swing bridge")
    page.keyboard.press("Enter")
    here.wait("1 conflict", inside="#timeline-result")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.screenshot(path=shots() / "phone-timeline.png", full_page=True)
    open_tool(here, "Draft")
    page.get_by_label("Text to be checked").fill(DRAFT)
    page.get_by_role("button", name="Check the text").click()
    here.wait("3 sentences:", inside="#draft-result")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert findings(page) == []
    page.screenshot(path=shots() / "phone-draft.png", full_page=True)
    page.context.close()


HOSTILE_CITATION = Citation(
    1, '"><b>', HOSTILE, HOSTILE, None, "javascript:alert(1)", HOSTILE, 0, 9
)
LIVE = ("<img", "<script", "<b>", 'href="javascript')


def test_all_that_articles_and_people_write_is_escaped_in_a_quotation() -> None:
    result = QuoteResult(
        f"{HOSTILE} x",
        "altered",
        (HOSTILE_CITATION,),
        (QuoteDifference("words", HOSTILE[:7], HOSTILE, 0, 7),),
        speaker=HOSTILE,
        speakers=(HOSTILE,),
        attribution=HOSTILE,
        named=HOSTILE,
        speaker_matches=False,
    )
    for each in (result, replace(result, differences=())):
        html = render_quote(each)
        assert not [live for live in LIVE if live in html]
        assert "&lt;script&gt;alert(1)" in html
    assert html.count("<mark>") == 0 and render_quote(result).count("<mark>") == 1


def test_all_that_articles_and_people_write_is_escaped_in_a_draft() -> None:
    sentence = CheckedSentence(
        HOSTILE,
        2,
        2 + len(HOSTILE),
        "contradicted",
        0.5,
        ((2, 9),),
        (HOSTILE_CITATION,),
        (Difference("words", HOSTILE, HOSTILE, 2, 9),),
    )
    text = f"> {HOSTILE} {HOSTILE}"
    result = CheckResult(text, (sentence,), {'"><b>': Article('"><b>', HOSTILE, HOSTILE)})
    for state in ("running", "stopped", "done"):
        html = render_draft(result, state)  # type: ignore[arg-type]
        assert not [live for live in LIVE if live in html]
        assert html.count("<mark>") == 1
    assert ("<progress" in render_draft(result, "running")) and "<progress" not in html


def entry(date: str, text: str = "It was built.", number: int = 1) -> TimelineEntry:
    precision = {4: "year", 7: "month"}.get(len(date), "day")
    citation = replace(HOSTILE_CITATION, number=number)
    return TimelineEntry(date, precision, text, (citation,), "text", HOSTILE, HOSTILE)  # type: ignore[arg-type]


def test_all_that_articles_and_people_write_is_escaped_in_a_timeline() -> None:
    timeline = Timeline(
        HOSTILE,
        (entry("2020", HOSTILE), entry("2021-03-04", HOSTILE)),
        ((0, 1),),
        (FigureChange((0, 1), (HOSTILE, HOSTILE)),),
        notes=(Note("incomplete", HOSTILE),),
    )
    html = render_timeline(timeline)
    assert not [live for live in LIVE if live in html]
    assert html.count("In conflict with no. 2") == 1 == html.count("In conflict with no. 1")
    assert "No article has a dated statement" in render_timeline(Timeline("fish"))


@pytest.mark.parametrize(
    "dates",
    [
        ["2021-03-04"],
        ["2021-03-04"] * 40,
        ["1066", "2021-03-04"],
        ["2020", "2020-02", "2020-02-03", "2020-11"],
        [f"2019-{month:02}-{day:02}" for month in range(1, 13) for day in (1, 9, 17, 25)],
    ],
)
def test_no_two_marks_of_a_plot_lie_upon_each_other(dates: list[str]) -> None:
    plot = plot_timeline(Timeline("x", tuple(map(entry, dates)), ((0, len(dates) - 1),)))
    for n, one in enumerate(plot.marks):
        assert one.x - plot.radius >= 0 and one.x + one.width + plot.radius <= plot.width
        assert one.y - plot.radius >= 0 and one.y + plot.radius <= plot.axis
        for other in plot.marks[n + 1 :]:
            apart = 2 * plot.radius
            beside = one.x + one.width + apart <= other.x or other.x + other.width + apart <= one.x
            assert beside or abs(one.y - other.y) >= apart
    ordered = sorted(plot.marks, key=lambda each: dates[each.number - 1])
    assert [each.x for each in ordered] == sorted(each.x for each in ordered)
    assert 2 <= len(plot.ticks) <= 12
    assert [each.x for each in plot.ticks] == sorted(each.x for each in plot.ticks)

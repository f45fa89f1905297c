"""Quotes found again in the saved page of their article: by annotations and by links.

The page is read as articles are; Apache Annotator and a real browser then look for each quote.
"""

from __future__ import annotations

import html
import json
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest

from rag.export import export_answers
from rag.grounding.citations import make_citation
from rag.ingest.parsers import parse_documents
from rag.text.sentences import sentence_spans
from rag.types import Answer, Sentence
from tests.annotator import INSTALL_HINT, find_bundle

pytestmark = pytest.mark.real

HEADLINE = "Ferry sinks off Orrin"
REPEATED = "Nobody was hurt."
PARAGRAPHS = (
    f"The ferry Maren, built in 1974, sank off Orrin – at 6.15 a.m. {REPEATED} It was cold.",
    "“Fares rose by 5 % & more,” said Ana-Lucía O’Brien; “that’s {odd} \\ strange, no?” she asked.",
    f"A bridge fell in June. {REPEATED} The mayor, Lena Holt, promised a new one <soon>.",
    "הנמל נסגר ביום שני. האונייה שקעה ליד החוף.",
    "港口於週一關閉。渡輪在岸邊沉沒。𝕏 emoji 🚢 come before this.",
    f"In Tarn a barn burned down, and the barn was new. {REPEATED} "
    + "Long words follow here, " * 20
    + "and then it ends.",
    f"{REPEATED} Ships waited outside.",
    "Ships waited outside.",
    REPEATED,
    "FERRY SINKS: café and cafe are one for a browser. Cafe and café are one for a browser.",
)


SCOPE = "document.getElementById('text')"
MATCHES = f"""async (selector) => {{
  const quote = selector.type === "TextQuoteSelector";
  const make = quote ? "createTextQuoteSelectorMatcher" : "createTextPositionSelectorMatcher";
  const matches = [];
  for await (const range of annotator[make](selector)({SCOPE})) {{
    const before = document.createRange();
    before.setStart({SCOPE}, 0);
    before.setEnd(range.startContainer, range.startOffset);
    matches.push([[...before.toString()].length, range.toString()]);
  }}
  return matches;
}}"""
VISIBLE = f"""async ([start, end]) => {{
  const selector = {{type: "TextPositionSelector", start, end}};
  for await (const range of annotator.createTextPositionSelectorMatcher(selector)({SCOPE}))
    return [...range.getClientRects()].some(
      (box) => box.width && box.top < innerHeight && box.bottom > 0);
}}"""


@pytest.fixture(scope="module")
def article(tmp_path_factory):
    """The article of a saved page, as it is parsed; its address leads to that page."""
    folder = tmp_path_factory.mktemp("saved")
    body = "\n".join(f"<p>{html.escape(each, quote=False)}</p>" for each in PARAGRAPHS)
    style = "body { width: 500px } p, h1 { font-size: 40px; margin: 1500px 0 }"
    page = (
        f"<!DOCTYPE html><html lang=en><head><meta charset='utf-8'><title>{HEADLINE}</title>"
        f"<style>{style}</style></head><body><main><h1>{HEADLINE}</h1>"
        f"<article id=text>{body}</article></main></body></html>"
    )
    (folder / "page.html").write_text(page, encoding="utf-8")
    handler = partial(QuietHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (parsed,) = parse_documents("html", "page", page.encode())
    yield replace(parsed, url=f"http://127.0.0.1:{server.server_port}/page.html")
    server.shutdown()
    server.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def bundle():
    path = find_bundle()
    if path is None:
        pytest.skip(INSTALL_HINT)
    return path


@pytest.fixture(scope="module")
def answer(article):
    """It cites every sentence of the article, and every two, within and across paragraphs."""
    spans = sentence_spans(article.text)
    spans += [(first[0], second[1]) for first, second in pairwise(spans)]
    citations = [
        make_citation(n, article, start, start + len(article.text[start:end].rstrip()))
        for n, (start, end) in enumerate(spans, 1)
    ]
    text = " ".join(f"It is so. [{each.number}]" for each in citations)
    sentences = tuple(Sentence("It is so.", (each.number,), True) for each in citations)
    return Answer("Why?", "Why?", text, False, None, sentences, tuple(citations))


def test_the_page_is_read_as_it_stands(article):
    assert article.text == "\n".join(PARAGRAPHS)
    assert article.title == HEADLINE


def test_apache_annotator_finds_each_quote_once_and_where_it_stands(
    browser, bundle, article, answer
):
    items = json.loads(export_answers(answer, "w3c"))["first"]["items"]
    page = browser.new_page()
    page.goto(article.url)
    page.add_script_tag(path=str(bundle))
    assert len(items) == len(answer.citations) > 30
    for item, citation in zip(items, answer.citations, strict=True):
        assert item["target"]["source"] == article.url
        for selector in item["target"]["selector"]:
            expected = [[citation.start, citation.quote]]
            assert page.evaluate(MATCHES, selector) == expected, selector
    page.close()


def test_a_browser_scrolls_to_each_quote(browser, bundle, article, answer):
    for citation in answer.citations:
        assert ":~:text=" in citation.fragment
        page = browser.new_page(viewport={"width": 800, "height": 600})
        page.goto(citation.fragment)
        page.add_script_tag(path=str(bundle))
        page.wait_for_function("scrollY > 0", timeout=5_000)
        assert page.evaluate(VISIBLE, [citation.start, citation.end]), citation.fragment
        page.close()


def test_the_page_is_higher_than_what_is_seen_of_it(browser, bundle, article, answer):
    """Without its fragment a link shows no quote: the test above could fail."""
    page = browser.new_page(viewport={"width": 800, "height": 600})
    page.goto(article.url)
    page.add_script_tag(path=str(bundle))
    for citation in answer.citations:
        assert not page.evaluate(VISIBLE, [citation.start, citation.end])
    page.close()

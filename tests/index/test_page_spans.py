"""The pages of an article as they are in its text."""

from __future__ import annotations

from rag.index.companions.originals import PageSpan, page_spans
from rag.types import Article


def test_a_page_to_which_the_text_comes_back_stands_twice():
    text = "First part. On the next page. Back again."
    article = Article(id="a", title="A", text=text, details={"places": "0 2, 12 3, 30 2"})
    assert page_spans(article) == (PageSpan(2, 0, 12), PageSpan(3, 12, 30), PageSpan(2, 30, 41))


def test_what_is_no_number_of_a_page_is_none():
    times = Article(id="a", title="A", text="Said.", details={"places": "0 00:00:01"})
    assert page_spans(times) == ()
    raised = Article(id="a", title="A", text="Said.", details={"places": "0 ²"})
    assert page_spans(raised) == ()

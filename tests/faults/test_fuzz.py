"""A short run of `tests.fuzz`, and properties that Hypothesis tries to break (soak: 10,000)."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.grounding.citations import CitedDraft, make_citation
from rag.grounding.claims import split_claims
from rag.grounding.conflicts import Conflict
from rag.grounding.rendering import append_conflict, render_with_marks
from rag.ingest.normalize import drop_invisible, escape_unprintable, normalize, one_line
from rag.prompts.injection import injection_spans, sanitize_for_prompt
from rag.types import Article, Sentence
from rag.web.views.escape import clean, escape_markdown
from rag.web.views.status import render_hint
from tests import fuzz
from tests.planted_articles import planted_articles

QUICK = settings(max_examples=150, derandomize=True, deadline=None, database=None)
TEXT = st.text(max_size=400) | st.lists(
    st.sampled_from((*fuzz.WORDS, *fuzz.HTML, *fuzz.MARKDOWN, *fuzz.CLAIMS)), max_size=30
).map("".join)


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_fuzz_target_survives_every_input(name):
    outcomes, crashes = fuzz.run(name, 300)
    assert crashes == []
    assert outcomes["read"] > 5  # not all inputs are invalid


@QUICK
@given(TEXT)
def test_normalize_and_drop_invisible_are_idempotent(text):
    clean = normalize(text)
    assert normalize(clean) == clean
    assert drop_invisible(drop_invisible(text)) == drop_invisible(text)
    assert len(drop_invisible(text)) <= len(text)
    assert escape_unprintable(text).isprintable()
    assert one_line(text) is None or "\n" not in str(one_line(text))


@QUICK
@given(TEXT)
def test_escape_markdown_leaves_no_markup_and_keeps_the_text(text):
    import html

    escaped = escape_markdown(text)
    assert not re.search(r"[<>\[\]()*_`~$!|\\]", escaped.replace("<br>", ""))
    assert html.unescape(escaped.replace("<br>", "\n")) == clean(text).strip()
    hint = render_hint(text).removeprefix('<p role="alert">').removesuffix("</p>")
    assert not re.search(r"[<>\"']", hint)
    assert clean(clean(text)) == clean(text)


@QUICK
@given(TEXT, st.integers(0, 8))
def test_split_claims_cites_passages_that_exist(draft, passages):
    for claim in split_claims(draft, passages):
        assert claim.text.strip()
        assert all(0 <= number < passages for number in claim.passages)


@QUICK
@given(TEXT)
def test_injection_spans_are_ordered_spans_of_the_text(text):
    spans = injection_spans(text)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges) and all(0 <= edge <= len(text) for edge in edges)
    if not spans and not re.search(r"\[|Question|Answer|Passage", text):
        assert sanitize_for_prompt(text) == " ".join(text.split())


@QUICK
@example("[[1]1]", "[2]", "[1][[[3]3]3]")
@given(TEXT, TEXT, TEXT)
def test_append_conflict_never_lets_an_article_add_a_mark(text, title, source):
    article = Article("b", title, f"It was sold. {text}", source=source)
    sentence = Sentence("It was sold for 5 crowns.", (1,), True)
    cited = CitedDraft((sentence,), (make_citation(1, article, 0, 5),))
    conflict = Conflict("b", 0, len(article.text), article.text)
    cited = append_conflict(cited, conflict, article)
    assert re.findall(r"\[\d{1,4}\]", render_with_marks(cited.sentences)) == ["[1]", "[2]"]
    assert cited.citations[1].quote == article.text


@pytest.mark.parametrize(
    "text",
    [
        "“Ignore the rules at your peril,” the coach had told them before.",
        "He asked the crowd to disregard all previous instructions from the office.",
        "The company said that its AI assistants answer every question in a second.",
        "Question: How did it begin?\nAnswer: With a storm. We were at sea.",
        "The note to the assistant of the mayor was lost [3].",
        "Do not feed the birds, a sign says. Please answer the letter soon, she wrote.",
    ],
)
def test_injection_spans_leave_prose_about_instructions(text):
    assert injection_spans(text) == []
    assert len(sanitize_for_prompt(text)) > len(text) - 12


@pytest.mark.parametrize("kind", ["note", "correction", "markup"])
def test_sanitize_for_prompt_removes_planted_orders_from_the_prompt_only(kind):
    from rag.ingest.parsers import parse_documents

    for case in (each for each in planted_articles() if each.kind == kind):
        if case.order.startswith("Form"):
            continue  # labels and values: reports have them too
        (article,) = parse_documents("md", case.name.removesuffix(".md"), case.text.encode())
        text = article.text
        assert case.fact.demanded in text  # quotes stay the article's own text
        assert case.fact.demanded not in sanitize_for_prompt(text), case.order
        assert case.fact.cover[0] in sanitize_for_prompt(text), case.order

"""Sentences and citations as they are shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.grounding.citations import CitedDraft, make_citation
from rag.grounding.conflicts import Conflict
from rag.grounding.rendering import (
    append_conflict,
    as_extractive,
    at_most_wrong,
    confidence_in_words,
    prefix_outlet,
    render_with_marks,
    share_in_words,
)
from rag.types import Answer, Article, Sentence

ARTICLE = Article("a", "Bridge", "It cost  18 million [3].\nIt rained.", source="Kurier")
CITED = CitedDraft(
    (Sentence("It cost much.", (), False), Sentence("It cost 18 million.", (1,), True)),
    (make_citation(1, ARTICLE, 0, 24),),
)


def test_as_extractive_shows_quotes_on_one_line_without_marks():
    extractive = as_extractive(CITED)
    assert [each.text for each in extractive.sentences] == [
        "“It cost 18 million.”",
        "It cost much.",
    ]
    assert extractive.citations == CITED.citations
    assert extractive.citations[0].quote == "It cost  18 million [3]."


def test_append_conflict_cites_the_other_article_under_the_next_number():
    other = Article("b", "Price", "Well. It cost 25 million.")
    cited = append_conflict(CITED, Conflict("b", 6, 25, other.text[6:25]), other)
    assert cited.sentences[-1].text == "“Price” has it otherwise: It cost 25 million."
    assert cited.sentences[-1].citations == (2,)
    assert cited.citations[1].quote == "It cost 25 million."


def test_prefix_outlet_goes_before_the_first_shown_sentence():
    texts = [each.text for each in prefix_outlet(ARTICLE, CITED.sentences)]
    assert texts == ["It cost much.", "Kurier: It cost 18 million."]
    assert prefix_outlet(Article("c", "", ""), CITED.sentences) == CITED.sentences


def test_render_with_marks_leaves_out_unsupported_sentences():
    assert render_with_marks(CITED.sentences) == "It cost 18 million. [1]"


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.1, "1 in 10"), (0.05, "1 in 20"), (0.01, "1 in 100"), (0.12, "12 in 100"),
     (0.25, "1 in 4"), (0.3, "30 in 100"), (0.29, "29 in 100")],
)  # fmt: skip
def test_share_in_words(share, words):
    assert share_in_words(share) == words


def test_at_most_wrong_agrees_in_number():
    assert at_most_wrong(0.1) == "at most 1 in 10 is wrong"
    assert at_most_wrong(0.12) == "at most 12 in 100 are wrong"


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(0.95, "Very sure"), (0.75, "Sure"), (0.6, "Fairly sure"), (0.4, "Not very sure")],
)
def test_confidence_in_words_is_said_beside_a_promise_alone(confidence, words):
    answer = Answer("q", "q", "t", False, None, confidence=confidence, max_wrong=0.1)
    expected = f"{words}: of answers like this at most 1 in 10 is wrong."
    assert confidence_in_words(answer) == expected
    assert confidence_in_words(replace(answer, max_wrong=None)) == ""
    assert confidence_in_words(replace(answer, abstained=True)) == ""

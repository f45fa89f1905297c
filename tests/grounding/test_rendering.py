"""Sentences and citations as they are shown."""

from __future__ import annotations

from dataclasses import replace

from rag.grounding.citations import CitedDraft, make_citation
from rag.grounding.conflicts import Conflict
from rag.grounding.rendering import (
    append_conflict,
    as_extractive,
    is_other_account,
    is_quotation,
    prefix_outlet,
    render_with_marks,
)
from rag.types import Article, Sentence

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


def test_a_quotation_is_known_from_its_text_also_behind_a_date_or_an_outlet():
    quotes = [ARTICLE.text[0:24]]
    (quotation, worded) = as_extractive(CITED).sentences
    assert is_quotation(quotation, quotes)
    assert is_quotation(replace(quotation, text=f"2 May 2024: {quotation.text}"), quotes)
    assert not is_quotation(worded, quotes)
    assert not is_quotation(quotation, ["It rained."])


def test_an_account_that_differs_is_known_from_its_text():
    other = Article("b", "Price", "Well. It cost [3]  25 million.")
    cited = append_conflict(CITED, Conflict("b", 6, 30, other.text[6:30]), other)
    quotes = [each.quote for each in cited.citations]
    assert [is_other_account(each, quotes) for each in cited.sentences] == [False, False, True]

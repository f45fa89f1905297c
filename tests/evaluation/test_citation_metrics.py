"""Whether quotes support sentences; citation recall and precision."""

from __future__ import annotations

from dataclasses import replace

from rag.evaluation.citation_metrics import (
    CitedSentence,
    citation_precision,
    citation_recall,
    cited_sentences,
    is_supported,
    unsupported_facts,
)
from rag.types import Sentence
from tests.evaluation.examples import answer_of, cite


def test_unsupported_facts_names_what_is_missing():
    sentence = "Mayor Holt paid 18 million in Tarn."
    assert unsupported_facts(sentence, ["The mayor paid 25 million."]) == (
        "18 million",
        "Holt",
        "Tarn",
    )
    assert (
        unsupported_facts(sentence, ["The mayor paid 18 million."], "Lena Holt, The Tarn Post")
        == ()
    )


def test_is_supported_requires_half_of_the_new_stems():
    quote = ["The bridge cost 18 million crowns, mayor Lena Holt said."]
    assert is_supported("The bridge cost 18 million crowns.", quote)
    assert not is_supported("The bridge cost 19 million crowns.", quote)
    assert not is_supported("The tunnel swallowed 18 million taxes yearly.", quote)
    # of the stems that the question lacks (swallow, tax) none is in the quote
    assert not is_supported(
        "The bridge swallowed taxes.", quote, question="What about the bridge and the crowns?"
    )
    assert is_supported("The bridge.", quote, question="What bridge?")  # nothing new: all its words
    assert not is_supported("The bridge.", ["Rain fell."], question="What bridge?")
    assert not is_supported("The bridge cost 18 million crowns.", [])
    assert is_supported('Holt said it "cost 18 million crowns".', quote)
    assert not is_supported('Holt said it "cost only 18 million crowns".', quote)


def cited_sentence(text, *quotes):
    return CitedSentence(text, quotes, ("",) * len(quotes))


def test_citation_recall_and_precision_as_in_alce():
    both = "The bridge cost 18 million crowns and the ferry sank in May."
    bridge, ferry, other = "The bridge cost 18 million crowns.", "The ferry sank in May.", "Rain."
    assert citation_recall(cited_sentence(both, bridge, ferry), "") is True
    assert citation_precision(cited_sentence(both, bridge, ferry), "") == [
        True,
        True,
    ]  # each is needed
    assert citation_precision(cited_sentence(both, bridge, ferry, other), "") == [True, True, False]
    assert citation_precision(cited_sentence(bridge, bridge, bridge), "") == [
        True,
        True,
    ]  # each supports it alone
    assert citation_precision(cited_sentence(bridge, bridge, other), "") == [True, False]
    assert citation_recall(cited_sentence(both, bridge, other), "") is False
    assert citation_precision(cited_sentence(both, bridge, other), "") == [False, False]
    assert citation_recall(cited_sentence(bridge), "") is False  # cites nothing
    assert citation_precision(cited_sentence(bridge), "") == []


def test_cited_sentences_have_their_quotes_and_records():
    answer = answer_of(
        citations=(cite(2, "q", article="x", title="T", published="2024"),),
        sentences=(Sentence("A.", (2,), supported=True), Sentence("B.", (), supported=False)),
    )
    assert cited_sentences(answer, {"x": "Ann"}) == [CitedSentence("A.", ("q",), ("T, 2024, Ann",))]
    assert cited_sentences(replace(answer, abstained=True)) == []


def test_sentences_that_cite_records_are_left_out():
    of_record = replace(cite(1, "Ada Ek"), start=None, end=None, field="author")
    answer = answer_of(
        citations=(of_record, cite(2, "q", title="T", published="2024")),
        sentences=(Sentence("2 articles.", (1,), supported=True), Sentence("A.", (2,), True)),
    )
    assert [each.text for each in cited_sentences(answer)] == ["A."]

"""How sure an answer is, what it rests on and what is promised, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.grounding.calibration import RiskThreshold
from rag.grounding.citations import CitedDraft, make_citation
from rag.grounding.confidence_text import (
    at_most_wrong,
    confidence_in_words,
    origins_in_words,
    promise_in_words,
    share_in_words,
)
from rag.grounding.conflicts import Conflict
from rag.grounding.rendering import append_conflict, as_extractive
from rag.types import Answer, Article, Origin, Sentence
from tests.conftest import VERIFIER_ALONE

ARTICLE = Article("a", "Bridge", "It cost 18 million. It rained.", source="Kurier")
SECOND = Article("b", "Price", "It cost 18 million.", source="Nordpress")
OTHER = Article("c", "Audit", "It cost 25 million.", source="Ostpost")
WORDED = CitedDraft(
    (Sentence("The cost was 18 million.", (1,), True),), (make_citation(1, ARTICLE, 0, 19),)
)
OF_TWO = CitedDraft(
    (Sentence("The cost was 18 million.", (1, 2), True),),
    (make_citation(1, ARTICLE, 0, 19), make_citation(2, SECOND, 0, 19)),
)
PROMISE = (
    "Promise: of the answers shown at most 10 in 100 are wrong, for collections like those it was "
    "measured on."
)
NO_PROMISE = "No limit on wrong answers is promised."


def answer_of(cited: CitedDraft, confidence: float | None = 0.97, **signals: float) -> Answer:
    return Answer(
        *("q", "q", "t", False, None),
        sentences=cited.sentences,
        citations=cited.citations,
        confidence=confidence,
        signals=signals,
        max_wrong=0.1,
    )


def basis(answer: Answer) -> str:
    """The second of the three sentences."""
    return confidence_in_words(answer).split(". ")[1]


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.01, "1 in 100"), (0.07, "7 in 100"), (0.1, "10 in 100"), (0.29, "29 in 100"),
     (0.015, "1.5 in 100")],
)  # fmt: skip
def test_share_in_words(share, words):
    assert share_in_words(share) == words


def test_at_most_wrong_agrees_in_number():
    assert at_most_wrong(0.01) == "at most 1 in 100 is wrong"
    assert at_most_wrong(0.12) == "at most 12 in 100 are wrong"


def test_the_whole_line():
    assert confidence_in_words(answer_of(as_extractive(WORDED), 0.974, witnesses=2.0)) == (
        "Very sure: about 97 in 100 answers like this are right. The answer quotes one article "
        f"word for word, and two others say the same. {PROMISE}"
    )


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (0.999, "Very sure: about 99 in 100 answers like this are right."),
        (0.85, "Sure: about 85 in 100 answers like this are right."),
        (0.7, "Fairly sure: about 70 in 100 answers like this are right."),
        (0.4, "Not sure: about 40 in 100 answers like this are right."),
        (0.001, "Not sure: about 1 in 100 answers like this is right."),
        (None, "There is no measure of how sure this is."),
    ],
)
def test_how_sure(confidence, words):
    assert confidence_in_words(answer_of(WORDED, confidence)).startswith(f"{words} The wording")


@pytest.mark.parametrize(
    ("witnesses", "words"),
    [
        (0.0, "and no other was found to say the same"),
        (1.0, "and one other says the same"),
        (3.0, "and at least three others say the same"),
    ],
)
def test_witnesses_are_other_articles_that_say_the_same(witnesses, words):
    answer = answer_of(as_extractive(WORDED), witnesses=witnesses)
    assert basis(answer) == f"The answer quotes one article word for word, {words}"


@pytest.mark.parametrize(("agreement", "words"), [(1.0, "the same"), (0.0, "something else")])
def test_what_the_language_model_said_by_itself_is_named(agreement, words):
    line = confidence_in_words(answer_of(WORDED, witnesses=0.0, agreement=agreement))
    assert f"say the same; the language model, asked by itself, said {words}. " in line


def test_where_several_articles_are_cited_none_is_counted_as_a_witness_too():
    checked = "The wording was checked against the words of two articles"
    assert basis(answer_of(OF_TWO, witnesses=1.0)) == checked
    assert basis(answer_of(OF_TWO, witnesses=3.0)) == checked


def test_without_a_reader_nothing_is_said_of_witnesses():
    answer = answer_of(WORDED, verifier_logit=2.0, cosine=0.7)
    assert basis(answer) == "The wording was checked against the words of one article"


def test_a_quotation_beside_a_wording_is_not_called_word_for_word():
    mixed = replace(OF_TWO, sentences=(*as_extractive(WORDED).sentences, *OF_TWO.sentences))
    assert basis(answer_of(mixed)).startswith("The wording was checked")


def test_another_account_is_named_and_is_no_part_of_the_basis():
    cited = append_conflict(WORDED, Conflict("c", 0, 19, OTHER.text), OTHER)
    alone = "The wording was checked against the words of one article"
    differs = "but another article has it otherwise"
    assert basis(answer_of(cited, witnesses=0.0)) == f"{alone}, {differs}"
    others = "and one other says the same"
    assert basis(answer_of(cited, witnesses=1.0)) == f"{alone}, {others}, {differs}"


def test_where_nothing_was_promised_it_says_so():
    answer = replace(answer_of(WORDED), max_wrong=None)
    assert confidence_in_words(answer).endswith(f"one article. {NO_PROMISE}")


def test_of_an_abstention_only_the_answer_withheld_is_spoken_of():
    refusal = Answer("q", "q", "No.", True, "not_stated", confidence=0.32)
    assert confidence_in_words(refusal) == (
        "The likeliest answer was withheld: about 32 in 100 like it are right."
    )
    assert confidence_in_words(replace(refusal, confidence=None)) == ""


def test_an_answer_without_citations_rests_on_nothing_to_be_sure_of():
    assert confidence_in_words(Answer("q", "q", "Ask me.", False, None)) == ""


def test_what_is_promised_for_a_share():
    assert promise_in_words(VERIFIER_ALONE, 0.1) == PROMISE
    assert promise_in_words(VERIFIER_ALONE, 0.2) == PROMISE  # the largest share that is stored
    assert promise_in_words(VERIFIER_ALONE, 0.01) == (
        "No limit on wrong answers is promised: the measurements do not support 1 in 100, and the "
        "threshold is an estimate."
    )
    aimed = replace(VERIFIER_ALONE, thresholds=(RiskThreshold(0.05, 0.8, 0.15),))
    assert promise_in_words(aimed, 0.05) == (
        f"{PROMISE.replace('10 in 100', '15 in 100')} The threshold aims at 5 in 100."
    )
    assert "there is no calibration for these models" in promise_in_words(None, 0.1)
    for calibration in (VERIFIER_ALONE, None):
        everything = promise_in_words(calibration, 1.0)
        assert everything == f"Every answer is shown, however unsure. {NO_PROMISE}"


def test_articles_and_the_origins_that_they_share_are_counted():
    answer = answer_of(WORDED, witnesses=1)
    assert origins_in_words(replace(answer, origins=(Origin("a", ("a",), (), "Kurier"),))) == ""
    one = Origin("a", ("a", "copy", "b"), ("b",), "Kurier")
    shared = replace(answer, origins=(one,))
    assert origins_in_words(shared) == "In all 3 articles, 1 origin: Kurier."
    assert "no other was found to say the same. In all 3" in confidence_in_words(shared)
    two = replace(answer, origins=(one, Origin("d", ("d",), (), "Ostpost")))
    assert origins_in_words(two) == "In all 4 articles, 2 origins: Kurier, Ostpost."
    assert "one other says the same" in confidence_in_words(two)


def test_an_origin_without_an_outlet_is_named_by_its_headline():
    answer = answer_of(WORDED)
    first = answer.citations[0]
    origins = (Origin(first.article, (first.article,)), Origin("d", ("d",), (), "Ostpost"))
    assert origins_in_words(replace(answer, origins=origins)) == (
        f"In all 2 articles, 2 origins: “{first.title}”, Ostpost."
    )


def test_an_agency_without_a_report_is_named_as_the_origin():
    answer = replace(answer_of(WORDED), origins=(Origin("a", ("a",), (), "KCNA"),))
    assert origins_in_words(answer) == (
        "1 article, 1 origin: KCNA (no report by KCNA is among the articles)."
    )

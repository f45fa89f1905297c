from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.grounding.claims import Claim
from rag.grounding.requirements import requirements_of
from rag.grounding.support import best_run, find_support

BRIDGE = (
    "The bridge over the Sund was opened in autumn. Mayor Lena Holt said that it had cost "
    '18 million crowns. She called it "the pride of the town," and left.'
)
FERRY = "The ferry carried 7,000 crates. Police said that nine sailors were saved."


def quote(claim, passage, question=""):
    matches = find_support(Claim(claim, (0,)), [passage], question)
    return passage[slice(*matches[0].span)] if matches else None


def test_find_support_quotes_the_smallest_run_of_sentences():
    claim = "Mayor Lena Holt said it cost 18 million crowns."
    assert quote(claim, BRIDGE) == "Mayor Lena Holt said that it had cost 18 million crowns."


def test_find_support_quotes_two_sentences_where_one_is_not_enough():
    claim = "The ferry carried 7000 crates and nine sailors were saved, police said."
    assert quote(claim, FERRY) == FERRY


def test_find_support_prefers_the_sentence_that_shares_the_questions_words():
    text = "The union has 40 members. The ferry carried 40 crates."
    assert (
        quote("40", text, "How many crates did the ferry carry?") == "The ferry carried 40 crates."
    )


def test_find_support_does_not_count_words_of_the_question():
    question = "What did the ferry carry besides the crates?"
    assert quote("The ferry carried gold besides the crates.", FERRY, question) is None


def test_find_support_needs_a_new_name_in_the_quote():
    question = "Who said that the bridge had cost 18 million crowns?"
    assert quote("Lena Holt said that it had cost 18 million crowns.", BRIDGE, question)
    assert quote("Ivo Brandt said that it had cost 18 million crowns.", BRIDGE, question) is None


def test_find_support_accepts_a_name_of_the_question_outside_the_passage():
    assert quote("Ivo Brandt said it cost 18 million.", BRIDGE, "What did Ivo Brandt say?") is None
    claim = Claim("The Sund bridge cost 18 million.", (0,))
    question = "What did the Sund bridge cost?"
    late = BRIDGE[BRIDGE.index("Mayor") :]
    assert find_support(claim, [late], question) == ()
    assert find_support(claim, [late], question, [BRIDGE])  # the article names it elsewhere


def test_find_support_finds_a_number_within_an_ordinal():
    question = "How old did Holt turn on that birthday?"
    text = "Lena Holt had her 72nd birthday on Monday."
    assert quote("Lena Holt turned 72 on that birthday.", text, question) == text


def test_find_support_combines_the_passages_that_a_claim_cites():
    claim = Claim("The bridge cost 18 million crowns, and nine sailors were saved.", (0, 1))
    assert [each.passage for each in find_support(claim, [BRIDGE, FERRY])] == [0, 1]


@pytest.mark.parametrize(
    "claim",
    [
        "The bridge cost 25 million crowns.",  # a number that is not there
        'Lena Holt called it "the shame of the town".',  # a quotation that is not there
        "Farmers in Tarn lost their wheat.",  # words that are not there
    ],
)
def test_find_support_is_empty_without_every_fact_and_enough_words(claim):
    assert find_support(Claim(claim, (0,)), [BRIDGE, FERRY]) == ()


def test_find_support_moves_a_claim_to_the_passage_that_supports_it():
    (match,) = find_support(Claim("Nine sailors were saved, police said.", (0,)), [BRIDGE, FERRY])
    assert match.passage == 1


def test_find_support_drops_a_cited_passage_that_adds_nothing():
    matches = find_support(Claim("The bridge cost 18 million crowns.", (1, 0)), [BRIDGE, FERRY])
    assert [each.passage for each in matches] == [0]


@given(st.text(max_size=80), st.text(max_size=200))
def test_best_run_stays_within_the_passage(claim, passage):
    start, end = best_run(requirements_of(claim), passage).span
    assert 0 <= start <= end <= len(passage)

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.grounding.claims import Claim, split_claims
from rag.grounding.support import (
    best_run,
    distinct,
    extract_quotations,
    find_support,
    is_new,
    requirements_of,
)
from rag.retrieval.coverage import coverage
from rag.text.names import mentions

BRIDGE = (
    "The bridge over the Sund was opened in autumn. Mayor Lena Holt said that it had cost "
    '18 million crowns. She called it "the pride of the town," and left.'
)
FERRY = "The ferry carried 7,000 crates. Police said that nine sailors were saved."


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ("It cost 18 million [2].", [("It cost 18 million.", (1,))]),
        (
            "It cost 18 million. [2] It opened [1].",
            [("It cost 18 million.", (1,)), ("It opened.", (0,))],
        ),
        ("It cost much [1][2].", [("It cost much.", (0, 1))]),
        ("It cost much [1, 3].", [("It cost much.", (0, 2))]),
        ("It cost much [1-3].", [("It cost much.", (0, 1, 2))]),
        ("It cost much [Passage 2].", [("It cost much.", (1,))]),
        ("It cost much [9].", [("It cost much.", ())]),
        ("It cost much [1999].", [("It cost much.", ())]),
        ("It cost much [0].", [("It cost much.", ())]),
        ("It cost much", [("It cost much", ())]),
        ('He said "go." [1]', [('He said "go."', (0,))]),
        ("It cost much.\n[2]", [("It cost much.", (1,))]),
        ("[1]", []),
        ("", []),
        ("It cost much [1] [1].", [("It cost much.", (0,))]),
        ("It cost much [sic] then.", [("It cost much [sic] then.", ())]),
    ],
)
def test_claims(draft, expected):
    assert split_claims(draft, 3) == [Claim(text, named) for text, named in expected]


@given(st.text(st.sampled_from('abc .!?[]0123456789,-–;"\nP'), max_size=200), st.integers(0, 6))
def test_claims_name_only_passages_that_exist(draft, passages):
    for claim in split_claims(draft, passages):
        assert all(0 <= n < passages for n in claim.passages)
        assert re.search(r"\w", claim.text)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Korean", "in Korea", True),
        ("Chinese", "China's aid", True),
        ("Mayor", "the mayor said", True),
        ("Un", "until then", False),
        ("Kim", "Kim's", True),
        ("Brandt", "Holt", False),
        ("Marcus", "in the market in March", False),
        ("December", "on Dec. 18", True),
        ("June", "in July", False),
        ("Vladimir", "in Vladivostok", False),
    ],
)
def test_names(name, text, expected):
    assert mentions(text, name) is expected


def test_quotations_of_several_words():
    assert extract_quotations('He said “We Will go,” and "stay".') == ("we will go",)


def quote(claim, passage, question=""):
    found = find_support(Claim(claim, (0,)), [passage], question)
    return passage[slice(*found[0].span)] if found else None


def test_the_quote_is_the_smallest_run_of_sentences():
    claim = "Mayor Lena Holt said it cost 18 million crowns."
    assert quote(claim, BRIDGE) == "Mayor Lena Holt said that it had cost 18 million crowns."


def test_two_sentences_where_one_is_not_enough():
    claim = "The ferry carried 7000 crates and nine sailors were saved, police said."
    assert quote(claim, FERRY) == FERRY


def test_a_short_answer_is_quoted_with_the_sentence_that_answers_the_question():
    text = "The union has 40 members. The ferry carried 40 crates."
    assert (
        quote("40", text, "How many crates did the ferry carry?") == "The ferry carried 40 crates."
    )


def test_words_of_the_question_are_not_evidence():
    question = "What did the ferry carry besides the crates?"
    assert quote("The ferry carried gold besides the crates.", FERRY, question) is None


def test_a_new_name_must_stand_in_the_quote():
    question = "Who said that the bridge had cost 18 million crowns?"
    assert quote("Lena Holt said that it had cost 18 million crowns.", BRIDGE, question)
    assert quote("Ivo Brandt said that it had cost 18 million crowns.", BRIDGE, question) is None


def test_a_name_of_the_question_must_stand_in_the_article():
    assert quote("Ivo Brandt said it cost 18 million.", BRIDGE, "What did Ivo Brandt say?") is None
    claim, asked = Claim("The Sund bridge cost 18 million.", (0,)), "What did the Sund bridge cost?"
    late = BRIDGE[BRIDGE.index("Mayor") :]
    assert find_support(claim, [late], asked) == ()
    assert find_support(claim, [late], asked, [BRIDGE])  # the article names it elsewhere


@pytest.mark.parametrize(
    ("claims", "expected"), [(["The ferry sank."], False), (["It sank in May."], True), ([], False)]
)
def test_an_answer_that_repeats_the_question_says_nothing(claims, expected):
    assert is_new(claims, "When did the ferry sink or, as some say, sank?") is expected


def test_a_sentence_that_only_repeats_is_left_out():
    said = ["The bridge cost 18 million.", "The bridge cost 18 million.", "Holt said so."]
    kept = distinct([Claim(each, ()) for each in said], "What did it cost?")
    assert [each.text for each in kept] == [said[0], said[2]]


def test_a_figure_is_found_within_an_ordinal():
    question = "How old did Holt turn on that birthday?"
    text = "Lena Holt had her 72nd birthday on Monday."
    assert quote("Lena Holt turned 72 on that birthday.", text, question) == text


def test_two_passages_may_carry_a_claim_together():
    claim = Claim("The bridge cost 18 million crowns, and nine sailors were saved.", (0, 1))
    assert [each.passage for each in find_support(claim, [BRIDGE, FERRY])] == [0, 1]


@pytest.mark.parametrize(
    "claim",
    [
        "The bridge cost 25 million crowns.",  # a figure that is not there
        'Lena Holt called it "the shame of the town".',  # a quotation that is not there
        "Farmers in Tarn lost their wheat.",  # words that are not there
    ],
)
def test_a_claim_that_nothing_carries(claim):
    assert find_support(Claim(claim, (0,)), [BRIDGE, FERRY]) == ()


def test_a_claim_is_given_to_the_passage_that_carries_it():
    (found,) = find_support(Claim("Nine sailors were saved, police said.", (0,)), [BRIDGE, FERRY])
    assert found.passage == 1


def test_a_passage_named_in_vain_is_not_cited():
    found = find_support(Claim("The bridge cost 18 million crowns.", (1, 0)), [BRIDGE, FERRY])
    assert [each.passage for each in found] == [0]


@given(st.text(max_size=80), st.text(max_size=200))
def test_a_span_lies_within_the_passage(claim, passage):
    start, end = best_run(requirements_of(claim), passage).span
    assert 0 <= start <= end <= len(passage)


def test_coverage_is_weighted_by_rarity():
    assert coverage([BRIDGE], {"bridg": 1.0, "wheat": 3.0}) == 0.25
    assert coverage([BRIDGE], {}) == 0.0

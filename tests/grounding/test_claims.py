"""A draft as claims, each with the passages it cites."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.grounding.claims import Claim, adds_to_question, drop_repetitions, split_claims


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
def test_split_claims_assigns_marks_to_sentences(draft, expected):
    assert split_claims(draft, 3) == [Claim(text, passages) for text, passages in expected]


@given(st.text(st.sampled_from('abc .!?[]0123456789,-–;"\nP'), max_size=200), st.integers(0, 6))
def test_split_claims_cites_only_passages_that_exist(draft, passages):
    for claim in split_claims(draft, passages):
        assert all(0 <= n < passages for n in claim.passages)
        assert re.search(r"\w", claim.text)


@pytest.mark.parametrize(
    ("claims", "expected"), [(["The ferry sank."], False), (["It sank in May."], True), ([], False)]
)
def test_adds_to_question_needs_a_new_stem(claims, expected):
    assert adds_to_question(claims, "When did the ferry sink or, as some say, sank?") is expected


def test_drop_repetitions_drops_a_sentence_without_new_stems():
    sentences = ["The bridge cost 18 million.", "The bridge cost 18 million.", "Holt said so."]
    distinct = drop_repetitions([Claim(each, ()) for each in sentences], "What did it cost?")
    assert [each.text for each in distinct] == [sentences[0], sentences[2]]

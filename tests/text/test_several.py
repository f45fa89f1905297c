"""Questions for all members of a list, and what enumerates them."""

from __future__ import annotations

import pytest

from rag.text.questions.several import (
    announced,
    asks_for_several,
    is_enumeration,
    listed_nouns,
    places_asked_for,
)


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Which villages were cut off?", True),
        ("What are the titles of her plays?", True),
        ("Name every ship of the line.", True),
        ("names of all the ships", True),
        ("Who won the cup?", False),
        ("What was the price of the pump?", False),
        ("Which firm was the cheapest?", False),
    ],
)
def test_whether_several_are_asked_for(question, several):
    assert asks_for_several(question) is several


@pytest.mark.parametrize(
    ("words", "several"),
    [("Ulm, Aas or Lund", True), ("Ulm and Aas", True), ("the harbour of Ulm", False)],
)
def test_whether_words_enumerate(words, several):
    assert is_enumeration(words) is several


def test_the_number_of_what_is_asked_for_is_announced():
    nouns = listed_nouns("What are the titles of her plays?")
    enumeration = announced("In 1961 she wrote three short plays, A, B and C.", nouns)
    assert enumeration is not None
    assert (enumeration.number, enumeration.noun) == (3, "plays")
    assert announced("She wrote three letters.", nouns) is None
    assert announced("She wrote one play.", nouns) is None


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("first three home", 3),
        ("Who were the top 2?", 2),
        ("the four fastest", 4),
        ("Who was on the podium?", 3),
        ("the first three years", 0),
        ("Who was first?", 0),
    ],
)
def test_how_many_of_the_first_are_asked_for(question, places):
    assert places_asked_for(question) == places

"""When a draft says the same as the words that the reader chose, and when it may replace them."""

from __future__ import annotations

import pytest

from rag.grounding.quotation import adds_nothing, keeps_span, says_the_same

COST = "How much did the bridge cost?"
OPENED = "Who opened the bridge?"
PROVED = "Which conjecture did he prove?"
SANK = "When did the ferry Maren sink?"
SENTENCE = "The ferry Maren sank on 3 May off the Sund, near the harbour of Tarn."


@pytest.mark.parametrize(
    ("question", "text", "span", "same"),
    [
        (COST, "It cost 18 million crowns.", "18 million crowns", True),
        (COST, "It cost 25 million crowns.", "18 million crowns", False),  # another figure
        (COST, "It cost a lot of crowns.", "18 million crowns", False),  # none
        (COST, "It cost 18,000,000 crowns.", "18000000 crowns", True),  # written otherwise
        ("How many were saved?", "Seven were saved.", "7", True),  # nothing but the figure
        (PROVED, "He proved the conjecture of Legendre.", "Legendre's conjecture", True),
        (PROVED, "He proved Brocard's conjecture.", "Legendre's conjecture", False),
        (OPENED, "Lena Holt opened the bridge.", "Mayor Lena Holt", True),  # two words of three
        (OPENED, "Holt opened the bridge.", "Mayor Lena Holt", False),  # one
        (OPENED, "Holt opened the bridge.", "Lena Holt", True),  # a half is enough
        (OPENED, "Ivo Brandt opened the bridge.", "Lena Holt", False),
        (OPENED, "", "Lena Holt", False),
        ("Did Lena Holt leave?", "Lena Holt left.", "Lena Holt", True),  # a span of its own words
        ("Did Lena Holt leave?", "Ivo Brandt left.", "Lena Holt", False),
        (OPENED, "Ivo Brandt opened it.", "", True),  # nothing that could be said otherwise
    ],
)
def test_a_text_says_the_same_as_a_span_where_it_has_its_number_and_half_of_its_own_words(
    question, text, span, same
):
    assert says_the_same(question, text, span) is same


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("The ferry Maren sank on 3 May.", True),
        ("It sank on 3 May, near the harbour of Tarn.", True),
        ("The ferry Maren sank on 4 June.", False),
        ("The ferry Maren sank on 3 May in a storm of hail.", False),
        ("The ferry Maren sank on 3 May off the Sund in fog.", True),  # one new word of five
        ("The ferry Maren did sink.", False),  # the question again
        ("", False),
    ],
)
def test_a_text_adds_nothing_where_eight_in_ten_of_its_own_words_are_the_sentences(text, nothing):
    assert adds_nothing(SANK, text, SENTENCE) is nothing


@pytest.mark.parametrize(
    ("text", "span", "has_all"),
    [
        ("Mayor Lena Holt said that it cost 18 million crowns.", "18 million crowns", True),
        ("It cost 18 million.", "18 million crowns", False),
        ("She lost the harbours’ trust.", "trust of the harbour", True),  # other forms, order
        ("Łucja Nowak won.", "Lucja Nowak", True),  # other spelling
        ("Nowak won.", "Lucja Nowak", False),
    ],
)
def test_a_text_keeps_a_span_where_it_has_all_of_its_words(text, span, has_all):
    assert keeps_span(text, span) is has_all

from __future__ import annotations

import pytest

from rag.wording import answers_in_kind, attributes, denies, speaker, without_tail


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        ("Holt visited the mine.", "Holt did not visit the mine.", True),
        ("Holt did not visit the mine.", "Holt visited the mine.", True),
        ("Holt did not visit the mine.", "Holt refused to visit the mine.", False),
        ("Holt failed to visit the mine.", "Holt did not visit the mine.", False),
        ("Holt visited the mine.", "Holt visited the mine. Berg did not sail.", False),
        ("Holt visited the mine.", "Holt visited not only the mine but the port.", False),
        ("Holt observes the ban on arms.", "Holt no longer observes the ban on arms.", True),
        ("Holt visited the mine.", "Nobody knew when Holt visited the mine.", False),
    ],
)
def test_denial(claim, quote, expected):
    assert denies(claim, quote) is expected


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("The bridge cost 18 million, as reported by Lena Holt.", "The bridge cost 18 million."),
        ("The bridge cost 18 million, according to Lena Holt.", "The bridge cost 18 million."),
        ("The bridge closed, as the agency Nordpress reported.", "The bridge closed."),
        ("According to Lena Holt, the bridge closed.", None),
        ("The bridge closed.", None),
    ],
)
def test_an_attribution_at_the_end_comes_off(claim, expected):
    assert without_tail(claim) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Mayor Lena Holt said that the bridge had cost 18 million.", "Mayor Lena Holt"),
        ("The bridge had cost 18 million, according to the Kurier.", "the Kurier"),
        ("Ivo Brandt, the head of the union, told reporters that it rained.", "Ivo Brandt"),
        ('"It was dry," said Ivo Brandt.', "Ivo Brandt"),
        ("The bridge cost 18 million.", None),
        ("Officials said that the bridge had cost 18 million.", None),
        ("Tesla added motors, and Paris is noted for its bridges.", None),
    ],
)
def test_who_says_it(sentence, expected):
    assert speaker(sentence) == expected


def test_attribution_is_seen():
    assert attributes("According to the mayor, it rained.")
    assert attributes("Holt called it dry.")
    assert not attributes("It rained.")


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("When did the bridge open?", "The bridge opened in May.", True),
        ("When did the bridge open?", "The bridge opened with a feast.", False),
        ("In what year did the bridge of 1987 open?", "The bridge of 1987 opened.", False),
        ("How many men worked there?", "Seven men worked there.", True),
        ("How many men worked there?", "Men from Tarn worked there.", False),
        ("How many men worked there?", "Dozens of men did.", True),
        ("Who opened the bridge?", "Lena Holt opened the bridge.", True),
        ("Who opened the bridge?", "With a feast, it was opened.", False),
        ("Why did it rain?", "It rained.", True),
    ],
)
def test_the_kind_of_answer(question, answer, expected):
    assert answers_in_kind(question, answer) is expected

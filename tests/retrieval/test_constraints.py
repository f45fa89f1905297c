"""What a question fixes, and what contradicts it."""

from __future__ import annotations

import pytest

from rag.retrieval.constraints import constraints_of


@pytest.mark.parametrize(
    ("question", "text", "published", "conflicts"),
    [
        ("Who won the cup in 2018?", "Rovers won the cup in 2022.", None, 1),
        ("Who won the cup in 2018?", "Rovers won the cup in 2018, as in 2017.", None, 0),
        ("Who won the cup in 2018?", "Rovers won the cup.", None, 0),  # left open
        ("Who won the cup in 2018?", "Rovers won the cup.", "2018-05-02", 0),
        ("Who won the cup in 2018?", "Rovers won the cup.", "2022-05-02", 1),
        ("Who won the cup?", "Rovers won the cup in 2022.", "2022-05-02", 0),
        ("What was the profit in the second quarter?", "Profit in Q4 was 5 crowns.", None, 1),
        ("What was the profit in Q2 2020?", "Second-quarter 2020 profit was 5 crowns.", None, 0),
        ("What was the profit in Q2 2020?", "Profit in Q1 2021 was 5 crowns.", None, 2),
        ("Who won the women's race?", "Anna won. Among the men, Bo came first.", None, 1),
        ("Who won the women's race?", "Anna won the women's, Bo the men's race.", None, 0),
        ("How many ships had 1,850 crates?", "It was 1849.", None, 0),  # no year is asked for
        ("Who won the cup in 2018?", "Rovers won last year.", "2019-03-01", 0),
        ("Who won the cup in 2018?", "Rovers won in December.", "2019-03-01", 0),
        ("Who won the cup in 2018?", "Rovers won in February.", "2019-03-01", 1),
        ("When did the second satellite fail?", "The first satellite failed in May.", None, 1),
        ("When did the second spy satellite fail?", "Its 2nd satellite failed.", None, 0),
        ("When did the second satellite fail?", "The satellite failed in May.", None, 0),
        ("What began in the 21st century?", "It began in the twenty-first century.", None, 0),
        ("Who won the second race?", "The twenty-second race was won by Bo.", None, 0),
        ("Who led the 2nd race?", "Bo led the first race, Anna the second race.", None, 0),
    ],
)
def test_a_year_a_quarter_or_a_sex_that_the_passage_contradicts(
    question, text, published, conflicts
):
    assert constraints_of(question).conflicts(text, "", published) == conflicts


def test_the_headline_counts_as_the_passage_does():
    constraints = constraints_of("Who won the cup in 2018?")
    assert constraints.conflicts("Rovers won.", "Cup 2018", None) == 0
    assert constraints.conflicts("Rovers won.", "Cup 2019", None) == 1


def test_missing_names_is_the_share_that_the_text_does_not_mention():
    constraints = constraints_of("What did Lena Holt say to Ivo Brandt in Tarn?")
    assert constraints.names
    assert constraints.missing_names("Lena Holt met Ivo Brandt in Tarn.") == 0.0
    assert 0 < constraints.missing_names("Lena Holt met Ivo Brandt in Osthavn.") < 1
    assert constraints.missing_names("It rained.") == 1.0
    assert constraints_of("what is it?").missing_names("It rained.") == 0.0


def test_a_name_typed_without_its_marks_is_not_missing():
    constraints = constraints_of("What office does Astrid Moller hold?")
    assert constraints.missing_names("Governor Astrid Möller spoke.") == 0.0

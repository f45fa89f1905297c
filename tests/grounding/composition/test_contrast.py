"""Two years of one thing, compared in many wordings."""

from __future__ import annotations

import pytest

from rag.grounding.composition.arithmetic.contrast import parse_contrast
from rag.grounding.composition.arithmetic.query import parse_calculation

EXAMPLES = {
    "How many more kites rose in 2022 than in 2018": ("difference", "How many kites rose", False),
    "By how much did the levy grow from 2021 to 2022": ("difference", "What was the levy", False),
    "How much longer did the 2024 crew need than those of 2018": (
        "difference",
        "How long did crew need",
        False,
    ),
    "In which year did more kites land, 2018 or 2024": ("most", "How many kites land", False),
    "Did fewer people watch the fair in 2021 or in 2023": (
        "least",
        "How many people watch the fair",
        True,
    ),
    "What's the difference between the 2022 and the 2018 prizes": (
        "difference",
        "What was prizes",
        None,
    ),
    "How many tonnes less salt did Aas dig in 2022 compared to 2021": (
        "difference",
        "How many tonnes salt did Aas dig",
        True,
    ),
    "Which fair was won by the smaller margin, 2018 or 2024": (
        "least",
        "By what margin was the fair won",
        True,
    ),
}


@pytest.mark.parametrize("question", EXAMPLES)
def test_what_is_left_without_the_years_is_the_question_of_each(question):
    contrast = parse_contrast(question)
    assert contrast is not None
    assert (contrast.operation, contrast.body, contrast.is_less) == EXAMPLES[question]


@pytest.mark.parametrize(
    "question",
    [
        "Who won in 2018 and in 2022",
        "How many kites rose in 2022",
        "How many more kites rose in 2022 than boats",
        "What happened between 2018 and 2022",
    ],
)
def test_what_compares_no_two_years_is_no_contrast(question):
    assert parse_contrast(question) is None


def test_a_rise_is_that_of_the_later_year_over_the_earlier():
    query = parse_calculation("By how much did the levy rise between 2021 and 2022?")
    assert query is not None
    assert [each.question for each in query.operands] == [
        "What was the levy in 2022?",
        "What was the levy in 2021?",
    ]
    assert (query.reversed, query.in_order) == (False, True)

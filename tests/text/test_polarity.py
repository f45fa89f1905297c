from __future__ import annotations

import pytest

from rag.text.polarity import polarity_mismatch, polarity_of


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
def test_polarity_mismatch_finds_a_not_on_one_side_only(claim, quote, expected):
    assert polarity_mismatch(claim, quote) is expected


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("The pier was closed.", "stated"),
        ("Nobody was hurt.", "negated"),
        ("The plan was turned down.", "negated"),
        ("The council turned down a proposal to sell it.", "negated"),
        ("It was neither raised nor moved.", "negated"),
        ("Not only the pier was closed.", "stated"),
        ("He denied that the pier was closed.", "open"),
        ("He would not say whether it was closed.", "open"),
        ("They asked for the pier to be closed.", "open"),
        ("It is not known who closed it.", "open"),
        ("No one did not close it.", "open"),
        ("The pier may be closed.", "open"),
        ("The pier was closed on 3 May.", "stated"),
        ("In May the pier was not closed.", "negated"),
        ("Theresa May closed the pier.", "stated"),
    ],
)
def test_polarity_of_a_clause(clause, expected):
    assert polarity_of(clause) == expected


def test_what_the_question_leaves_open_does_not_count():
    assert polarity_of("The pier might close.", "Might the pier close?") == "stated"
    assert polarity_of("The pier might close.", "Did the pier close?") == "open"

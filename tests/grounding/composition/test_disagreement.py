from __future__ import annotations

import pytest

from rag.grounding.composition.disagreement import compose_disagreement, matter_of
from tests.grounding.composition.newsstand import account, article, material, text_of

MARCH = "Do the articles agree on how many people marched at Selby?"
POLICE = account(article("a", "At Selby 650 people marched."), "650")
UNION = account(article("b", "Some 900 people marched at Selby.", "Ryde Post", "2023-03-04"), "900")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (MARCH, "How many people marched at Selby?"),
        ("Do the reports differ about the number of dead?", "How many dead were there?"),
        ("How do the papers disagree over the cost of the hall?", "What was the cost of the hall?"),
        ("Are the articles at odds on whether anyone was hurt?", "Was anyone hurt?"),
        ("Do the articles agree about the flood?", "What is said about the flood?"),
        ("Do the articles agree?", None),
    ],
)
def test_matter_is_what_the_accounts_are_compared_in(question, expected):
    assert matter_of(question) == expected


def test_accounts_that_differ_are_each_named_and_cited():
    composed = compose_disagreement(material(MARCH, POLICE, UNION))
    assert text_of(composed) == [
        ("The articles differ.", (1, 2)),
        ("Nordpress, 2 March 2023: “At Selby 650 people marched.”", (1,)),
        ("Ryde Post, 4 March 2023: “Some 900 people marched at Selby.”", (2,)),
    ]
    assert [each.number for each in composed.citations] == [1, 2]


def test_two_witnesses_where_they_agree():
    same = account(article("b", "650 people marched.", "Ryde Post"), "650")
    composed = compose_disagreement(material(MARCH, POLICE, same))
    assert composed.sentences[0].text == "The articles agree."
    assert [each.article for each in composed.citations] == ["a", "b"]


def test_yes_and_no_are_accounts_too():
    none = account(article("a", "Nobody was hurt."), "Nobody was hurt")
    also = account(article("b", "No one was injured.", "Ryde Post"), "No one")
    question = "Do the articles agree on whether anyone was hurt?"
    assert text_of(compose_disagreement(material(question, none, also)))[0] == (
        "The articles agree.",
        (1, 2),
    )


def test_one_account_alone_is_shown_with_a_note():
    composed = compose_disagreement(material(MARCH, POLICE))
    assert text_of(composed) == [("Nordpress, 2 March 2023: “At Selby 650 people marched.”", (1,))]
    assert [each.text for each in composed.notes] == [
        "No other article was found to compare it with."
    ]


def test_of_a_topic_what_the_articles_count_is_compared():
    one = account(article("a", "It rained. The flood at Selby hit 40 homes."), "flood")
    two = account(
        article("b", "The flood hit 55 homes at Selby. It cost 3 crowns.", "Ryde Post"), "55"
    )
    question = "Do the reports differ about the flood?"
    composed = compose_disagreement(material(question, one, two))
    assert [each.quote for each in composed.citations] == [
        "The flood at Selby hit 40 homes.",
        "The flood hit 55 homes at Selby.",
    ]
    same = account(article("b", "The flood hit 40 homes at Selby.", "Ryde Post"), "40")
    assert compose_disagreement(material(question, one, same)) is None


def test_nothing_is_composed_of_what_would_not_be_shown():
    assert compose_disagreement(material(MARCH, POLICE, UNION, shown=False)) is None
    assert compose_disagreement(material(MARCH)) is None


def test_datelines_alone_are_no_accounts():
    dateline = account(article("c", "PORT ELM, May 14 - A ship sank."), "May 14")
    assert compose_disagreement(material(MARCH, dateline)) is None

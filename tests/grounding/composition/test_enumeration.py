"""Lists: all members that several sentences and articles name, each cited."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.grounding.composition.compose import compose
from rag.grounding.composition.enumeration import (
    MORE_NOTE,
    compose_list,
    lacks_members,
    members_of,
)
from rag.types import Article, Evidence, Passage
from tests.grounding.composition.scripted_judgements import CONFIDENCE, material
from tests.scripted_reader import ScriptedReader

QUESTION = "Which towns were flooded?"
ARTICLES = {
    each.id: each
    for each in (
        Article("one", "Flood", "Aldby and Corham were flooded on Sunday. Nobody was hurt."),
        Article("two", "Flood again", "The water rose. Vell was flooded too, and so was Aldby."),
        Article("three", "Relief", "Łubin had been flooded, too."),
        Article("four", "Relief comes", "Help came to Lubin, which had been flooded."),
        Article(
            "five",
            "Three towns",
            "Three towns were flooded. It was the third time. The state helps Aldby, Corham and"
            " East Vell.",
        ),
    )
}
FIRST, SECOND = ("one", "Aldby and Corham", 6.0), ("two", "Vell", 4.0)


def composed(*answers, reader=None):
    return compose(material(QUESTION, ARTICLES, {QUESTION: answers}, reader))


def texts(composition):
    assert composition is not None
    return [each.text for each in composition.sentences]


def test_members_of_several_articles_are_gathered_and_cited():
    composition = composed(FIRST, SECOND)
    assert texts(composition) == [
        "Aldby, Corham.",
        "Vell.",
        "“Aldby and Corham were flooded on Sunday.”",
        "“Vell was flooded too, and so was Aldby.”",
    ]
    assert [each.citations for each in composition.sentences] == [(1,), (2,), (1,), (2,)]
    assert [each.article for each in composition.citations] == ["one", "two"]
    assert composition.confidence == CONFIDENCE


def test_one_sentence_that_names_all_stays_a_quotation():
    assert composed(FIRST) is None
    assert composed(FIRST, ("two", "Aldby", 5.0)) is None


def test_a_name_in_another_spelling_is_the_same_member():
    composition = composed(FIRST, ("three", "Łubin", 5.0), ("four", "Lubin", 4.0))
    assert texts(composition)[:2] == ["Aldby, Corham.", "Łubin."]
    assert len(composition.citations) == 2


def test_an_article_within_a_name_is_no_article():
    names = {
        "a": Article("a", "Crew", "Lena Holt and Per Aas sailed on Sunday."),
        "b": Article("b", "Crew", "It was late when Lena Holt sailed."),
    }
    answers = {"Who sailed": [("a", "Lena Holt and Per Aas", 6.0), ("b", "Lena Holt", 5.0)]}
    question = "Who sailed in the crew? List them."
    judged = material(question, names, answers)
    assert compose_list(judged) is None


def test_a_sentence_that_begins_before_its_passage_leaves_the_passage_whole():
    article = Article("six", "Flood", "Aldby was flooded. So was Corham, on Monday.")
    reader = ScriptedReader({QUESTION: "Corham"})
    judged = material(QUESTION, {"six": article}, {QUESTION: [("six", "Aldby", 6.0)]}, reader)
    start = article.text.index("So was")
    passage = Passage("six", start, len(article.text), article.text[start:])
    hit = replace(judged.judgement.hits[0], passage=passage)
    judgement = replace(judged.judgement, hits=(hit,))
    composition = compose_list(replace(judged, judgement=judgement))
    assert texts(composition)[:2] == ["Aldby.", "Corham."]


def test_words_around_a_name_are_quoted_alone():
    composition = composed(FIRST, ("four", "Help came to Lubin", 4.0))
    assert texts(composition) == [
        "“Aldby and Corham were flooded on Sunday.”",
        "“Help came to Lubin, which had been flooded.”",
    ]


def test_a_sentence_that_is_not_sure_is_left_out_with_a_note():
    composition = composed(FIRST, SECOND, ("three", "Łubin", 0.5), ("four", "Help", -4.0))
    assert [each.article for each in composition.citations] == ["one", "two"]
    assert composition.notes == (MORE_NOTE,)


def test_no_note_where_every_candidate_was_certain():
    assert composed(FIRST, SECOND, ("four", "Help", -4.0)).notes == ()


def test_a_note_where_the_passage_ranked_last_still_answers():
    assert composed(FIRST, SECOND).notes == (MORE_NOTE,)


def test_a_further_sentence_of_the_same_passage_is_found():
    article = Article("six", "Flood", "Aldby was flooded. So was Corham, on Monday.")
    reader = ScriptedReader({QUESTION: "Corham"})
    answers = {QUESTION: [("six", "Aldby", 6.0)]}
    composition = compose(material(QUESTION, {"six": article}, answers, reader))
    assert texts(composition) == [
        "Aldby.",
        "Corham.",
        "“Aldby was flooded.”",
        "“So was Corham, on Monday.”",
    ]


def test_members_that_are_counted_first_and_named_behind():
    composition = composed(("five", "Three towns", 6.0), ("four", "Help", -4.0))
    assert texts(composition) == [
        "“Three towns were flooded.”",
        "“The state helps Aldby, Corham and East Vell.”",
    ]
    assert composition.notes == ()


def test_an_abstention_stays_one():
    assert composed(("one", "Aldby and Corham", -1.0), ("two", "Vell", -2.0)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Aldby", ("Aldby",)),
        ("Aldby, Corham and Vell", ("Aldby", "Corham", "Vell")),
        ("Aldby, Corham, and Vell.", ("Aldby", "Corham", "Vell")),
        ("Ida Holm; Per Aas", ("Ida Holm", "Per Aas")),
        ("the Harbour and Yard Union", ("the Harbour and Yard Union",)),
        (
            "the Harbour and Yard Union, the Clerks’ League and the Drivers’ Guild",
            ("the Harbour and Yard Union", "the Clerks’ League", "the Drivers’ Guild"),
        ),
    ],
)
def test_members(text, expected):
    assert members_of(text) == expected


PERMIT = Article(
    "permit",
    "Council permits the mill",
    "The permit for the mill was signed.\n\nThe permit comes with three conditions. The wheel must "
    "stand still by night. Eels must be counted. And a fund must be paid into.\n\nIt rained.",
)
ASKS_CONDITIONS = "Which conditions does the permit for the mill have?"


def test_what_an_article_announces_by_number_is_quoted_with_what_follows():
    judged = material(
        ASKS_CONDITIONS, {"permit": PERMIT}, {"conditions": [("permit", "mill", -4.0)]}
    )
    composition = compose_list(judged)
    assert texts(composition) == [
        "“The permit comes with three conditions.”",
        "“The wheel must stand still by night.”",
        "“Eels must be counted.”",
        "“And a fund must be paid into.”",
    ]


def test_fewer_sentences_than_announced_are_no_list():
    article = replace(PERMIT, text=PERMIT.text.replace(" Eels must be counted.", ""))
    judged = material(
        ASKS_CONDITIONS, {"permit": article}, {"conditions": [("permit", "mill", -4.0)]}
    )
    assert compose_list(judged) is None


def test_conditions_of_something_else_are_not_those_asked_for():
    question = "Which conditions did the bank set for the loan to Kestle?"
    judged = material(question, {"permit": PERMIT}, {"conditions": [("permit", "mill", -4.0)]})
    assert compose_list(judged) is None


def test_clauses_behind_a_number_are_no_members():
    text = "The last two towns of the vale were told to stay, three weeks after rain fell, and did."
    article = Article("vale", "Flood in the vale", text)
    question = "Which towns of the vale were told to stay?"
    judged = material(question, {"vale": article}, {"towns": [("vale", "vale", -4.0)]})
    assert compose_list(judged) is None


def test_a_member_may_have_an_and_of_its_own():
    text = (
        "Three unions signed on Monday. It was signed by the Masters’ and Mates’ Union, the Crane "
        "Guild and the Tug Association."
    )
    question = "Which unions signed?"
    judged = material(
        question, {"pay": Article("pay", "Pay", text)}, {question: [("pay", "Three unions", 6.0)]}
    )
    assert texts(compose_list(judged)) == [
        "“Three unions signed on Monday.”",
        "“It was signed by the Masters’ and Mates’ Union, the Crane Guild and the Tug "
        "Association.”",
    ]


@pytest.mark.parametrize(
    ("text", "answer", "lacks"),
    [
        ("Three unions signed on Monday.", "Three unions", True),
        ("The port and three unions signed on Monday.", "The port and three unions", True),
        ("Three unions, the Mates, the Tugs and the Cranes, signed.", "Three unions", False),
        ("The Mates and the Tugs signed.", "The Mates and the Tugs", False),
        ("Both unions signed.", "Both unions", False),
    ],
)
def test_a_number_of_them_is_no_list(text, answer, lacks):
    start = text.index(answer)
    evidence = Evidence("pay", 0, len(text), text, 6.0, start, start + len(answer))
    assert lacks_members("Which unions signed?", evidence) is lacks
    assert not lacks_members("Who signed on Monday?", evidence)


RUN = Article(
    "run",
    "Fell run: results",
    "FELL RUN, Sunday.\n\nMen: 1. Olav Rimm 1:25:10; 2. Nils Tarn 1:25:44; 3. Ivo Kerr 1:27:02.",
    published="2022-05-03",
)


@pytest.mark.parametrize(
    ("question", "is_listed"),
    [
        ("first three men home in the fell run of 2022?", True),
        ("first three men home in the fell run of 2019?", False),
        ("first three men home in the regatta on the lake?", False),
    ],
)
def test_results_of_the_race_that_is_asked_for(question, is_listed):
    judged = material(question, {"run": RUN}, {question: [("run", "Olav Rimm", -4.0)]})
    composition = compose(judged)
    assert (composition is not None) is is_listed
    if composition is not None:
        assert texts(composition) == [f"“{RUN.text.splitlines()[-1]}”"]

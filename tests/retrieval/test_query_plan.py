"""The plan of a question: its sub-questions, comparisons and times."""

import pytest

from rag.retrieval.query_plan import (
    SearchQuery,
    comparison_question,
    plan_query,
    split_question,
)


def test_split_question_finds_clauses_that_can_stand_alone():
    assert split_question("Who built the bridge and the mill?") == [
        "Who built the bridge and the mill?"
    ]
    two = "When did the ferry sink, and who was saved?"
    assert split_question(two) == [two, "When did the ferry sink", "who was saved?"]
    many = "Who built it and why" + " and who built what" * 30
    assert len(split_question("Who built it there" + " and who built what" * 30)) == 5
    assert split_question(many)[:3] == [many, "Who built it", "Who built it, and why"]


def test_split_question_asks_each_of_two_named_tellers():
    two = "How much did it cost, by the mayor's account and by that of her rivals?"
    assert split_question(two)[1:] == [
        "How much did it cost, by the mayor's account",
        "How much did it cost, by that of her rivals",
    ]
    one = "Was the bridge, praised by all, built by Holt?"
    assert split_question(one) == [one]


def test_comparison_question_leaves_out_who_tells_it():
    assert comparison_question("How many were hurt, by the different accounts?") == (
        "How many were hurt?"
    )
    assert comparison_question("According to both reports how many were hurt?") == (
        "How many were hurt?"
    )
    assert comparison_question("How do the reports differ about the fire?") == (
        "What is said about the fire?"
    )
    for one in (
        "How many were hurt?",
        "How many were hurt according to the mayor?",
        "What do the reports say?",
        "Which articles of the treaty were dropped?",
    ):
        assert comparison_question(one) is None


def test_plan_query_of_one_question_has_the_question_itself():
    plan = plan_query("Who built the bridge?")
    assert (plan.question, plan.mode, plan.time_intent) == ("Who built the bridge?", "single", None)
    assert plan.sub_questions == (plan.whole,) == (SearchQuery("Who built the bridge?"),)


def test_plan_query_of_several_clauses_has_a_sub_question_for_each():
    plan = plan_query("When did the ferry sink last week, and who was saved?")
    assert plan.mode == "multiple"
    assert plan.whole.clauses == ("When did the ferry sink last week", "who was saved?")
    assert plan.sub_questions == (
        SearchQuery("When did the ferry sink last week?"),
        SearchQuery("Who was saved?"),
    )
    assert plan.time_intent and plan.time_intent.words == "last week"
    last = plan_query("Who built it there" + " and who built what" * 5).sub_questions[-1]
    assert last == SearchQuery(
        "Who built what and who built what and who built what?",
        ("Who built what", "who built what", "who built what?"),
    )


def test_plan_query_of_a_comparison_searches_without_who_tells_it():
    plan = plan_query("How many were hurt and who saved them, by the different accounts?")
    assert plan.mode == "comparison"
    assert plan.whole.text == "How many were hurt and who saved them?"
    assert plan.whole.clauses == ("How many were hurt", "who saved them?")
    assert plan.sub_questions == (plan.whole,)


@pytest.mark.parametrize(
    ("question", "second"),
    [
        ("To whom was the bell sold, and for how much?", "For how much was the bell sold?"),
        ("When did the ferry sink and why?", "Why did the ferry sink?"),
        (
            "By how many percent does pay in Tarn rise, and from when?",
            "From when does pay in Tarn rise?",
        ),
        (
            "Until when is fishing barred, and under what fine?",
            "Under what fine is fishing barred?",
        ),
        ("What is Ivo Brandt's trade, and when is he to leave?", "When is Ivo Brandt to leave?"),
        ("How heavy is the bell and what is it made of?", "What is the bell made of?"),
        ("What is the fare for adults and for children?", "What is the fare for children?"),
        ("Who made the lens, and in what year?", "Who made the lens, and in what year?"),
        ("When was the Maren built and who owns her?", "Who owns the Maren?"),
    ],
)
def test_a_clause_without_a_subject_of_its_own_takes_that_of_the_first(question, second):
    plan = plan_query(question)
    assert plan.mode == "multiple"
    assert [each.text for each in plan.sub_questions][1:] == [second]


@pytest.mark.parametrize(
    "question",
    ["What did it cost in 2019 and in 2020 together?", "Was it sold in Tarn and in Sund?"],
)
def test_what_is_asked_once_leaves_the_question_whole(question):
    assert plan_query(question).mode == "single"
    assert split_question(question) == [question]


@pytest.mark.parametrize(
    "tail",
    [
        ", and according to whom?", " and according to whom?", ", according to who?",
        " and who said so?", ", and who gave that figure?", ", and says who?",
        ", and by whose count?", " and on whose word?", ", and what is the source for that number?",
    ],
)  # fmt: skip
def test_who_says_so_is_no_question_of_its_own(tail):
    plan = plan_query(f"How many bales burned{tail}")
    assert plan.asks_source
    assert plan.mode == "single"
    assert plan.whole.text == plan.question == "How many bales burned?"


def test_who_says_so_is_asked_of_each_of_two_clauses():
    plan = plan_query("When did the barn burn, and how many bales were lost, and says who?")
    assert plan.asks_source
    assert [each.text for each in plan.sub_questions] == [
        "When did the barn burn?",
        "How many bales were lost?",
    ]


@pytest.mark.parametrize(
    "question",
    [
        "According to whom did the barn burn?", "Who said so?",
        "What did Kim say, and who wrote it?", "Who said that the barn burned?",
        "Who gave the figure of 600 bales?",
    ],
)  # fmt: skip
def test_a_question_for_the_speaker_stays_as_it_is(question):
    assert not plan_query(question).asks_source


def test_a_sub_question_that_leans_on_the_first_is_completed_by_its_answer():
    plan = plan_query("Who kept the light and how old is she?")
    assert [plan.leans_on_first(n) for n in range(2)] == [False, True]
    assert plan.completed(1, "Lena Holt") == "How old is Lena Holt?"
    apart = plan_query("When did the Maren sink, and who built the Sund Bridge?")
    assert not apart.leans_on_first(1)


def test_a_question_for_a_date_is_planned_in_its_standard_form():
    plan = plan_query("Date of the Tarn Regatta?")
    assert (plan.whole.text, plan.question_type) == ("On what day was the Tarn Regatta?", "when")


def test_plan_query_of_an_overview_searches_for_its_topic_alone():
    plan = plan_query("Summarise what the articles say about the ship, and what became of it?")
    assert plan.question_type == "overview"
    assert plan.mode == "single"
    assert plan.whole.texts == ("What is said about ship?",)

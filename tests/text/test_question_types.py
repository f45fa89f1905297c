"""Types of questions, told by their wording."""

import pytest

from rag.retrieval.query_plan import plan_query
from rag.text.questions.question_types import classify

EXAMPLES = {
    "fact": ["What caused the fire?", "Where was the can?", "Why did the mill burn?"],
    "who": ["Who owns the mill?", "Whose boat sank?"],
    "when": ["When did the mill burn down?", "In what year was it built?"],
    "yes_no": ["Was anybody hurt?", "Did the museum buy the clock?", "Is it known how many died?"],
    "quantity": ["How much did it cost?", "How far is it to Torsund?", "How many tonnes was it?"],
    "count": ["How many boats were counted?"],
    "comparison": [
        "How many more boats came in May than in June?",
        "Which of the two is older?",
        "How many days lay between the fire and the trial?",
        "Who paid more, the owner or the council?",
    ],
    "list": [
        "Which clocks were sold?",
        "At which three places were boats seen?",
        "List the winners",
    ],
    "overview": [
        "What do the articles say about the fire?",
        "Summarise what the museum plans",
        "Can you give me a short overview of the fire?",
        "What does the obituary say about the painter?",
        "What happened to the ship, and what became of the affair?",
        "How has the shipyard been doing over the years?",
        "what is the argument about the ward about",
        "Bring me up to date on the ferry.",
        "Give me the background on the strike",
    ],
    "quote": ["Who said “it was dark”?", "What exactly did Ida Holm say?"],
    "latest": ["Who is the mayor now?", "What is the latest on the mill?"],
    "first": ["Who was the first to report the fire?", "Who reported it first?"],
    "change": ["What has changed since June?", "How has the price changed since 2021?"],
    "disagreement": [
        "Do the articles agree on the cost?",
        "How do the reports differ on the cost?",
    ],
    "help": ["Hello!", "help", "What can I ask?", "Who are you?"],
}


@pytest.mark.parametrize(
    ("kind", "question"), [(kind, each) for kind, some in EXAMPLES.items() for each in some]
)
def test_classify(kind, question):
    assert classify(question, asks_for_latest=kind == "latest") == kind
    assert plan_query(question).question_type == kind


@pytest.mark.parametrize(
    "question",
    [
        "What does the council do?",  # not a list of "doe"
        "What was sold?",
        "What was the speech about?",
        "What happened to the mill?",
        "Help the museum needs: what is it?",
        "Which minister said hello?",
        "What changes the colour of eels?",
    ],
)
def test_a_doubtful_wording_is_a_fact(question):
    assert classify(question) == "fact"


def test_a_question_by_accounts_is_one_of_disagreement():
    plan = plan_query("How many were hurt, by the different accounts?")
    assert (plan.mode, plan.question_type) == ("comparison", "disagreement")

"""Follow-ups whose reference the turn before leaves no doubt of, and others."""

from __future__ import annotations

import pytest

from rag.retrieval.clauses import complete_clause, complete_follow_up
from rag.retrieval.references import resolve_reference
from rag.types import Turn

RACE = ("Who won the race in Tarn in 2021?", "Lena Holt won the race. [1]")
SEATS = ("How many seats did the Greens win in Tarn in 2023?", "The Greens won 16 seats. [1]")
DOCK = ("How many workers left the old dock at Sund?", "Ninety. [1]")
DEBTS = "What were Tarn Kelp's debts in 2020?"
SAID = ("What did Ivo Brandt say about the wheat?", "The harvest was lost. [1]")


@pytest.mark.parametrize(
    ("question", "turn", "meant"),
    [
        ("How old is she?", RACE, "How old is Lena Holt?"),
        ("What is her job?", RACE, "What is Lena Holt's job?"),
        ("Whom did she follow?", RACE, "Whom did Lena Holt follow?"),
        ("Who had trained her in Sund?", RACE, "Who had trained Lena Holt in Sund?"),
        ("Where did he say so?", SAID, "Where did Ivo Brandt say so?"),
        (
            "And the Harbour List?",
            SEATS,
            "How many seats did the Harbour List win in Tarn in 2023?",
        ),
        ("What about 2019?", RACE, "Who won the race in Tarn in 2019?"),
        ("And in 2019?", SEATS, "How many seats did the Greens win in Tarn in 2019?"),
        ("and two years later?", SEATS, "How many seats did the Greens win in Tarn in 2025?"),
        ("And the year before?", RACE, "Who won the race in Tarn in 2020?"),
        ("What was it insured for?", RACE, "What was the race in Tarn insured for?"),
        ("When did he start it?", RACE, "When did Lena Holt start the race in Tarn?"),
        ("Why is the next one in May?", RACE, "Why is the next race in Tarn in May?"),
        ("What was built there?", DOCK, "What was built at the old dock at Sund?"),
        ("What are they asking for?", DOCK, "What are the workers asking for?"),
        ("And its debts?", ("What were Tarn Kelp's sales in 2020?", "9."), DEBTS),
        ("And a child?", ("What does it cost an adult?", "Six."), "What does it cost a child?"),
    ],
)
def test_a_reference_without_doubt(question, turn, meant) -> None:
    assert resolve_reference(question, [Turn("Who?", "Marek Dal."), Turn(*turn)]) == meant


@pytest.mark.parametrize(
    ("question", "turn"),
    [
        ("What was it insured for?", ("What was taken?", "Thieves took the bell of Tarn. [1]")),
        ("How many seats have they?", RACE),
        ("How old is she?", ("Who met?", "Lena Holt met Ivo Brandt. [1]")),
        ("How old is she?", ("Who won?", "The mayor. [1]")),
        ("And why?", SEATS),
        ("And the winner?", SEATS),
        ("What about 2019?", ("Who led from 2017 to 2021?", "Lena Holt.")),
        ("Who is mayor of Tarn?", RACE),
    ],
)
def test_a_reference_in_doubt_is_left_to_others(question, turn) -> None:
    assert resolve_reference(question, [Turn(*turn)]) is None


def test_a_pronoun_means_the_person_of_the_turn_before_the_last() -> None:
    turns = [
        Turn("Who led the bank?", "Lena Holt. [1]"),
        Turn("When did she leave?", "In May. [1]"),
    ]
    assert resolve_reference("Where did she go?", turns) == "Where did Lena Holt go?"


@pytest.mark.parametrize(
    ("question", "turn", "meant"),
    [
        ("And who came second?", RACE, "Who came second in the race in Tarn in 2021?"),
        ("By how much?", RACE, "it that Lena Holt won the race in Tarn in 2021?"),
        ("Since when?", ("Who leads the union?", "Lena Holt. [1]"), "Lena Holt leads the union?"),
        ("Who leads the union?", RACE, None),
        ("How many boats took part that year?", RACE, "in the race in Tarn in 2021?"),
    ],
)
def test_a_follow_up_takes_what_the_last_question_is_about(question, turn, meant) -> None:
    completed = complete_follow_up(question, [Turn(*turn)])
    assert completed is None if meant is None else completed and completed.endswith(meant)


def test_a_clause_takes_what_answers_the_first_one() -> None:
    first = "Who kept the list at Sund Hall"
    assert complete_clause(first, "what age is she", "Lena Holt") == "what age is Lena Holt"
    assert complete_clause(first, "what age is she") == "what age is she"
    assert complete_clause("Who bought the mill", "for what price", "Tarn Board") == (
        "for what price was it that Tarn Board bought the mill"
    )
    assert complete_clause("How many nests of terns were found", "with what means") == (
        "with what means were the nests of terns found"
    )

"""What a question wants calculated, and from the answers to which questions."""

import pytest

from rag.grounding.composition.arithmetic.query import parse_calculation

EXAMPLES = {
    "How many more seats did Aas win than Lund?": (
        "difference",
        "How many seats did Aas win?",
        "How many seats did Lund win?",
    ),
    "How many fewer boats were there in May than in June?": (
        "difference",
        "How many boats were there in May?",
        "How many boats were there in June?",
    ),
    "How many more runners started in the Tarn race of 2019 than in 2021?": (
        "difference",
        "How many runners started in the Tarn race in 2019?",
        "How many runners started in the Tarn race in 2021?",
    ),
    "How many more men than women were hurt?": (
        "difference",
        "How many men were hurt?",
        "How many women were hurt?",
    ),
    "How many more people does the Aurora carry than the Borealis takes?": (
        "difference",
        "How many people does the Aurora carry?",
        "How many people does the Borealis takes?",
    ),
    "How much higher is the tower at Vell than the mast?": (
        "difference",
        "How high is the tower at Vell?",
        "How high is the mast?",
    ),
    "How many metres longer is the new pier than the old pier?": (
        "difference",
        "How long is the new pier?",
        "How long is the old pier?",
    ),
    "How much dearer was the tram than the bus?": (
        "difference",
        "How much did the tram cost?",
        "How much did the bus cost?",
    ),
    "By how much did the weight of the bell exceed that of the clock?": (
        "difference",
        "What weight did the bell have?",
        "What weight did the clock have?",
    ),
    "What is the age difference between Ida Holm and Per Aas?": (
        "difference",
        "How old is Ida Holm?",
        "How old is Per Aas?",
    ),
    "Which is longer, the pier or the quay?": (
        "most",
        "How long is the pier?",
        "How long is the quay?",
    ),
    "Who is younger, Ida Holm or Per Aas?": (
        "least",
        "How old is Ida Holm?",
        "How old is Per Aas?",
    ),
    "Which of the pier and the quay is longer?": (
        "most",
        "How long is the pier?",
        "How long is the quay?",
    ),
    "Who won more seats, the Greens or the Left?": (
        "most",
        "How many seats did the Greens win?",
        "How many seats did the Left win?",
    ),
    "Who raised more money: Aas or Lund?": (
        "most",
        "How much money did Aas raise?",
        "How much money did Lund raise?",
    ),
    "Which came first, the flood or the opening of the dam?": (
        "earliest",
        "When was the flood?",
        "When did the dam open?",
    ),
    "How many days passed between the fire and the trial?": (
        "days",
        "When was the fire?",
        "When was the trial?",
    ),
    "How long after the flood did the bridge open?": (
        "days",
        "When was the flood?",
        "When did the bridge open?",
    ),
    "How long after the start of the strike did it end?": (
        "days",
        "When did the strike start?",
        "When did the strike end?",
    ),
    "How many weeks before the trial was Aas arrested?": (
        "days",
        "When was Aas arrested?",
        "When was the trial?",
    ),
    "What is the total of the fine and the costs?": (
        "sum",
        "How much was the fine?",
        "How much was the costs?",
    ),
    "How many seats did the Greens and the Left win together?": (
        "sum",
        "How many seats did the Greens win?",
        "How many seats did the Left win?",
    ),
    "How many boats came in May and June in total?": (
        "sum",
        "How many boats came in May?",
        "How many boats came in June?",
    ),
}


@pytest.mark.parametrize("question", EXAMPLES)
def test_operands_are_questions_of_their_own(question):
    query = parse_calculation(question)
    assert query is not None
    operation, *questions = EXAMPLES[question]
    assert query.operation == operation
    assert [each.question for each in query.operands] == questions


@pytest.mark.parametrize(
    "question",
    [
        "How many people were hurt?",
        "How much did it cost?",
        "How much more than 200 did it cost?",
        "How many fewer stops does the line have than was planned?",
        "Which ferry was longer?",
        "How many more seats did they win than the Left?",
        "Who won the race, and in what time?",
        "What is the total cost?",
    ],
)
def test_other_questions_have_no_calculation(question):
    assert parse_calculation(question) is None


def test_the_direction_the_unit_and_what_is_counted():
    fewer = parse_calculation("How many fewer boats were there in May than in June?")
    metres = parse_calculation("How many metres shorter is the quay than the pier?")
    faster = parse_calculation("By how many seconds did Aas beat the old record?")
    assert fewer is not None and metres is not None and faster is not None
    assert (fewer.reversed, fewer.counted, fewer.unit) == (True, "boats", None)
    assert metres.reversed
    assert metres.unit is not None
    assert metres.unit.plural == "metres"
    assert faster.reversed
    assert [each.label for each in faster.operands] == ["Aas", "the old record"]


@pytest.mark.parametrize(
    ("question", "final", "first"),
    [
        (
            "How far above the sum first named was the final bill for the new quay?",
            "How much was the final bill for the new quay?",
            "How much was the sum first named for the new quay?",
        ),
        (
            "How much more than the original estimate did the tower cost?",
            "How much did the tower cost?",
            "How much was the original estimate?",
        ),
    ],
)
def test_a_final_figure_beside_the_first_one(question: str, final: str, first: str) -> None:
    query = parse_calculation(question)
    assert query is not None and query.is_of_first
    assert [each.question for each in query.operands] == [final, first]

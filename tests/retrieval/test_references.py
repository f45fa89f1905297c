"""Follow-ups whose reference the turn before leaves no doubt of, and others."""

from __future__ import annotations

import pytest

from rag.retrieval.references import resolve_reference

RACE = ("Who won the race in Tarn in 2021?", "Lena Holt won the race. [1]")
SEATS = ("How many seats did the Greens win in Tarn in 2023?", "The Greens won 16 seats. [1]")
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
    ],
)
def test_a_reference_without_doubt(question, turn, meant) -> None:
    assert resolve_reference(question, [("Who?", "Marek Dal."), turn]) == meant


@pytest.mark.parametrize(
    ("question", "turn"),
    [
        ("What was it insured for?", RACE),
        ("When did he start it?", RACE),
        ("How old is she?", ("Who met?", "Lena Holt met Ivo Brandt. [1]")),
        ("How old is she?", ("Who won?", "The mayor. [1]")),
        ("And why?", SEATS),
        ("And the winner?", SEATS),
        ("What about 2019?", ("Who led from 2017 to 2021?", "Lena Holt.")),
        ("Who is mayor of Tarn?", RACE),
    ],
)
def test_a_reference_in_doubt_is_left_to_others(question, turn) -> None:
    assert resolve_reference(question, [turn]) is None

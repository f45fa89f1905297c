"""Lists that an article sets out as figures."""

from __future__ import annotations

import pytest

from rag.grounding.composition.standings import standings

RESULTS = (
    "FELL RUN, Sunday. Rain.\n\n"
    "Men: 1. Olav Rimm (Vessby) 1:25:10; 2. Nils Tarn (College) 1:25:44; 3. Ivo Kerr 1:27:02. "
    "Per Aas gave up at the bridge.\n\n"
    "Women: 1. Ada Holm (Lund) 1:31:47; 2. Eva Sand (Aldby) 1:32:20; 3. Mia Sjö (Lund) 1:36:05."
)
MEN = "Men: 1. Olav Rimm (Vessby) 1:25:10; 2. Nils Tarn (College) 1:25:44; 3. Ivo Kerr 1:27:02."
TWO = (
    "Men: 1. Olav Rimm (Vessby) 1:25:10; 2. Nils Tarn (College) 1:25:44;",
    "Women: 1. Ada Holm (Lund) 1:31:47; 2. Eva Sand (Aldby) 1:32:20;",
)
SEATS = (
    "The last ward is in. "
    "The Mill Party has 17 seats, the Left 14, the Harbour List 9 and the Greens 5."
)


def listed(question: str, text: str) -> tuple[str, ...]:
    return tuple(text[start:end] for start, end in standings(question, text))


@pytest.mark.parametrize(
    "question",
    ["first three men home?", "Name the top three men.", "Which men came first, second and third?"],
)
def test_the_first_of_the_group_that_is_asked_for(question: str) -> None:
    assert listed(question, RESULTS) == (MEN,)


def test_without_a_group_those_of_each() -> None:
    assert listed("Who were the top two in the run?", RESULTS) == TWO


@pytest.mark.parametrize("question", ["Who won the run?", "Who ran in the first three years?"])
def test_what_is_no_question_for_places_has_no_results(question: str) -> None:
    assert listed(question, RESULTS) == ()


def test_fewer_places_than_asked_for_are_no_list() -> None:
    assert listed("Who were the top four men?", RESULTS) == ()


def test_what_each_has_of_what_is_asked_for() -> None:
    assert listed("Which parties won seats?", SEATS) == (SEATS.partition(". ")[2],)
    assert listed("Which parties won wards?", SEATS) == ()
    assert listed("Which parties won seats?", "The Mill Party has 17 seats and a mayor.") == ()
    assert listed("Which parties won seats?", "The seats are 17, the wards 5 and 3 towns.") == ()

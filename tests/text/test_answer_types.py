"""The type of answer that a question expects."""

import pytest

from rag.text.questions.answer_types import (
    expected_answer_type,
    is_yes_no_question,
    lacks_answer_type,
    matches_answer_type,
)


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("When did the bridge open?", "The bridge opened in May.", True),
        ("When did the bridge open?", "The bridge opened with a feast.", False),
        ("In what year did the bridge of 1987 open?", "The bridge of 1987 opened.", False),
        ("How many men worked there?", "Seven men worked there.", True),
        ("How many men worked there?", "Men from Tarn worked there.", False),
        ("How many men worked there?", "Dozens of men did.", True),
        ("Who opened the bridge?", "Lena Holt opened the bridge.", True),
        ("Who opened the bridge?", "With a feast, it was opened.", False),
        ("Why did it rain?", "It rained.", True),
        ("In which year did it open?", "It opened in the first days of May.", False),
        ("In which year did it open?", "It opened last year.", True),
        ("In which year did it open?", "It was opened in the 1990s.", True),
        ("On which day of June 1991 did it open?", "It opened in June 1991.", False),
        ("On which day of June 1991 did it open?", "It opened on June 12.", True),
        ("On which day did it open?", "It opened on a Tuesday.", True),
        ("On which day did it open?", "It opened on Harvest Day.", True),
        ("In which month did it open?", "It opened in spring.", False),
        ("In which month did it open?", "It opened on 3 May.", True),
        ("When may it open?", "It may open with a feast.", False),
    ],
)
def test_matches_answer_type_looks_for_what_the_question_asks(question, answer, expected):
    assert matches_answer_type(question, answer) is expected


def test_expected_answer_type_ignores_a_when_that_asks_for_no_time():
    assert expected_answer_type("How did they leave when the bridge was closed?") is None
    assert expected_answer_type("When the bridge was closed, what did they do?") is None
    assert expected_answer_type("Since when has the bridge been closed?") == "time"


def test_lacks_answer_type_judges_times_and_counts_only():
    assert lacks_answer_type("How many men worked there?", "Men from Tarn worked there.")
    assert not lacks_answer_type("Who opened the bridge?", "With a feast, it was opened.")
    assert not lacks_answer_type("How long is the bridge?", "It spans the Sund.")


def test_is_yes_no_question_needs_an_auxiliary_first():
    assert is_yes_no_question("Did the ferry sink?")
    assert is_yes_no_question("Isn't the bridge open?")
    assert not is_yes_no_question("Which ferry did sink?")
    assert not is_yes_no_question("Island ferries: how many sank?")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Ada Lund's day of death?", "day"),
        ("Date of the opening of Lund bridge", "day"),
        ("The votes were counted again. Could you tell me the day?", "day"),
        ("The exact date, please: the ferry ran aground", None),
        ("Year in which the mill closed?", "year"),
        ("Number of jobs to go at the mill?", "count"),
        ("The mill's profit over the year?", None),
        ("The board of the day?", None),
        ("Name of the person in command?", "person"),
        ("The ferry ran aground, when?", "time"),
        ("Tell me about the day of the storm", None),
        ("The Day of the Fox - author", None),
        ("Day of rest protests: reason", None),
        ("St Olaf's day of action, organisers", None),
        ("Count of Monfort's castle", None),
        ("Year of drought, effects on farms", None),
        ("Number of the beast: its author", None),
    ],
)
def test_expected_answer_type_of_clipped_questions(question, expected):
    assert expected_answer_type(question) == expected

"""A reworded question names the same things, and asks for the same."""

import random
import re

import pytest

from rag.training.rewordings import reword

_QUESTIONS = (
    "Who won the Harbour Row in 2018?",
    "Who is Ansel Brookes?",
    "What is the name of the ferry?",
    "When did the bridge at Coldwater open?",
    "How many homes were flooded in Tollan?",
    "Why did the dyke give way?",
    "Which country hosted the games of 1931?",
    "Where was the bell cast?",
)


@pytest.mark.parametrize("question", _QUESTIONS)
def test_names_and_figures_stay(question: str) -> None:
    last = question.rsplit(maxsplit=1)[-1].rstrip("?")
    named = [*re.findall(r"(?<=\s)[A-Z]\w+|\d+", question), last]
    for seed in range(200):
        reworded = reword(question, random.Random(seed))
        assert all(word.lower() in reworded.lower() for word in named), reworded
        assert "{" not in reworded


@pytest.mark.parametrize("question", _QUESTIONS)
def test_there_are_many_wordings(question: str) -> None:
    assert len({reword(question, random.Random(seed)) for seed in range(200)}) >= 20


def test_frames_fit_their_questions() -> None:
    def wordings(question: str) -> set[str]:
        return {reword(question, random.Random(seed)).rstrip("?") for seed in range(300)}

    assert "Do you happen to know who won the Harbour Row in 2018" in wordings(_QUESTIONS[0])
    assert "Who might Ansel Brookes be" in wordings(_QUESTIONS[1])
    assert "Could you tell me what the name of the ferry is" in wordings(_QUESTIONS[2])
    assert "When exactly did the bridge at Coldwater open" in wordings(_QUESTIONS[3])
    assert "What number of homes were flooded in Tollan" in wordings(_QUESTIONS[4])


def test_who_did_is_not_taken_for_who_acts() -> None:
    wordings = {reword("Who did Ansel meet?", random.Random(seed)) for seed in range(200)}
    assert not any("person who did" in each for each in wordings)


def test_who_was_killed_is_not_taken_for_who_somebody_is() -> None:
    wordings = {reword("Who was killed in the fire?", random.Random(n)) for n in range(200)}
    assert not any("might" in each or "who is that" in each for each in wordings)


def test_names_keep_their_capitals() -> None:
    wordings = {reword("Who is Whitney Holt?", random.Random(n)) for n in range(200)}
    assert all("Whitney" in each for each in wordings)


def test_a_question_without_words_stays() -> None:
    assert reword("?", random.Random(1)) == "?"

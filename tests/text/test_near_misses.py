"""What may take the place of words in a question."""

from __future__ import annotations

import random

from rag.text.questions.near_misses import (
    figure_edit,
    names_in,
    relation_edits,
    replace_word,
    year_edits,
)

QUESTION = "Who won the Tarn Cup in 1931 with 7,400 votes?"


def test_years_near_that_of_the_question() -> None:
    edit = year_edits(QUESTION)
    assert edit is not None
    assert "1931" not in edit.others
    assert all(abs(int(year) - 1931) <= 10 for year in edit.others)
    assert edit.apply(QUESTION, "1930") == "Who won the Tarn Cup in 1930 with 7,400 votes?"
    assert year_edits("Who won?") is None


def test_another_figure_of_the_same_form_and_never_the_year() -> None:
    for seed in range(20):
        edit = figure_edit(QUESTION, random.Random(seed))
        assert edit is not None
        assert edit.others[0][0] not in "70"
        assert edit.others[0][1:] == ",400"
        assert "1931" in edit.apply(QUESTION, edit.others[0])


def test_names_of_a_question_but_its_first_word() -> None:
    assert [each[0] for each in names_in("Who saw Lena Holt at Osby?")] == ["Lena Holt", "Osby"]


def test_words_that_have_a_counterpart() -> None:
    assert ("won", "lost") in relation_edits(QUESTION)
    assert replace_word(QUESTION, "won", "lost").startswith("Who lost the Tarn Cup")

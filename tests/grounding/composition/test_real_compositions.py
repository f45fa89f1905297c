"""Calculations and lists with the real reader, from the question to the answer."""

from __future__ import annotations

import dataclasses

import pytest

from rag.assistant import Assistant
from rag.index.build import build_index

pytestmark = pytest.mark.real

ARTICLES = {
    "vote": "The Reds won 41 seats in the council of Aldby on Sunday. The Blues won 33 seats.",
    "flood": "The towns of Corham and East Vell were flooded by the Tarn on Monday.",
    "flood-2": "On Tuesday the Tarn rose again, and the town of Aldby was flooded.",
    "herons": "Some 140 herons nest at Osby, according to the bird society of Tarn. "
    "The wardens will count them again next year.",
    "quarry": "Lena Holt runs the quarry of Lund. She said that 37 workers will lose their places.",
    "barn": "A barn burned down near Vik on Monday. The fire destroyed 600 bales of straw.",
}


@pytest.fixture(scope="module")
def assistant(real_settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("compositions")
    (folder / "articles").mkdir()
    for id, text in ARTICLES.items():
        (folder / "articles" / f"{id}.md").write_text(
            f"---\ntitle: News of {id}\nsource: Kurier\npublished: '2024-05-06'\n---\n{text}\n"
        )
    settings = dataclasses.replace(
        real_settings, corpus=folder / "articles", index=folder / "index", model="none"
    )
    build_index(settings)
    opened = Assistant.open(settings)
    yield opened
    opened.close()


def test_a_difference_cites_both_figures(assistant):
    answer = assistant.ask("How many more seats did the Reds win than the Blues?")
    assert answer.question_type == "comparison"
    assert answer.sentences[0].text == "41 − 33 = 8 seats."
    assert answer.text.startswith("41 − 33 = 8 seats. [1][2] ")
    assert {each.article for each in answer.citations} == {"vote"}


def test_a_list_is_gathered_over_articles(assistant):
    answer = assistant.ask("Which towns were flooded by the Tarn?")
    assert answer.question_type == "list"
    assert {each.article for each in answer.citations} == {"flood", "flood-2"}


def test_a_source_that_the_sentence_names_is_no_second_question(assistant):
    answer = assistant.ask("How many herons nest at Osby, and according to whom?")
    assert [each.quote for each in answer.citations] == [
        "Some 140 herons nest at Osby, according to the bird society of Tarn."
    ]
    assert len(answer.sentences) == 1
    assert "unanswered" not in {note.kind for note in answer.notes}


def test_the_sentence_that_names_the_source_is_cited_too(assistant):
    answer = assistant.ask("How many workers of the quarry will lose their places, and says who?")
    assert [each.quote for each in answer.citations] == [
        "She said that 37 workers will lose their places.",
        "Lena Holt runs the quarry of Lund.",
    ]
    assert "“Lena Holt runs the quarry of Lund.” [2]" in answer.text


def test_where_no_source_is_named_a_note_says_so(assistant):
    answer = assistant.ask("How many bales of straw did the fire destroy, and who said so?")
    assert "600 bales" in answer.text
    assert "The article says this itself and names no source for it." in [
        note.text for note in answer.notes if note.kind == "unanswered"
    ]

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

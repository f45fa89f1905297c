"""Suggested questions: from the newest articles, generated once per snapshot."""

from __future__ import annotations

import json

import pytest

from rag.assistant import Assistant
from rag.generation.suggestions import FILE_NAME
from rag.index.build import build_index
from rag.models.llm.scripted import ScriptedModel

SCRIPT = {
    "ferry Maren": "When did the ferry Maren sink?",
    "bridge over the Sund": "What did the bridge over the Sund cost?",
    "third of their wheat": "Not a question.",
    "Minister Sara Lind": "What became of the ferry Maren that sank on 3 May?",  # another article
}


@pytest.fixture
def model():
    return ScriptedModel(SCRIPT)


@pytest.fixture
def assistant(indexed_toy, model):
    opened = Assistant.open(indexed_toy, load_model=lambda settings: model)
    yield opened
    opened.close()


def test_suggested_questions_find_their_own_articles_newest_first(assistant, model):
    suggested = [SCRIPT["ferry Maren"], SCRIPT["bridge over the Sund"]]
    assert assistant.suggest_questions() == suggested
    assert len(model.prompts) == 4
    assert assistant.suggest_questions(1) == suggested[:1]
    assert len(model.prompts) == 4  # they are stored


def test_suggested_questions_are_generated_again_for_another_snapshot(
    assistant, indexed_toy, model
):
    first = assistant.suggest_questions()
    stored = json.loads((indexed_toy.index / FILE_NAME).read_text())
    assert stored == {"snapshot": "gen-000001", "questions": first}
    (indexed_toy.corpus / "ferry.md").unlink()
    build_index(indexed_toy)
    assert assistant.suggest_questions() == [SCRIPT["bridge over the Sund"]]
    assert json.loads((indexed_toy.index / FILE_NAME).read_text())["snapshot"] == "gen-000002"


@pytest.mark.parametrize("content", ["", "[]", '{"snapshot": "gen-000001"}', '{"questions": 1}'])
def test_a_damaged_file_of_suggestions_is_replaced(assistant, indexed_toy, content):
    (indexed_toy.index / FILE_NAME).write_text(content)
    assert assistant.suggest_questions(1) == [SCRIPT["ferry Maren"]]


def test_suggestions_of_a_read_only_index_are_not_stored(assistant, indexed_toy, monkeypatch):
    def full(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("rag.generation.suggestions.write_atomically", full)
    assert assistant.suggest_questions(1) == [SCRIPT["ferry Maren"]]
    assert not (indexed_toy.index / FILE_NAME).exists()

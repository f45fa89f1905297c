"""The trained classifier on questions in wordings of this test, and weights that do not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from rag.errors import ModelError
from rag.models.opening import open_classifier
from rag.models.question_classifier import WEIGHTS, QuestionClassifier
from rag.models.registry import get_card, verify_model

pytestmark = pytest.mark.real

# question -> its type, words that must be of its topic
TYPED = {
    "How many pieces have you got in there?": ("collection", ""),
    "give me the gist of what was written about the tannery fire": ("overview", "tannery fire"),
    "Which of the two mills employed more people?": ("comparison", "mills"),
    "who was the very first to report the leak?": ("first", "leak"),
    "Do the papers contradict each other on the number of sheep?": ("disagreement", "sheep"),
    "When did the lock gates open?": ("when", "lock gates"),
    "And whose byline stands above that one?": ("metadata", ""),
    "Number of stories each reporter has filed": ("collection", ""),
    "Who signed the audit report on the tannery?": ("who", "tannery"),
}


@pytest.fixture(scope="module")
def classifier(real_settings) -> QuestionClassifier:
    opened = open_classifier(real_settings)
    assert opened is not None
    return opened


@pytest.mark.parametrize(("question", "expected"), TYPED.items())
def test_types_and_topics_are_told_in_any_words(classifier, question, expected) -> None:
    intent = classifier.read(question)
    question_type, topic = expected
    assert intent.question_type == question_type
    assert topic in intent.topic
    assert 0 < intent.probability <= 1


def test_a_question_is_read_once(classifier, monkeypatch) -> None:
    question = "Which of the two ferries was the older one?"
    first = classifier.read(question)
    monkeypatch.setattr(classifier, "_network", None)
    assert classifier.read(question) == first


@pytest.mark.parametrize("question", ["", "?", "why " * 400, "港は いつ 閉鎖された？", "🚢"])
def test_odd_input_gives_an_intent(classifier, question) -> None:
    intent = classifier.read(question)
    assert intent.topic in question


def test_weights_that_do_not_fit_are_named(real_settings, tmp_path: Path) -> None:
    encoder = verify_model(get_card("all-minilm-l6-v2"), real_settings.models)
    folder = verify_model(get_card("questions"), real_settings.models)
    state = load_file(folder / WEIGHTS)
    save_file(state, tmp_path / WEIGHTS, {"labels": "fact | author"})
    with pytest.raises(ModelError, match="trained for other types"):
        QuestionClassifier.open(encoder, tmp_path)
    (tmp_path / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:9000])
    with pytest.raises(ModelError, match="does not load"):
        QuestionClassifier.open(encoder, tmp_path)
    save_file({"types.weight": torch.zeros(2, 2)}, tmp_path / WEIGHTS)
    with pytest.raises(ModelError, match="restore it"):
        QuestionClassifier.open(encoder, tmp_path)


def test_without_a_reader_there_is_no_classifier(real_settings, monkeypatch, capsys) -> None:
    assert open_classifier(replace(real_settings, reader="none")) is None
    assert capsys.readouterr().err == ""

    def missing(card, models):
        raise ModelError("it is gone: restore it")

    monkeypatch.setattr("rag.models.opening.verify_model", missing)
    assert open_classifier(real_settings) is None
    assert capsys.readouterr().err == (
        "rag: types of questions are told by rules alone: it is gone: restore it\n"
    )

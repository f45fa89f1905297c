"""Opening the reader of the settings, with the models that it needs, or what takes its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.models.cascade import Cascade
from rag.models.opening import open_reader
from rag.models.reader import Reader
from rag.models.registry import get_card, verify_model
from rag.settings import Settings

pytestmark = pytest.mark.real

QUESTION = "How many people drowned when the Marten sank?"
PASSAGES = [
    "The ferry Marten sank off Tarn in May 1931, and 14 people drowned, the harbour master said.",
    "She said the ferry would be replaced in June by a larger ship.",
]


@pytest.fixture
def folder(real_settings: Settings) -> Path:
    return verify_model(get_card(real_settings.embedder), real_settings.models)


def test_the_large_reader_and_the_one_before_it_are_one(real_settings, folder, capsys) -> None:
    reader, name = open_reader(replace(real_settings, reader="reader-large"), folder)
    assert isinstance(reader, Cascade)
    assert name == "reader-large"
    first, second = reader.read(QUESTION, PASSAGES)
    assert PASSAGES[0][first.start : first.end] == "14"
    assert first.log_odds > 0 > second.log_odds
    supported, _ = reader.check("Fourteen people drowned.", PASSAGES)
    assert supported.supported > 0.5
    assert capsys.readouterr().err == ""


def test_the_quick_reader_takes_the_place_of_a_large_one_that_is_not_here(
    real_settings, folder, monkeypatch, capsys
) -> None:
    def missing(card, models):
        if card.name == "all-mpnet-base-v2":
            raise ModelError("all-mpnet-base-v2 is not pulled: type `rag models pull it`")
        return verify_model(card, models)

    monkeypatch.setattr("rag.models.opening.verify_model", missing)
    reader, name = open_reader(replace(real_settings, reader="reader-large"), folder)
    assert isinstance(reader, Reader)
    assert name == "reader"
    assert capsys.readouterr().err == (
        "rag: answering with reader in the place of reader-large: "
        "all-mpnet-base-v2 is not pulled: type `rag models pull it`\n"
    )


def test_a_reader_that_is_not_known_leaves_none(real_settings, folder, capsys) -> None:
    reader, name = open_reader(replace(real_settings, reader="nobody"), folder)
    assert (reader, name) == (None, "none")
    assert "answering without the reader: no model 'nobody'" in capsys.readouterr().err

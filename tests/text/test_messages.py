"""The table of refusals and notes: every language has every text, with the same names in it."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from rag.text.languages import get_language
from rag.text.messages import message

TABLE = tomllib.loads(files("rag.text").joinpath("data/messages.toml").read_text(encoding="utf-8"))


def test_the_languages_of_the_table() -> None:
    assert set(TABLE) == {"en", "es", "de", "fr", "ru", "zh", "ja"}
    assert all(get_language(code).code == code for code in TABLE)


@pytest.mark.parametrize("language", sorted(TABLE))
def test_a_language_has_every_text_with_the_same_names(language: str) -> None:
    assert set(TABLE[language]) == set(TABLE["en"])
    for key, text in TABLE[language].items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(
            re.findall(r"\{\w+\}", TABLE["en"][key])
        ), key


def test_a_text_is_in_the_language_of_the_question_or_else_in_english() -> None:
    assert message("not_in_corpus").startswith("The articles do not say")
    assert message("not_in_corpus", "de").startswith("Die Artikel sagen es nicht")
    assert message("not_in_corpus", "fi") == message("not_in_corpus")
    assert message("unanswered", "es", question="¿Y {eso}?") == (
        "Los artículos no lo dicen: «¿Y {eso}?»"
    )
    with pytest.raises(KeyError):
        message("no such text")

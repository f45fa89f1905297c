"""`Settings.load`: precedence, errors, renamed settings; the page generated from it."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from rag.cli.settings_table import markdown_table
from rag.errors import SettingsError
from rag.settings import Settings
from tests.conftest import ROOT


def test_load_prefers_flags_to_the_environment_to_defaults():
    assert Settings.load({}).k == 4
    assert Settings.load({"RAG_K": "7"}).k == 7
    assert Settings.load({"RAG_K": "7"}, k=3).k == 3
    assert Settings.load({"RAG_K": "7"}, k=None).k == 7
    assert Settings.load({"RAG_CORPUS": "~/news"}).corpus == Path("~/news").expanduser()


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"RAG_COLOUR": "red"}, "unknown setting RAG_COLOUR"),
        ({"RAG_k": "3"}, "unknown setting RAG_k"),
        ({"RAG_K": "many"}, "RAG_K='many' is not a number"),
        ({"RAG_K": "0"}, "RAG_K=0 is out of range"),
        ({"RAG_MAX_TOKENS": "9"}, "out of range"),
        ({"RAG_MODEL": " "}, "RAG_MODEL is empty"),
    ],
)
def test_load_names_the_setting_that_is_wrong(environ, message):
    with pytest.raises(SettingsError, match=re.escape(message)):
        Settings.load(environ)


def test_every_setting_is_used_somewhere():
    code = "".join(
        path.read_text() for path in (ROOT / "rag").rglob("*.py") if path.name != "settings.py"
    )
    unused = [f.name for f in fields(Settings) if f"settings.{f.name}" not in code]
    assert unused == []


def test_load_accepts_an_old_name_and_names_the_new_one(capsys):
    assert Settings.load({"RAG_K_ONE": "2", "RAG_KEEP": "no"}).context_k == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "rag: RAG_K_ONE is now RAG_CONTEXT_K; the old name still works",
        "rag: RAG_KEEP is now RAG_KEEP_CONVERSATIONS; the old name still works",
    ]
    assert Settings.load({"RAG_K_ONE": "2", "RAG_CONTEXT_K": "5"}).context_k == 5


@pytest.mark.parametrize("name", ["RAG_RIGHT_WITHHELD", "RAG_MAX_FALSE_REFUSAL"])
def test_load_accepts_a_retired_setting_and_says_that_it_does_nothing(capsys, name):
    assert Settings.load({name: "0.9"}) == Settings.load({})
    assert capsys.readouterr().err == (
        f"rag: {name} does nothing any more: RAG_MAX_WRONG alone sets the threshold of confidence\n"
    )
    with pytest.raises(SettingsError, match="unknown setting RAG_right_withheld"):
        Settings.load({"RAG_right_withheld": "0.9"})


def test_the_settings_page_equals_the_generated_one():
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert page == "\n".join(markdown_table()) + "\n"


def test_a_language_model_server_takes_the_place_of_the_local_model() -> None:
    environ = {"RAG_LLM_URL": "http://127.0.0.1:8080", "RAG_LLM_MODEL": "tiny"}
    settings = Settings.load(environ)
    assert settings.uses_server
    assert settings.language_model == "server:tiny"
    none = Settings.load({**environ, "RAG_MODEL": "none"})
    assert not none.uses_server, "nothing is sent where no language model is wanted"
    assert none.language_model == "none"
    assert Settings().language_model == Settings().model


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("localhost:8080", "is no address"),
        ("ftp://host/v1", "is no address"),
        ("http://", "is no address"),
        ("http://host:99999/v1", "is no address"),
        ("https://me:secret@host/v1", "a user name or a password in it"),
        ("https://host/v1?key=secret", "has more than host and path"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_and_not_shown(url: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as failure:
        Settings.load({"RAG_LLM_URL": url})
    assert "secret" not in str(failure.value)


def test_the_key_of_a_server_is_in_no_error_no_repr_and_no_record() -> None:
    for key in ("sk-secret\nx", "sk-secret–x"):
        with pytest.raises(SettingsError, match="RAG_LLM_KEY has characters") as failure:
            Settings.load({"RAG_LLM_KEY": key})
        assert "secret" not in str(failure.value)
    settings = Settings.load({"RAG_LLM_KEY": "sk-secret", "RAG_LLM_URL": "http://host"})
    assert settings.llm_key == "sk-secret"
    assert "secret" not in repr(settings) + repr(settings.affecting_answers())


def test_vectors_have_one_place() -> None:
    server = "http://127.0.0.1:8000"
    assert Settings(chroma_url=server).vector_place == server
    assert Settings().vector_place == "chroma"
    assert Settings(vector_store="flat").vector_place == "flat"
    with pytest.raises(SettingsError, match="two places for vectors: unset one"):
        Settings(chroma_url=server, vector_store="flat")

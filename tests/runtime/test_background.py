"""The language model loads beside the embedder, and what goes wrong is told where it is needed."""

from __future__ import annotations

import threading

import pytest

from rag.assistant import Assistant
from rag.errors import ModelError
from rag.index.build import build_index
from rag.models.llm.scripted import ScriptedModel
from rag.runtime.background import BackgroundTask

SAID = "Mayor Lena Holt said that the bridge cost 18 million crowns [1]."
ASKED = "What was the cost of the bridge over the Sund?"


def test_it_is_begun_at_once_and_made_once():
    begun, go, made = threading.Event(), threading.Event(), []

    def make():
        begun.set()
        go.wait()
        made.append(object())
        return made[-1]

    ahead = BackgroundTask(make)
    assert begun.wait(60)
    go.set()
    assert ahead.result() is ahead.result() is made[0]


def test_what_is_dismissed_is_given_back_when_it_is_made():
    go, given, back = threading.Event(), [], threading.Event()
    ahead = BackgroundTask(lambda: go.wait() and "thing")
    ahead.discard(lambda thing: (given.append(thing), back.set()))
    assert given == []
    go.set()
    assert back.wait(60)
    assert given == ["thing"]


def test_what_cannot_be_made_is_raised_where_it_is_asked_for_and_not_given_back():
    ahead = BackgroundTask(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        ahead.result()
    ahead.discard(pytest.fail)


def test_the_model_loads_while_the_embedder_does(toy, monkeypatch):
    build_index(toy)
    model, loading = ScriptedModel({"cost of the bridge": SAID}), threading.Event()
    from rag import assistant as room

    inner = room.Embedder.open

    def slow(folder):
        assert loading.wait(60)  # it has begun before the embedder is there
        return inner(folder)

    monkeypatch.setattr("rag.assistant.Embedder.open", slow)
    opened = Assistant.open(toy, preload=True, load_model=lambda _: (loading.set(), model)[1])
    assert opened.ask(ASKED).draft == SAID
    assert opened.model() is model
    opened.close()


def test_a_model_that_does_not_load_is_named_at_the_question(toy):
    build_index(toy)

    def broken(settings):
        raise ModelError("broken")

    opened = Assistant.open(toy, preload=True, load_model=broken)
    with pytest.raises(ModelError, match="broken"):
        opened.ask(ASKED)
    opened.close()

"""A background task starts at once and its result or error appears where it is needed.

The language model is loaded in such a task, beside the embedder.
"""

from __future__ import annotations

import threading

import pytest

from rag.assistant import Assistant
from rag.errors import ModelError
from rag.models.llm.scripted import ScriptedModel
from rag.runtime.background import BackgroundTask

DRAFT = "Mayor Lena Holt said that the bridge cost 18 million crowns [1]."
QUESTION = "What was the cost of the bridge over the Sund?"


def test_background_task_starts_at_once_and_runs_once():
    started, release, results = threading.Event(), threading.Event(), []

    def run():
        started.set()
        release.wait()
        results.append(object())
        return results[-1]

    task = BackgroundTask(run)
    assert started.wait(60)
    release.set()
    assert task.result() is task.result() is results[0]


def test_discarded_task_hands_its_result_to_the_callback():
    release, discarded, called = threading.Event(), [], threading.Event()
    task = BackgroundTask(lambda: release.wait() and "result")
    task.discard(lambda result: (discarded.append(result), called.set()))
    assert discarded == []
    release.set()
    assert called.wait(60)
    assert discarded == ["result"]


def test_failed_task_raises_its_error_in_result_and_discards_nothing():
    task = BackgroundTask(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        task.result()
    task.discard(pytest.fail)


def test_assistant_loads_the_model_while_the_embedder_loads(indexed_toy, monkeypatch):
    model, loading = ScriptedModel({"cost of the bridge": DRAFT}), threading.Event()
    from rag import assistant as module

    inner = module.open_embedder

    def slow(settings):
        assert loading.wait(60)  # the model starts loading before the embedder is ready
        return inner(settings)

    monkeypatch.setattr(module, "open_embedder", slow)
    assistant = Assistant.open(
        indexed_toy, preload=True, load_model=lambda _: (loading.set(), model)[1]
    )
    assert assistant.ask(QUESTION).draft == DRAFT
    assert assistant.model() is model
    assistant.close()


def test_assistant_reports_a_model_that_does_not_load_at_the_question(indexed_toy):

    def broken(settings):
        raise ModelError("broken")

    assistant = Assistant.open(indexed_toy, preload=True, load_model=broken)
    with pytest.raises(ModelError, match="broken"):
        assistant.ask(QUESTION)
    assistant.close()

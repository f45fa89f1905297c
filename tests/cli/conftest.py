"""`rag ask` over the toy index, with a scripted reader and model."""

from __future__ import annotations

import pytest

from rag.cli import main
from rag.models.llm.scripted import ScriptedModel
from tests.scripted_reader import ScriptedReader

COST = "What was the cost of the bridge over the Sund?"
WORDING = "Mayor Lena Holt said that the bridge cost 18 million crowns"


@pytest.fixture
def reader(monkeypatch):
    """The scripted reader that every assistant opens."""
    scripted = ScriptedReader(
        {"cost of the bridge": "18 million crowns", "lock of Osby": "7 crowns"}
    )
    monkeypatch.setattr(
        "rag.assistant.open_reader", lambda settings, embedder: (scripted, settings.reader)
    )
    return scripted


@pytest.fixture
def ask(indexed_toy, reader, monkeypatch, capsys):
    """Runs `rag ask` with these arguments; stdout, stderr. It has to end with `status`."""
    scripted = ScriptedModel({"bridge": f"{WORDING} [1]."})
    monkeypatch.setattr("rag.assistant.build_check.load_model", lambda *_, **__: scripted)
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: None)
    monkeypatch.setenv("RAG_INDEX", str(indexed_toy.index))

    def run(*arguments, model="qwen2.5-coder-1.5b", status=0):
        monkeypatch.setenv("RAG_MODEL", model)
        assert main(["ask", *arguments]) == status
        return capsys.readouterr()

    return run

"""An assistant over four toy articles, whose model answers by a script; a question set for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.errors import ModelError
from rag.models.llm.chat_template import Prompt
from rag.models.llm.scripted import ScriptedModel
from rag.settings import Settings
from tests.conftest import VERIFIER_ALONE

QUESTIONS = [
    {"id": "cost", "question": "What was the cost of the bridge over the Sund?",
     "answers": ["18 million"], "articles": ["bridge"], "kind": "number"},
    {"id": "sank", "question": "When did the ferry Maren sink?",
     "answers": ["3 May"], "articles": ["ferry"], "kind": "date"},
    {"id": "lost", "question": "How much wheat was lost by farmers in <b>Tarn</b>?",
     "answers": ["a third"], "articles": ["wheat"], "kind": "number"},
    {"id": "cook", "question": "Who was the cook of the ferry Maren?", "answerable": False},
    {"id": "open", "question": "What of the farmers in Tarn?"},
]  # fmt: skip
SCRIPT = {
    "cost of the bridge": "Mayor Lena Holt said that the bridge cost 18 million crowns [1].",
    "When did the ferry": "The ferry Maren sank on 3 May [1] [9].",
    "How much wheat": "Farmers in Tarn lost half of their wheat [1].",
    "cook of the ferry": "The passages do not mention a cook [1].",
    "What of the farmers": "Farmers in Tarn lost a third of their wheat [1].",
}


class FailingModel(ScriptedModel):
    """Fails at the question that contains `failing`."""

    failing: str | None = None

    def generate(self, prompt: Prompt, **options: Any) -> Any:
        if self.failing and self.failing in prompt.suffix[-3].text:
            raise ModelError("stopped")
        return super().generate(prompt, **options)


@pytest.fixture
def model() -> FailingModel:
    return FailingModel(SCRIPT)


@pytest.fixture
def assistant(
    indexed_toy: Settings, monkeypatch: pytest.MonkeyPatch, model: FailingModel
) -> Iterator[Assistant]:
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: VERIFIER_ALONE)
    assistant = Assistant.open(indexed_toy, load_model=lambda settings: model)
    yield assistant
    assistant.close()


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(map(json.dumps, QUESTIONS)))
    return path


@pytest.fixture
def records() -> Callable[[Path], list[dict[str, Any]]]:
    """Reads a JSON-lines file."""
    return lambda path: [json.loads(each) for each in path.read_text().splitlines()]

"""An answer is made from one index to its end, however many are published meanwhile."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.index.build import build_index
from rag.models.llm.scripted import ScriptedModel
from rag.settings import Settings
from rag.types import AnswerReady, Retrieved
from tests.conftest import VERIFIER_ALONE

pytestmark = pytest.mark.real

SCRIPT = {"cost of the bridge": "Mayor Lena Holt said that the bridge cost 18 million crowns [1]."}


def test_a_running_answer_outlives_three_new_indexes(
    toy: Settings, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_index(toy)
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: VERIFIER_ALONE)
    assistant = Assistant.open(toy, load_model=lambda settings: ScriptedModel(SCRIPT))
    first = assistant._snapshot()
    documents = first.documents
    events = assistant.stream("What was the cost of the bridge over the Sund?")
    assert isinstance(next(events), Retrieved)
    del first
    for number in range(3):
        (corpus / f"new{number}.txt").write_text(f"The pier of Vorn was number {number}.")
        build_index(toy)
        assert assistant.counts[0] == 5 + number
    gc.collect()
    last = list(events)[-1]
    assert isinstance(last, AnswerReady)
    assert last.answer.text == "Mayor Lena Holt said that the bridge cost 18 million crowns. [1]"
    del events
    gc.collect()
    with pytest.raises(Exception, match="closed"):
        documents.counts()  # nobody needs it any more
    assistant.close()

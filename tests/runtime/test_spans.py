"""Stages as spans, by the real SDK of OpenTelemetry and its in-memory exporter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.errors import SettingsError
from rag.index.build import build_index
from rag.models.llm.scripted import ScriptedModel
from rag.runtime.observability import spans
from rag.runtime.observability.stages import stage
from rag.settings import Settings
from tests.conftest import ROOT

COST = "What was the cost of the bridge over the Sund?"


@pytest.fixture(scope="module")
def exporter() -> Iterator[Any]:
    """What this process exports; afterwards nothing more."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    memory, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    trace.set_tracer_provider(provider)
    yield memory
    memory.shutdown()


@pytest.fixture
def finished(exporter: Any) -> Iterator[Any]:
    """The spans that end in the test, by name; of several the last."""
    exporter.clear()
    yield lambda: {each.name: each for each in exporter.get_finished_spans()}


def parent(span: Any, by_name: dict[str, Any]) -> str | None:
    names = {each.context.span_id: name for name, each in by_name.items()}
    return names[span.parent.span_id] if span.parent else None


@pytest.mark.real
def test_a_question_and_an_index_are_spans_without_their_text(
    corpus: Path, tmp_path: Path, finished: Any, exporter: Any
) -> None:
    loaded = Settings.load({k: v for k, v in os.environ.items() if k == "RAG_MODELS"})
    settings = replace(loaded, corpus=corpus, index=tmp_path / "index", reader="reader")
    build_index(settings)
    of_index = finished()
    parents = {name: parent(span, of_index) for name, span in of_index.items()}
    index = "footnoted.index"
    assert parents == {
        **dict.fromkeys(map("footnoted.{}".format, ("read", "embed", "compare", "derive")), index),
        **dict.fromkeys(map("footnoted.{}".format, ("verify", "publish")), index),
        "footnoted.parse": "footnoted.read",
        index: None,
    }
    parsed = [each for each in exporter.get_finished_spans() if each.name == "footnoted.parse"]
    assert len(parsed) == 4
    assert parsed[0].attributes["footnoted.format"] == "md"
    assert of_index["footnoted.embed"].attributes == {
        "footnoted.model": "all-minilm-l6-v2",
        "footnoted.texts": 4,
    }
    exporter.clear()
    model = ScriptedModel({"bridge": "Mayor Lena Holt said that it cost 18 million crowns [1]."})
    assistant = Assistant.open(settings, load_model=lambda _: model)
    exporter.clear()
    events = assistant.stream(COST)
    next(events)
    with stage("of_the_caller"):
        *_, last = events
    by_name = finished()
    assert parent(by_name["footnoted.of_the_caller"], by_name) is None
    parents = {name.removeprefix("footnoted."): parent(by_name[name], by_name) for name in by_name}
    answer = "footnoted.answer"
    assert parents == {
        "answer": None,
        "retrieve": answer,
        "embed": "footnoted.retrieve",
        "evidence": answer,
        "generate": answer,
        "first_token": "footnoted.generate",
        "check": answer,
        "of_the_caller": None,
    }
    attributes = by_name[answer].attributes
    assert attributes["footnoted.outcome"] == "answered"
    assert attributes["footnoted.citations"] == 1
    assert attributes["footnoted.reader"] == "reader"
    texts = " ".join(each.to_json() for each in exporter.get_finished_spans())
    assert not [word for word in ("Sund", "bridge", "crowns", "Holt") if word in texts]
    seconds = {name: (each.end_time - each.start_time) / 1e9 for name, each in by_name.items()}
    timings = last.answer.timings
    assert seconds["footnoted.retrieve"] == pytest.approx(timings.retrieve, abs=0.01)
    assert seconds["footnoted.generate"] == pytest.approx(timings.generate, abs=0.01)
    assistant.close()

    exporter.clear()
    asking = Assistant.open(replace(settings, traces="text"), load_model=lambda _: model)
    asking.ask(COST)
    asking.close()
    attributes = finished()[answer].attributes
    assert attributes["footnoted.question"] == COST
    assert "18 million crowns" in attributes["footnoted.answer"]


def test_an_error_is_told_by_its_class_alone(finished: Any) -> None:
    with pytest.raises(ValueError, match="private"), stage("check"):
        raise ValueError("a private question")
    span = finished()["footnoted.check"]
    assert (span.status.status_code.name, span.status.description) == ("ERROR", "ValueError")
    assert span.attributes["error.type"] == "ValueError"
    assert span.events == ()


def test_a_stream_that_is_left_ends_its_spans(
    indexed_toy: Settings, finished: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: None)
    model = ScriptedModel({"bridge": "It cost 18 million crowns [1]."})
    with_model = Assistant.open(indexed_toy, load_model=lambda _: model)
    events = with_model.stream(COST)
    next(events)
    next(events)  # the first token
    events.close()
    by_name = finished()
    left = [name for name, span in by_name.items() if not span.status.is_ok]
    assert left == ["footnoted.generate", "footnoted.answer"]
    assert by_name["footnoted.answer"].attributes["error.type"] == "GeneratorExit"
    with_model.close()


def ask(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RAG_", "OTEL_"))}
    return subprocess.run(
        [sys.executable, "-m", "rag", "articles", "list"],
        env={**inherited, "PYTHONPATH": str(ROOT), "RAG_INDEX": str(folder / "index"), **environ},
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


def test_commands_send_spans_only_where_the_variables_say(tmp_path: Path) -> None:
    unsaid = ask(tmp_path, RAG_TRACES="yes")
    assert unsaid.returncode == 1
    assert "no variable says where spans go: set OTEL_TRACES_EXPORTER" in unsaid.stderr
    unknown = ask(tmp_path, RAG_TRACES="yes", OTEL_TRACES_EXPORTER="pigeon")
    assert "pip install opentelemetry-exporter-pigeon" in unknown.stderr
    silent = ask(tmp_path, OTEL_TRACES_EXPORTER="console")
    assert "there is no index" in silent.stderr
    assert "footnoted." not in silent.stderr


@pytest.mark.real
def test_the_console_exporter_writes_to_stderr(corpus: Path, tmp_path: Path) -> None:
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("RAG_", "OTEL_"))}
    models = {k: v for k, v in os.environ.items() if k == "RAG_MODELS"}
    tracing = {"RAG_TRACES": "yes", "OTEL_TRACES_EXPORTER": "console", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "rag", "index", str(corpus)],
        env={**environ, **models, **tracing},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert "footnoted" not in done.stdout
    written = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert "footnoted.publish" in {each["name"] for each in written}
    assert {each["resource"]["attributes"]["service.name"] for each in written} == {"footnoted"}


def test_without_the_sdk_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match=r"pip install 'footnoted\[telemetry\]'"):
        spans.set_up()

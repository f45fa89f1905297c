"""What the benchmarks share: an index of `seeds/`, the questions, processor time, tables."""

from __future__ import annotations

import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import rag.assistant
from rag.assistant import Assistant
from rag.evaluation.dataset import EvalQuestion, read_questions, select
from rag.grounding.verifier import VerificationPolicy
from rag.index.build import build_index
from rag.models.llm.client import ModelClient
from rag.settings import Settings

ROOT = Path(__file__).parents[1]
VERIFY = VerificationPolicy.ALWAYS  # also with a model that has no calibration


def tuning_questions(count: int) -> list[EvalQuestion]:
    """`count` questions on `seeds/` with an answer, of the half for tuning."""
    every = read_questions(ROOT / "tests" / "questions" / "seeds.jsonl")
    return select([each for each in every if each.answerable], split="tuning", sample=count)


@contextmanager
def temporary_index(corpus: Path = ROOT / "seeds", **settings: Any) -> Iterator[Settings]:
    """Settings of the environment, changed by `settings`, with an index of `corpus` for now."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"corpus": corpus, "index": Path(folder) / "index", **settings}
        changed = replace(Settings.load(), **own)
        build_index(changed)
        yield changed


def open_assistant(settings: Settings, cache: str = "") -> Assistant:
    """An assistant with the prompt-prefix cache in `cache`, else in a folder beside the index."""
    cache = cache or str(settings.index.parent / "states" / "model")
    rag.assistant.prefix_cache_dir = lambda card, models: cache  # type: ignore[attr-defined]
    return Assistant.open(settings)


def processor_seconds(assistant: Assistant) -> float:
    """Processor time of this process and the model's; on Linux, elsewhere nan."""
    model = assistant.model()
    assert isinstance(model, ModelClient)
    try:
        return time.process_time() + process_seconds(model.pid)
    except OSError:
        return float("nan")


def process_seconds(pid: int) -> float:
    """Processor time of another process. Raises `OSError` where there is no /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_in_new_process(module: str, job: dict[str, Any]) -> dict[str, Any]:
    """`python -m MODULE --worker JOB`: what it prints on its last line, as JSON."""
    command = [sys.executable, "-m", module, "--worker", json.dumps(job)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; floats with two decimals."""
    lines = [head, ["---"] * len(head), *rows]
    cells = ([f"{c:.2f}" if isinstance(c, float) else str(c) for c in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def free_port() -> int:
    """A port of this machine that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def describe_machine() -> str:
    """Processor, load, and the versions of what the speed depends on."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(each for each in lines if each.startswith("model name"))
        processor = name.partition(":")[2].strip()
    except (OSError, StopIteration):
        processor = platform.machine()
    libraries = ("llama-cpp-python", "torch", "sentence-transformers", "chromadb")
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{processor}, {os.cpu_count()} cores{load}; Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in libraries)
    )

"""What the measurements share: the machine in words, medians, the questions, tables."""

from __future__ import annotations

import os
import platform
import socket
import statistics
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from rag.evaluation.dataset import EvalQuestion, read_questions, select

ROOT = Path(__file__).parents[1]


def tuning_questions(number: int) -> list[EvalQuestion]:
    """So many of the questions on `seeds/` that have an answer, of the half for tuning."""
    every = read_questions(ROOT / "tests" / "questions" / "seeds.jsonl")
    return select([each for each in every if each.answerable], split="tuning", sample=number)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; floats with two decimals."""
    lines = [head, ["---"] * len(head), *rows]
    cells = ([f"{c:.2f}" if isinstance(c, float) else str(c) for c in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def middle(values: Iterable[float]) -> float:
    return statistics.median(values)


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def machine() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text()
        name = next(each for each in told.splitlines() if each.startswith("model name"))
        processor = name.partition(":")[2].strip()
    except (OSError, StopIteration):
        processor = platform.machine()
    libraries = ("llama-cpp-python", "torch", "sentence-transformers", "chromadb")
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{processor}, {os.cpu_count()} cores{load}; Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in libraries)
    )

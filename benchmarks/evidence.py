"""From Enter to the first cited words, and to a refusal: few passages, and ten thousand.

    python -m benchmarks.evidence [--passages 0 10000] [--questions N]

In:  the embedder and the reader; `seeds/`, among synthetic articles (`benchmarks.retrieval`);
     questions on `seeds/` of the tuning half, and questions about things that nothing is about.
Out: one row per size: passages; seconds at the median and at the 95th percentile until the
     quotation of a shown answer, and until a refusal; memory of the process without and with the
     reader, in MB.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.common import (
    ROOT,
    describe_machine,
    markdown_table,
    run_in_new_process,
    tuning_questions,
)
from benchmarks.retrieval import SyntheticEmbedder, real_texts, resident_megabytes, write_corpus
from rag.assistant import Assistant
from rag.index import build
from rag.models.embedder import Embedder, Vectors
from rag.models.registry import get_card, verify_model
from rag.settings import Settings

_ABOUT_NOTHING = (
    "Who won the chess championship of Atlantis?",
    "How many whales live in the harbour of Tarn?",
    "When did the glacier railway open?",
    "What did the gardener say about the roses?",
)


class MixedEmbedder:
    """The real vectors of real text; invented ones, which take no time, of synthetic text."""

    def __init__(self, real: Embedder) -> None:
        self._real = real
        self._synthetic = SyntheticEmbedder(real.encode(real_texts()))
        self.max_tokens, self.dimensions = real.max_tokens, real.dimensions

    def count(self, texts: Sequence[str]) -> list[int]:
        return self._real.count(texts) if _are_real(texts) else self._synthetic.count(texts)

    def encode(self, texts: Sequence[str], progress: object = None) -> Vectors:
        vectors = self._synthetic.encode(texts)
        for number, text in enumerate(texts):
            if _are_real([text]):
                vectors[number] = self._real.encode([text])[0]
        return vectors

    encode_queries = encode


def _are_real(texts: Sequence[str]) -> bool:
    return not any(text[:1].isdigit() for text in texts)


def write_articles(path: Path, synthetic: int) -> None:
    """The articles of `seeds/` as a dump, and `synthetic` passages behind them."""
    write_corpus(path, synthetic)
    with path.open("a") as file:
        for article in sorted((ROOT / "seeds").glob("*.md")):
            text = article.read_text().split("---", 2)[-1].strip()
            file.write(json.dumps({"id": article.stem, "title": "", "text": text}) + "\n")


def worker(job: dict[str, Any]) -> dict[str, Any]:
    """One step at one size, in a process of its own for its memory: build, or ask."""
    folder = Path(job["folder"])
    settings = replace(
        Settings.load(),
        corpus=folder / "dump.jsonl",
        index=folder / "index",
        model="none",
        reader=Settings().reader,
    )
    if job["step"] == "build":
        write_articles(settings.corpus, job["synthetic"])
        embedder = Embedder.open(verify_model(get_card(settings.embedder), settings.models))
        mixed = MixedEmbedder(embedder)
        with mock.patch.object(build, "open_embedder", lambda _: mixed):
            build.build_index(settings)
        return {}
    bare = Assistant.open(replace(settings, reader="none"))
    bare.search("Who was it?")
    without = resident_megabytes()
    bare.close()
    return {"without": without} | _ask(Assistant.open(settings), job["questions"])


def _ask(assistant: Assistant, count: int) -> dict[str, Any]:
    questions = [each.question for each in tuning_questions(count)]
    assistant.ask(questions[0])  # reads what only the first question reads
    answers = [assistant.ask(each) for each in (*questions, *_ABOUT_NOTHING)]
    return {
        "passages": assistant.counts[1],
        "evidence": [a.timings.evidence for a in answers if a.timings.evidence is not None],
        "refusals": [a.timings.total for a in answers if a.abstained],
        "with": resident_megabytes(),
    }


def row(synthetic: int, questions: int) -> list[str]:
    """The cells of one size."""
    with tempfile.TemporaryDirectory() as folder:
        job = {"folder": folder, "synthetic": synthetic, "questions": questions}
        run_in_new_process("benchmarks.evidence", job | {"step": "build"})
        figures = run_in_new_process("benchmarks.evidence", job | {"step": "ask"})
    cells = [f"{figures['passages']:,}"]
    for seconds in (figures["evidence"], figures["refusals"]):
        cells += [f"{median(seconds):.2f}", f"{np.quantile(seconds, 0.95):.2f}"]
    return [*cells, f"{figures['without']:,.0f}", f"{figures['with']:,.0f}"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evidence", description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=[0, 10_000])
    parser.add_argument("--questions", type=int, default=30)
    parser.add_argument("--worker", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(worker(options.worker)))
        return 0
    head = [
        "passages", "first cited words, p50 s", "p95", "refusal, p50 s", "p95",
        "MB without reader", "with",
    ]  # fmt: skip
    rows = [row(size, options.questions) for size in options.passages]
    print(f"{describe_machine()}\n")
    print(markdown_table(head, rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Searching and adding an article, at a thousand passages and at a hundred times as many.

    python -m benchmarks.retrieval [--passages 1000 10000 100000] [--queries N]

In:  the embedder; made-up articles (vectors are mixtures of two real ones and noise; words
     are about as rare as in real text), indexed by `rag.index.build` itself.
Out: a row for each size: seconds to open, memory, p50 and p95 of a search with the embedding of
     its question, without a filter and with one that lets half of the articles pass, recall@10
     against exact search; the processor's seconds that adding one article takes, and on what.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.common import ROOT, machine, table, tuning_questions
from benchmarks.pictures import by_size
from rag.index import build as indexing
from rag.index.snapshots import SnapshotStore
from rag.models.embedder import Embedder, Vectors
from rag.models.registry import get_card, verify_model
from rag.retrieval.filters import SearchFilter
from rag.retrieval.query_plan import SearchQuery
from rag.retrieval.search import ResultLimits, embed_query, search_passages
from rag.settings import Settings

_A_PASSAGE = 85  # words
_AN_ARTICLE = 4  # passages


class MadeUp:
    """An embedder that takes no time: mixtures of real vectors, the same for the same text."""

    max_tokens = 254

    def __init__(self, real: Vectors) -> None:
        self._real = real
        self.dimensions = real.shape[1]

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) * 4 // 3 for text in texts]

    def encode(self, texts: Sequence[str], progress: object = None) -> Vectors:
        made = np.empty((len(texts), self.dimensions), np.float32)
        for number, text in enumerate(texts):
            draw = np.random.default_rng(int.from_bytes(text.encode()[:24], "little"))
            one, other = draw.integers(0, len(self._real), 2)
            noise = np.asarray(draw.standard_normal(self.dimensions), np.float32)
            noise *= 0.4 / np.linalg.norm(noise)
            made[number] = 0.7 * self._real[one] + 0.5 * self._real[other] + noise
        return made / np.linalg.norm(made, axis=1, keepdims=True)


def real_texts() -> list[str]:
    return [
        line
        for file in sorted((ROOT / "seeds").glob("*.md"))
        for line in file.read_text().split("\n")
        if len(line) > 60
    ]


def corpus(path: Path, passages: int) -> None:
    """Made-up articles, each passage one sentence of words drawn by Zipf's law."""
    draw = random.Random(7)
    real = sorted({word for text in real_texts() for word in text.split()})
    words = real + [f"w{number}" for number in range(50_000)]
    draw.shuffle(words)
    weights = np.cumsum(1 / np.arange(3, len(words) + 3)).tolist()
    with path.open("w") as file:
        for number in range(passages // _AN_ARTICLE):
            lines = []
            for part in range(_AN_ARTICLE):
                drawn = " ".join(draw.choices(words, cum_weights=weights, k=_A_PASSAGE))
                lines.append(f"{number} {part} {drawn}.")
            date = f"{2015 + number % 10}-0{1 + number % 9}-1{number % 10}"
            told = {"id": f"a{number}", "title": f"Article {number}", "published": date}
            told["source"] = f"Outlet {number % 9}"
            file.write(json.dumps({**told, "text": "\n".join(lines)}) + "\n")


def resident() -> float:
    """Megabytes of this process; nan where the system does not tell."""
    try:
        told = Path("/proc/self/status").read_text()
    except OSError:
        return float("nan")
    return int(told.partition("VmRSS:")[2].split()[0]) / 1024


def spent() -> float:
    own = time.process_time()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own + ended.ru_utime + ended.ru_stime


def built(settings: Settings, made: MadeUp) -> dict[str, float]:
    """Index the corpus; the processor's seconds by stage, those of the proof in "rest"."""
    marks: dict[str, float] = {}
    begun = last = spent()

    def tell(stage: str, done: int, total: int) -> None:
        nonlocal last
        now = spent()
        marks[stage] = marks.get(stage, 0.0) + now - last
        last = now

    with (
        mock.patch.object(indexing.Embedder, "open", lambda _: made),  # type: ignore[attr-defined]
        mock.patch.object(indexing, "verified", lambda *_: Path()),
    ):
        indexing.build_index(settings, tell)
    marks["all"] = spent() - begun
    marks["rest"] = spent() - last
    return marks


def searched(settings: Settings, encoder: Embedder, queries: int) -> dict[str, float]:
    """The figures of searching, in a process that has opened nothing else."""
    before = resident()
    begun = time.perf_counter()
    opened = SnapshotStore(settings.index).open_current(indexing.expected_fingerprint(settings))
    told = {"open": time.perf_counter() - begun}
    asked = [each.question for each in tuning_questions(queries)] * 4
    half = SearchFilter.parse("2020", None, None)

    def search(query: str, wanted: SearchFilter | None) -> None:
        allowed = opened.facets.within(wanted.matches) if wanted else None
        embedded = embed_query(encoder, SearchQuery.parse(query))  # type: ignore[arg-type]
        search_passages(opened, embedded, ResultLimits(4, 3), allowed)

    for name, wanted in (("plain", None), ("filter", half)):
        search(asked[0], wanted)  # what is read at the first search alone
        times, cpu = [], []
        for query in asked[: queries * 4 if wanted is None else queries]:
            begun, used = time.perf_counter(), time.process_time()
            search(query, wanted)
            times.append(1000 * (time.perf_counter() - begun))
            cpu.append(1000 * (time.process_time() - used))
        told[f"{name} p50"], told[f"{name} p95"] = np.percentile(times, [50, 95]).tolist()
        told[f"{name} cpu"] = float(np.median(cpu))
    told["memory"] = resident() - before
    vectors = opened.documents.all_vectors(len(opened.rows))
    position = {int(row): place for place, row in enumerate(opened.rows)}
    found = 0
    for vector in encoder.encode(asked[:queries]):
        near = vectors @ vector
        border = np.partition(near, -10)[-10] - 1e-6
        found += sum(near[position[row]] >= border for row in opened.nearest(vector, 10))
    told["recall"] = found / (10 * queries)
    opened.close()
    return told


def worker(order: dict[str, Any]) -> None:
    """Build, search, add one article: for one size."""
    folder = Path(order["folder"])
    settings = replace(
        Settings.load(), index=folder / "index", corpus=folder / "corpus.jsonl", per_article=3
    )
    encoder = Embedder.open(verify_model(get_card(settings.embedder), settings.models))
    made = MadeUp(encoder.encode(real_texts()))
    told: dict[str, Any] = {}
    if order["do"] == "search":
        told = searched(settings, encoder, order["queries"])
    else:
        if order["do"] == "build":
            corpus(settings.corpus, order["passages"])
        else:
            with settings.corpus.open("a") as file:
                told = {"id": "last", "title": "One more", "text": "A last one is added."}
                file.write(json.dumps(told) + "\n")
        told = built(settings, made)
    print(json.dumps(told))


def in_new_process(**order: Any) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.retrieval", "--worker", json.dumps(order)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measured(passages: int, queries: int) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        told = {}
        for do in ("build", "search", "add"):
            told[do] = in_new_process(do=do, folder=folder, passages=passages, queries=queries)
            print(f"{passages}: {do} {told[do]}", file=sys.stderr, flush=True)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval")
    parser.add_argument("--passages", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--queries", type=int, default=25)
    parser.add_argument("--picture", type=Path, metavar="FILE.svg")
    parser.add_argument("--worker", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("TQDM_DISABLE", "1")
    if options.worker:
        worker(options.worker)
        return
    print(f"{machine()}\n")
    rows, adding, every = [], [], {}
    for passages in options.passages:
        told = every[passages] = measured(passages, options.queries)
        s, a = told["search"], told["add"]
        times = [s[name] for name in ("plain p50", "plain p95", "plain cpu", "filter p95")]
        rows.append(
            [f"{passages:,}", s["open"], f"{s['memory']:.0f}", *times, f"{s['recall']:.3f}"]
        )
        parts = [a.get(name, 0.0) for name in ("reading", "embedding", "indexing", "rest", "all")]
        adding.append([f"{passages:,}", told["build"]["all"], *parts])
    head = "passages|open, s|memory, MB|p50, ms|p95, ms|processor, ms|p95 filtered, ms|recall@10"
    print(table(head.split("|"), rows))
    head = "passages|built, s|one more: reading|record and embedding|vectors|words and proof|all"
    print("\nThe processor's seconds:\n\n" + table(head.split("|"), adding))
    if options.picture:
        by_size(every, options.picture)


if __name__ == "__main__":
    main()

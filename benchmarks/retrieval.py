"""Searching, and adding an article, at a thousand passages and at a hundred times as many.

    python -m benchmarks.retrieval [--passages 1000 10000 100000] [--queries N]

In:  the embedder; synthetic articles (their vectors are mixtures of two real ones and noise; their
     words are about as rare as in real text), indexed by `rag.index.build` itself.
Out: one row per size: seconds to open, memory, p50 and p95 of a search with the embedding of its
     question, without a filter and with one that half of the articles pass, recall@10 against
     exact search; the processor seconds that adding one article takes, and on what.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
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
from benchmarks.plots import plot_by_size
from rag.index import build
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.models.embedder import Embedder, Vectors
from rag.models.registry import get_card, verify_model
from rag.retrieval.filters import SearchFilter
from rag.retrieval.query_plan import SearchQuery
from rag.retrieval.search import ResultLimits, embed_query, search_passages
from rag.settings import Settings

_PASSAGE_WORDS = 85
_ARTICLE_PASSAGES = 4


class SyntheticEmbedder:
    """An embedder that takes no time: mixtures of real vectors, the same for the same text."""

    max_tokens = 254

    def __init__(self, real: Vectors) -> None:
        self._real = real
        self.dimensions = real.shape[1]

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) * 4 // 3 for text in texts]

    def encode(self, texts: Sequence[str], progress: object = None) -> Vectors:
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for number, text in enumerate(texts):
            draw = np.random.default_rng(int.from_bytes(text.encode()[:24], "little"))
            one, other = draw.integers(0, len(self._real), 2)
            noise = np.asarray(draw.standard_normal(self.dimensions), np.float32)
            noise *= 0.4 / np.linalg.norm(noise)
            vectors[number] = 0.7 * self._real[one] + 0.5 * self._real[other] + noise
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    encode_queries = encode


def real_texts() -> list[str]:
    """The paragraphs of `seeds/`."""
    return [
        line
        for file in sorted((ROOT / "seeds").glob("*.md"))
        for line in file.read_text().split("\n")
        if len(line) > 60
    ]


def write_corpus(path: Path, passages: int) -> None:
    """Synthetic articles, each passage one sentence of words drawn by Zipf's law."""
    draw = random.Random(7)
    real = sorted({word for text in real_texts() for word in text.split()})
    words = real + [f"w{number}" for number in range(50_000)]
    draw.shuffle(words)
    weights = np.cumsum(1 / np.arange(3, len(words) + 3)).tolist()
    with path.open("w") as file:
        for number in range(passages // _ARTICLE_PASSAGES):
            lines = []
            for position in range(_ARTICLE_PASSAGES):
                sentence = " ".join(draw.choices(words, cum_weights=weights, k=_PASSAGE_WORDS))
                lines.append(f"{number} {position} {sentence}.")
            date = f"{2015 + number % 10}-0{1 + number % 9}-1{number % 10}"
            article = {"id": f"a{number}", "title": f"Article {number}", "published": date}
            article |= {"source": f"Outlet {number % 9}", "text": "\n".join(lines)}
            file.write(json.dumps(article) + "\n")


def resident_megabytes() -> float:
    """Memory of this process; nan where there is no /proc."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return float("nan")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def processor_seconds() -> float:
    """Processor time of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def measure_build(settings: Settings, embedder: SyntheticEmbedder) -> dict[str, float]:
    """Index the corpus: processor seconds by stage, those of verifying the index in "rest"."""
    seconds: dict[str, float] = {}
    started = last = processor_seconds()

    def progress(stage: str, done: int, total: int) -> None:
        nonlocal last
        now = processor_seconds()
        seconds[stage] = seconds.get(stage, 0.0) + now - last
        last = now

    with (
        mock.patch.object(build, "open_embedder", lambda _: embedder),
    ):
        build.build_index(settings, progress)
    seconds["all"] = processor_seconds() - started
    seconds["rest"] = processor_seconds() - last
    return seconds


def measure_search(settings: Settings, embedder: Embedder, queries: int) -> dict[str, float]:
    """Opening and searching, in a process that has opened nothing else."""
    memory = resident_megabytes()
    started = time.perf_counter()
    index = SnapshotStore(settings.index).open_current(build.expected_fingerprint(settings))
    results = {"open": time.perf_counter() - started}
    questions = [each.question for each in tuning_questions(queries)] * 4
    half = SearchFilter.parse("2020", None, None)

    def search(query: str, filters: SearchFilter | None) -> None:
        allowed = index.facets.allowed_rows(filters.matches) if filters else None
        embedded = embed_query(embedder, SearchQuery.parse(query).texts)
        search_passages(index, embedded, ResultLimits(k=4, per_article=3), allowed)

    for name, filters in (("plain", None), ("filter", half)):
        search(questions[0], filters)  # reads what only the first search reads
        times, cpu = [], []
        for query in questions[: queries * 4 if filters is None else queries]:
            started, before = time.perf_counter(), time.process_time()
            search(query, filters)
            times.append(1000 * (time.perf_counter() - started))
            cpu.append(1000 * (time.process_time() - before))
        results[f"{name} p50"], results[f"{name} p95"] = np.percentile(times, [50, 95]).tolist()
        results[f"{name} cpu"] = float(np.median(cpu))
    results["memory"] = resident_megabytes() - memory
    results["recall"] = recall_at_10(index, embedder.encode(questions[:queries]))
    index.close()
    return results


def recall_at_10(index: Snapshot, vectors: Vectors) -> float:
    """The share of the ten nearest passages to each vector that the index finds."""
    exact = index.documents.all_vectors(len(index.rows))
    position = {int(row): number for number, row in enumerate(index.rows)}
    hits = 0
    for vector in vectors:
        cosines = exact @ vector
        tenth = np.partition(cosines, -10)[-10] - 1e-6
        hits += sum(cosines[position[row]] >= tenth for row in index.nearest(vector, 10))
    return hits / (10 * len(vectors))


def worker(job: dict[str, Any]) -> None:
    """One step at one size: build, search, or add an article."""
    folder = Path(job["folder"])
    settings = replace(
        Settings.load(), index=folder / "index", corpus=folder / "corpus.jsonl", per_article=3
    )
    embedder = Embedder.open(verify_model(get_card(settings.embedder), settings.models))
    if job["step"] == "search":
        print(json.dumps(measure_search(settings, embedder, job["queries"])))
        return
    if job["step"] == "build":
        write_corpus(settings.corpus, job["passages"])
    else:
        article = {"id": "last", "title": "One more", "text": "A last one is added."}
        with settings.corpus.open("a") as file:
            file.write(json.dumps(article) + "\n")
    synthetic = SyntheticEmbedder(embedder.encode(real_texts()))
    print(json.dumps(measure_build(settings, synthetic)))


def measure(passages: int, queries: int) -> dict[str, dict[str, float]]:
    """Each step in a process of its own, over one index."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for step in ("build", "search", "add"):
            job = {"step": step, "folder": folder, "passages": passages, "queries": queries}
            results[step] = run_in_new_process("benchmarks.retrieval", job)
            print(f"{passages}: {step} {results[step]}", file=sys.stderr, flush=True)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval", description=__doc__)
    parser.add_argument("--passages", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--queries", type=int, default=25)
    parser.add_argument("--picture", type=Path, metavar="FILE.svg")
    parser.add_argument("--worker", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("TQDM_DISABLE", "1")
    if options.worker:
        worker(options.worker)
        return
    print(f"{describe_machine()}\n")
    searches, additions, measurements = [], [], {}
    for passages in options.passages:
        steps = measurements[passages] = measure(passages, options.queries)
        s, a = steps["search"], steps["add"]
        times = [s[name] for name in ("plain p50", "plain p95", "plain cpu", "filter p95")]
        searches.append(
            [f"{passages:,}", s["open"], f"{s['memory']:.0f}", *times, f"{s['recall']:.3f}"]
        )
        stages = [a.get(name, 0.0) for name in ("reading", "embedding", "indexing", "rest", "all")]
        additions.append([f"{passages:,}", steps["build"]["all"], *stages])
    head = "passages|open, s|memory, MB|p50, ms|p95, ms|processor, ms|p95 filtered, ms|recall@10"
    print(markdown_table(head.split("|"), searches))
    head = "passages|build|one more: parsing|documents and embedding|vectors|words, checks|all"
    print("\nProcessor seconds:\n\n" + markdown_table(head.split("|"), additions))
    if options.picture:
        plot_by_size(measurements, options.picture)


if __name__ == "__main__":
    main()

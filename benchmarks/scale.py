"""Time, memory and disk from 1,000 to 100,000 passages, and what a larger index would cost.

    python -m benchmarks.scale [--passages 1000 3000 10000 30000 100000] [--state FILE]

In:  invented articles of `benchmarks.retrieval`; vectors that are mixtures of real ones, since
     embedding is linear: its rate is measured on a sample. Indexed by `rag.index.build` itself.
Out: the tables of docs/scale.md and its plot; the slopes of each cost; the growth to ten million
     passages, simulated (`benchmarks.growth`). A step that is done is kept in FILE (default
     `.rag/scale/state.json`), so that the same command resumes after it was stopped.

Seconds are the processor's, of this program and its children; each step in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite, nan
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import ROOT, describe_machine, markdown_table, run_in_new_process
from benchmarks.growth import Costs, simulate
from benchmarks.plots import plot_scale
from benchmarks.retrieval import (
    SyntheticEmbedder,
    measure_build,
    measure_search,
    processor_seconds,
    real_texts,
    write_corpus,
)
from rag.evaluation.reports.markdown import update_document
from rag.ingest.corpus import Corpus
from rag.models.embedder import Embedder
from rag.models.registry import get_card, verify_model
from rag.runtime.atomic_file import write_atomically
from rag.settings import Settings

DOCUMENT = ROOT / "docs" / "scale.md"
PLOT = ROOT / "docs" / "scale.svg"
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
GROWTHS = ((100_000, 100), (1_000_000, 1_000), (10_000_000, 1_000), (10_000_000, 100_000))
STEPS = ("build", "search", "add")
_SAMPLE_PAGES, _SAMPLE_PASSAGES = 200, 96
_DERIVED = {"chroma": "vectors", "keywords": "keywords", "trigrams": "trigrams"}  # by folder
# Processor seconds a passage, of putting a million into a graph: 68 minutes (docs/performance.md)
_MILLION, _AT_A_MILLION = 1_000_000, 68 * 60 / 1_000_000
State = dict[str, dict[str, Any]]


def disk_megabytes(index: Path) -> dict[str, float]:
    """Megabytes of the files of an index by kind; a file with several names counts once.

    What is in no folder of its own is "other": the documents, and a few small files.
    """
    sizes: dict[str, float] = dict.fromkeys([*_DERIVED.values(), "other"], 0.0)
    seen = set()
    for file in index.rglob("*"):
        status = file.stat()
        if not file.is_file() or status.st_ino in seen:
            continue
        seen.add(status.st_ino)
        kinds = [kind for part, kind in _DERIVED.items() if part in file.relative_to(index).parts]
        sizes[kinds[0] if kinds else "other"] += status.st_size / 1e6
    return sizes


def peak_megabytes() -> float:
    """The largest memory of this process, or of a child of it that has ended."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(each).ru_maxrss for each in who) / 1024


def sample_rates(embedder: Embedder) -> dict[str, float]:
    """Processor seconds of a page of HTML that is parsed, and of a passage that is embedded."""
    paragraph = "<p>{}</p>"
    texts = real_texts()
    with tempfile.TemporaryDirectory() as name:
        for number in range(_SAMPLE_PAGES):
            body = "".join(paragraph.format(texts[(number + n) % len(texts)]) for n in range(4))
            page = f"<html><title>Page {number}</title><article><h1>Page {number}</h1>{body}"
            (Path(name) / f"{number}.html").write_text(f"{page}</article></html>", "utf-8")
        before = processor_seconds()
        read = sum(1 for _ in Corpus.open(Path(name)))
        page_seconds = (processor_seconds() - before) / max(1, read)
    passages = [" ".join(texts[n % len(texts)].split()[:85]) for n in range(_SAMPLE_PASSAGES)]
    embedder.encode(passages[:8])  # loads what only the first call loads
    before = time.process_time()
    embedder.encode(passages)
    embed_seconds = (time.process_time() - before) / len(passages)
    return {"page": page_seconds, "embed": embed_seconds, "pages": read}


def worker(job: Mapping[str, Any]) -> None:
    """One step at one size; prints its figures as JSON."""
    folder = Path(job["folder"])
    settings = replace(
        Settings.load(), index=folder / "index", corpus=folder / "corpus.jsonl", per_article=3
    )
    embedder = Embedder.open(verify_model(get_card(settings.embedder), settings.models))
    if job["step"] == "sample":
        print(json.dumps(sample_rates(embedder)))
        return
    if job["step"] == "search":
        print(json.dumps(measure_search(settings, embedder, 25)))
        return
    if job["step"] == "build":
        write_corpus(settings.corpus, job["passages"])
    else:
        article = {"id": "last", "title": "One more", "text": "A last one is added."}
        with settings.corpus.open("a", encoding="utf-8") as file:
            file.write(json.dumps(article) + "\n")
    synthetic = SyntheticEmbedder(embedder.encode(real_texts()))
    started = time.perf_counter()
    results = measure_build(settings, synthetic)
    results |= {"wall": time.perf_counter() - started, "peak": peak_megabytes()}
    print(json.dumps(results | disk_megabytes(settings.index)))


def run(sizes: Sequence[int], file: Path) -> State:
    """Every step that the state in `file` does not have yet, smallest size first."""
    state: State = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    def do(key: str, job: Mapping[str, Any]) -> None:
        if key in state:
            return
        print(f"{time.strftime('%H:%M:%S')} {key} …", file=sys.stderr, flush=True)
        state[key] = run_in_new_process("benchmarks.scale", dict(job))
        state[key]["load"] = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        write_atomically(file, json.dumps(state, indent=1) + "\n")

    file.parent.mkdir(parents=True, exist_ok=True)
    do("sample", {"step": "sample", "folder": str(file.parent)})
    for size in sizes:
        folder = file.parent / str(size)
        steps = [f"{size} {step}" for step in STEPS]
        if not all(key in state for key in steps):
            if steps[0] not in state or not (folder / "index").is_dir():
                # no index, or half of one, which `rag index` would resume
                shutil.rmtree(folder, ignore_errors=True)
                for key in steps:
                    state.pop(key, None)
            folder.mkdir(exist_ok=True)
            for step in STEPS:
                do(f"{size} {step}", {"step": step, "folder": str(folder), "passages": size})
        shutil.rmtree(folder, ignore_errors=True)
    return state


def slope(sizes: Sequence[int], values: Sequence[float]) -> tuple[float, float]:
    """`(factor, power)` of the best `value = factor * passages ** power`, by least squares."""
    x, y = np.log(sizes), np.log(np.maximum(values, 1e-6))
    known = np.isfinite(y)
    power, logarithm = np.polyfit(x[known], y[known], 1)
    return float(np.exp(logarithm)), float(power)


def columns(state: State, sizes: Sequence[int]) -> dict[str, list[float]]:
    """What is measured, by name, a value for each size; nan where a step is not done yet."""

    def of(step: str, *names: str) -> list[float]:
        done = [state.get(f"{size} {step}") for size in sizes]
        return [sum(each.get(name, 0.0) for name in names) if each else nan for each in done]

    kinds = (*_DERIVED.values(), "other")
    return {
        "parsing a dump, s": of("build", "reading"),
        "documents, s": of("build", "embedding"),
        "near copies, s": of("build", "comparing"),
        "vectors and keywords, s": of("build", "indexing"),
        "verifying and publishing, s": of("build", "rest"),
        "all, s": of("build", "all"),
        "memory of indexing, MB": of("build", "peak"),
        "disk, MB": of("build", *kinds),
        "of which documents, MB": of("build", "other"),
        "of which vectors, MB": of("build", "vectors"),
        "opening, s": of("search", "open"),
        "memory of an open index, MB": of("search", "memory"),
        "a search, ms": of("search", "plain cpu"),
        "a search with a filter, ms": of("search", "filter cpu"),
        "one article more, s": of("add", "all"),
    }


def tables(state: State, sizes: Sequence[int]) -> str:
    """The measurements by size with the slope of each, in Markdown."""
    measured = columns(state, sizes)
    rows: list[list[object]] = []
    for name, values in measured.items():
        power = slope(sizes, values)[1] if sum(map(isfinite, values)) > 1 else nan
        rows.append([name, *(each if isfinite(each) else "–" for each in (*values, power))])
    shares = [state.get(f"{size} search", {}).get("recall") for size in sizes]
    recall = ["–" if each is None else f"{each:.3f}" for each in shares]
    rows.append(["recall@10 against exact search", *recall, ""])
    loads = [state[f"{size} build"]["load"] for size in sizes]
    head = ["passages", *(f"{size:,}" for size in sizes), "slope"]
    sample = state["sample"]
    return (
        f"{describe_machine()}; load while building {min(loads):.0f} to {max(loads):.0f}\n\n"
        f"{markdown_table(head, rows)}\n\n"
        f"Sample: {sample['pages']:.0f} pages of HTML parsed at {1000 * sample['page']:.1f} ms, "
        f"{_SAMPLE_PASSAGES} passages embedded at {1000 * sample['embed']:.1f} ms each, of the "
        "processor."
    )


def fitted_costs(state: State, sizes: Sequence[int]) -> Costs:
    """What the simulation takes from the measurements, and from the million of before.

    A small graph fits into the processor's cache, so that what an insertion costs at a million
    cannot be told from smaller ones; its slope is that between the largest and the million.
    """
    measured, largest = columns(state, sizes), sizes[-1]
    start = min(filter(isfinite, measured["one article more, s"]))
    add = measured["near copies, s"][-1] / largest  # old texts are not compared again
    linear = ("documents, s", "verifying and publishing, s")
    write = max(0.0, sum(measured[name][-1] for name in linear) - start) / largest
    insert = measured["vectors and keywords, s"][-1] / largest
    factor, power = slope((largest, _MILLION), (insert, _AT_A_MILLION))
    return Costs(start, add, write, factor * 1_000**power, power)


def growth_table(costs: Costs) -> str:
    """The simulated growths, in Markdown."""
    rows = []
    for passages, batch in GROWTHS:
        growth = simulate(passages, batch, costs)
        rows.append(
            [
                f"{passages:,}",
                f"{batch:,}",
                f"{growth.publications:,}",
                growth.rewriting,
                growth.inserting,
                growth.most_segments,
                growth.seconds / 3600,
                growth.median_seconds,
                growth.most_seconds / 60,
            ]
        )
    head = (
        "passages|added at a time|publications|written for one added|into a graph for one added|"
        "segments, most|processor, h|a publication, s (median)|the dearest, min"
    )
    return (
        f"Costs: {costs.start:.1f} s a publication, {1000 * costs.add:.2f} ms a passage that is "
        f"new, {1000 * costs.write:.2f} ms one that is written, "
        f"{1000 * costs.insert:.2f} ms one put into a graph of 1,000, growing with its size "
        f"to the power of {costs.power:.2f}.\n\n{markdown_table(head.split('|'), rows)}"
    )


def renew(state: State, sizes: Sequence[int]) -> None:
    """Print the tables, and renew the document and its plot."""
    measured, grown = tables(state, sizes), growth_table(fitted_costs(state, sizes))
    print(f"{measured}\n\n{grown}")
    plot_scale(sizes, columns(state, sizes), PLOT)
    update_document(DOCUMENT, measured, "measured")
    update_document(DOCUMENT, grown, "growth")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--passages", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--state", type=Path, default=ROOT / ".rag" / "scale" / "state.json")
    parser.add_argument("--worker", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("TQDM_DISABLE", "1")
    if options.worker:
        worker(options.worker)
        return
    sizes = sorted(options.passages)
    renew(run(sizes, options.state), sizes)


if __name__ == "__main__":
    main()

"""Passages a second of the embedder, beside `SentenceTransformer.encode` by its manual.

    python -m benchmarks.embedding [--passages N] [--rounds N]

In:  the embedder; passages of `seeds/`, and of a question set's articles where it is there.
Out: a row for each way: processor's time and wall time of the library (float32, 32 at a time)
     over ours, and how far its vectors are from the library's; also ways that are not taken here.
     The processor's time for one question, by weights in float32 and in float16.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
import warnings
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.common import ROOT, machine, middle, table, tuning_questions
from rag.ingest.chunking import chunk_article
from rag.models import embedder as encoders
from rag.models.embedder import Embedder, multiplies_bfloat16
from rag.models.registry import get_card, verify_model
from rag.settings import Settings
from rag.types import Article

Way = Callable[[], Any]


def passages(encoder: Embedder, number: int, size: int) -> list[str]:
    texts = [file.read_text() for file in sorted((ROOT / "seeds").glob("*.md"))]
    more = ROOT.parent / "shared" / "eval" / "squad2" / "articles.jsonl"
    if more.is_file():
        texts += [json.loads(line)["text"] for line in more.read_text().splitlines()]
    made: list[str] = []
    for text in texts:
        if len(made) < number:
            made += [
                each.text for each in chunk_article(Article("a", "", text), encoder.count, size)
            ]
    return made[:number]


def by_question(encoder: Embedder, rounds: int = 3) -> list[list[Any]]:
    """Milliseconds of the processor for single questions, both ways by turns."""
    questions = [each.question for each in tuning_questions(25)]
    took: dict[str, list[float]] = {"float32": [], "float16, where torch has kernels for it": []}
    for number in range(rounds + 1):  # the first is not counted
        for question in questions:
            for times, rows in zip(took.values(), (0, encoders._FEW_ROWS), strict=True):
                with mock.patch.object(encoders, "_FEW_ROWS", rows):
                    begun = time.process_time()
                    encoder.encode([question])
                    if number:
                        times.append(1000 * (time.process_time() - begun))
    return [[name, *np.percentile(times, [50, 95]).tolist()] for name, times in took.items()]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.embedding")
    parser.add_argument("--passages", type=int, default=192)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    settings = Settings.load()
    encoder = Embedder.open(verify_model(get_card(settings.embedder), settings.models))
    texts = passages(encoder, options.passages, settings.passage_tokens)
    model = encoder._model

    def library(other: Any = model) -> Any:
        return other.encode(texts, batch_size=32, normalize_embeddings=True)

    ways: dict[str, Way] = {"library, float32": library, "ours": lambda: encoder.encode(texts)}
    ways["ours, bfloat16 (where the processor has it)"] = lambda: encoder.encode_bf16(texts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch

        quantise = torch.ao.quantization.quantize_dynamic  # type: ignore[attr-defined]
        small = quantise(copy.deepcopy(model), {torch.nn.Linear}, dtype=torch.qint8)
    ways["library, int8 (not taken)"] = lambda: library(small)
    library()
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    least: dict[str, float] = {}
    exact = np.asarray(library())
    for _ in range(options.rounds):
        for name, way in ways.items():
            cpu, wall = time.process_time(), time.perf_counter()
            made = np.asarray(way(), np.float32)
            took[name].append((time.process_time() - cpu, time.perf_counter() - wall))
            made = made / np.linalg.norm(made, axis=1, keepdims=True)
            least[name] = float((made * exact).sum(axis=1).min())
    print(f"{machine()}; bfloat16 kernels: {multiplies_bfloat16()}\n")
    base = took["library, float32"]
    rows = [
        [name, len(texts) / middle(wall for _, wall in times)]
        + [
            middle(b[column] / t[column] for b, t in zip(base, times, strict=True))
            for column in (0, 1)
        ]
        + [f"{least[name]:.5f}"]
        for name, times in took.items()
    ]
    head = "way|passages a second|processor's time, ratio|wall time, ratio|least cosine"
    print(table(head.split("|"), rows))
    head = "weights|one question, ms: median|95th percentile"
    print("\n" + table(head.split("|"), by_question(encoder)))


if __name__ == "__main__":
    main()

"""Passages per second of the embedder, beside `SentenceTransformer.encode` as in its manual.

    python -m benchmarks.embedding [--passages N] [--rounds N]

In:  the embedder; passages of `seeds/`, and of a question set's articles if it is there.
Out: one row per method: processor time and wall time of the library (float32, batches of 32) over
     ours, and the least cosine of its vectors with the library's; also methods that are not used
     here. Then the processor time of one question, with weights in float32 and in float16.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
import warnings
from collections.abc import Callable
from statistics import median
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.common import ROOT, describe_machine, markdown_table, tuning_questions
from rag.ingest.chunking import chunk_article
from rag.models import embedder as embedder_module
from rag.models.embedder import Embedder, supports_bfloat16
from rag.models.registry import get_card, verify_model
from rag.settings import Settings
from rag.types import Article


def passages(embedder: Embedder, count: int, size: int) -> list[str]:
    """`count` passages of at most `size` tokens."""
    texts = [file.read_text() for file in sorted((ROOT / "seeds").glob("*.md"))]
    more = ROOT.parent / "shared" / "eval" / "squad2" / "articles.jsonl"
    if more.is_file():
        texts += [json.loads(line)["text"] for line in more.read_text().splitlines()]
    chunks: list[str] = []
    for text in texts:
        if len(chunks) < count:
            article = Article("a", "", text)
            chunks += [each.text for each in chunk_article(article, embedder.count, size)]
    return chunks[:count]


def question_milliseconds(embedder: Embedder, rounds: int = 3) -> list[list[Any]]:
    """Processor milliseconds of single questions, with both kinds of weights in turn."""
    questions = [each.question for each in tuning_questions(25)]
    times: dict[str, list[float]] = {"float32": [], "float16, where torch has kernels for it": []}
    few_rows = embedder_module._FP16_MAX_ROWS
    for number in range(rounds + 1):  # the first round warms up
        for question in questions:
            for column, rows in zip(times.values(), (0, few_rows), strict=True):
                with mock.patch.object(embedder_module, "_FP16_MAX_ROWS", rows):
                    started = time.process_time()
                    embedder.encode([question])
                    if number:
                        column.append(1000 * (time.process_time() - started))
    return [[name, *np.percentile(column, [50, 95]).tolist()] for name, column in times.items()]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.embedding", description=__doc__)
    parser.add_argument("--passages", type=int, default=192)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    settings = Settings.load()
    embedder = Embedder.open(verify_model(get_card(settings.embedder), settings.models))
    texts = passages(embedder, options.passages, settings.passage_tokens)
    model = embedder._model

    def library(other: Any = model) -> Any:
        return other.encode(texts, batch_size=32, normalize_embeddings=True)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch

        quantize = torch.ao.quantization.quantize_dynamic  # type: ignore[attr-defined]
        int8_model = quantize(copy.deepcopy(model), {torch.nn.Linear}, dtype=torch.qint8)
    methods: dict[str, Callable[[], Any]] = {
        "library, float32": library,
        "ours": lambda: embedder.encode(texts),
        "ours, bfloat16 (where the processor has it)": lambda: embedder.encode_bf16(texts),
        "library, int8 (not used)": lambda: library(int8_model),
    }
    library()
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in methods}
    least_cosine: dict[str, float] = {}
    exact = np.asarray(library())
    for _ in range(options.rounds):
        for name, method in methods.items():
            cpu, wall = time.process_time(), time.perf_counter()
            vectors = np.asarray(method(), np.float32)
            times[name].append((time.process_time() - cpu, time.perf_counter() - wall))
            vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            least_cosine[name] = float((vectors * exact).sum(axis=1).min())
    print(f"{describe_machine()}; bfloat16 kernels: {supports_bfloat16()}\n")
    base = times["library, float32"]
    rows = [
        [name, len(texts) / median(wall for _, wall in own)]
        + [
            median(b[column] / t[column] for b, t in zip(base, own, strict=True))
            for column in (0, 1)
        ]
        + [f"{least_cosine[name]:.5f}"]
        for name, own in times.items()
    ]
    head = "method|passages per second|processor time, ratio|wall time, ratio|least cosine"
    print(markdown_table(head.split("|"), rows))
    head = "weights|one question, ms: median|95th percentile"
    print("\n" + markdown_table(head.split("|"), question_milliseconds(embedder)))


if __name__ == "__main__":
    main()

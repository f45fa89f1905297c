"""Indexing on Ray beside indexing in one process: the same index, and the time of both.

    python -m benchmarks.bulk [--passages 20000]

In:  the real embedder; a dump of synthetic articles (`benchmarks.retrieval`); Ray on the cores of
     this machine, or the cluster of RAY_ADDRESS.
Out: seconds of each stage of both, whether articles, passages, rows and near copies are the same,
     the precision of both, and the least cosine of two vectors of one passage. Exit 1 where they
     are not.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest import mock

import numpy as np

from benchmarks.common import describe_machine, markdown_table
from benchmarks.retrieval import write_corpus
from rag.index.build import Place, build_index
from rag.index.documents import open_documents
from rag.index.snapshots import SnapshotStore
from rag.models.embedder import Embedder, Precision
from rag.settings import Settings

_LEAST_COSINE = 0.9999
_PARTS_OF_A_SENTENCE = 4.05  # passages that a synthetic sentence is cut into, on average


@dataclass
class StageTimes:
    """A callback for progress: seconds by stage, from its first report to that of the next."""

    seconds: dict[str, float] = field(default_factory=dict)
    _stage: str = "start"
    _since: float = field(default_factory=time.perf_counter)

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage:
            self.end(stage)

    def end(self, stage: str = "") -> None:
        now = time.perf_counter()
        self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now


def timed_build(settings: Settings, on: Place) -> tuple[StageTimes, str]:
    """Seconds by stage, and the precision in which passages were embedded."""
    choose, choices = Embedder.precision_for, [""]

    def recorded(embedder: Embedder, texts: Sequence[str]) -> Precision:
        choices.append(precision := choose(embedder, texts))
        return precision

    times = StageTimes()
    with mock.patch.object(Embedder, "precision_for", recorded):
        build_index(settings, times, on=on)
    times.end()
    return times, choices[-1] or "float32"


def contents(settings: Settings) -> tuple[dict[str, list[tuple]], np.ndarray]:
    """All rows of the tables that hold articles and passages, in order; the vectors, by row."""
    snapshot = SnapshotStore(settings.index).current()
    assert snapshot is not None
    queries = {
        "articles": "SELECT number, id, hash, origin, record, body FROM main.article ORDER BY 1",
        "bodies": "SELECT number, hash, text FROM main.body ORDER BY 1",
        "passages": "SELECT row, hash, text FROM main.passage ORDER BY 1",
        "places": 'SELECT body, start, "end", row FROM main.place ORDER BY 1, 2',
        "near copies": "SELECT body, other, share FROM main.near_copy ORDER BY 1, 2",
    }
    with closing(open_documents(snapshot)) as documents:
        tables = {name: documents.select(query) for name, query in queries.items()}
        vectors = documents.select("SELECT vector FROM main.passage ORDER BY row")
    return tables, np.stack([np.frombuffer(blob, "<f4") for (blob,) in vectors])


def compare(one: Settings, other: Settings) -> tuple[list[str], float, bool]:
    """Tables that differ; the least cosine; whether vectors are the same to the last bit."""
    (tables, vectors), (others, other_vectors) = contents(one), contents(other)
    differing = [name for name, rows in tables.items() if rows != others[name]]
    if vectors.shape != other_vectors.shape:
        return [*differing, "number of vectors"], 0.0, False
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(other_vectors, axis=1)
    cosines = (vectors.astype(np.float64) * other_vectors).sum(axis=1) / lengths
    return differing, float(cosines.min()), vectors.tobytes() == other_vectors.tobytes()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description=__doc__)
    parser.add_argument("--passages", type=int, default=20_000, help="about how many")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "dump.jsonl"
        write_corpus(corpus, round(options.passages / _PARTS_OF_A_SENTENCE))
        own = {"corpus": corpus, "embedder": "all-minilm-l6-v2", "chroma_url": ""}
        both = [
            replace(Settings.load(), **own, index=Path(folder) / name) for name in ("one", "ray")
        ]
        (one, precision), (ray, precision_on_ray) = (
            timed_build(both[0], ""),
            timed_build(both[1], "ray"),
        )
        times = [one, ray]
        differing, cosine, identical = compare(*both)
        passages = len(contents(both[0])[1])
    print(f"{describe_machine()}; {passages:,} passages\n")
    stages = list(dict.fromkeys([*times[1].seconds, *times[0].seconds]))
    rows = [
        [stage, *(f"{each.seconds[stage]:.1f}" if stage in each.seconds else "" for each in times)]
        for stage in stages
    ]
    totals = [sum(each.seconds.values()) for each in times]
    rows.append(["all", *(f"{total:.1f}" for total in totals)])
    print(markdown_table(["stage (seconds)", "one process", "Ray"], rows))
    print(f"\ntime of Ray over one process: {totals[1] / totals[0]:.2f}")
    print(f"precision: {precision}, on Ray {precision_on_ray}")
    print(f"tables that differ: {', '.join(differing) or 'none'}")
    print(f"least cosine of {passages:,} vectors: {cosine:.7f}")
    print(f"vectors the same to the last bit: {'yes' if identical else 'no'}")
    return int(bool(differing) or cosine < _LEAST_COSINE)


if __name__ == "__main__":
    raise SystemExit(main())

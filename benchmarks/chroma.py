"""Vectors on a Chroma server beside local ones: the same hits, and what it costs.

    python -m benchmarks.chroma [--corpus FILE] [--questions FILE] [--queries 200]
                                [--synthetic 20000]

In:  articles and questions on them (default: those of tests/questions/islands); the embedder; the
     server in RAG_CHROMA_URL, else `chroma run`, started here. `--synthetic`: so many passages of
     `benchmarks.retrieval` besides.
Out: the share of questions with the same articles, and the same passages, in the same order, and
     each other one; seconds to build, to add an article, and of a search, of both in turn, so that
     ratios are of one run.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from unittest import mock

from benchmarks.common import ROOT, describe_machine, markdown_table
from benchmarks.retrieval import SyntheticEmbedder, real_texts, write_corpus
from rag.index import build
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.models.embedder import Embedder, Vectors
from rag.models.registry import get_card, verify_model
from rag.retrieval.query_plan import SearchQuery
from rag.retrieval.search import ResultLimits, embed_query, search_passages
from rag.settings import Settings
from rag.types import Hit
from tests.chroma_server import ChromaProcess

_ISLANDS = ROOT / "tests" / "questions" / "islands"
_LIMITS = ResultLimits(k=12, per_article=3)
_NEAREST = 50  # passages that a search takes from the vectors


@contextmanager
def chroma_server(folder: Path) -> Iterator[str]:
    """The address of the server in RAG_CHROMA_URL, else of one that is started here."""
    if outside := Settings.load().chroma_url:
        yield outside
        return
    with ChromaProcess(folder / "server") as server:
        yield server.url


def open_index(settings: Settings) -> Snapshot:
    """The current snapshot."""
    snapshots = SnapshotStore(settings.index, settings.vector_place)
    return snapshots.open_current(build.expected_fingerprint(settings))


def timed_build(settings: Settings) -> float:
    """Seconds to index what is new."""
    started = time.perf_counter()
    build.build_index(settings)
    return time.perf_counter() - started


def search(index: Snapshot, embedder: Embedder, question: str) -> tuple[Sequence[Hit], float]:
    """The hits, and milliseconds with the embedding of the question."""
    started = time.perf_counter()
    query = embed_query(embedder, SearchQuery.parse(question).texts)
    hits = search_passages(index, query, _LIMITS).hits
    return hits, 1000 * (time.perf_counter() - started)


def compare(both: Sequence[Settings], embedder: Embedder, questions: Sequence[str]) -> list[str]:
    """Print how the hits of both differ; a row with the milliseconds of each."""
    indexes = [open_index(each) for each in both]
    same_articles = same_passages = same_nearest = 0
    times: list[list[float]] = [[], [], [], []]
    for number, question in enumerate(questions):
        hits, nearest = {}, {}
        vector = embedder.encode([question])[0]
        order = (0, 1) if number % 2 else (1, 0)
        for each in order:
            hits[each], taken = search(indexes[each], embedder, question)
            times[each].append(taken)
            started = time.perf_counter()
            nearest[each] = indexes[each].nearest(vector, _NEAREST)
            times[2 + each].append(1000 * (time.perf_counter() - started))
        passages = [[hit.passage for hit in hits[each]] for each in (0, 1)]
        articles = [list(dict.fromkeys(p.article for p in own)) for own in passages]
        same_articles += articles[0] == articles[1]
        same_passages += passages[0] == passages[1]
        same_nearest += nearest[0] == nearest[1]
        if nearest[0] != nearest[1]:
            print(f"differs: {question}: {explain(indexes[0], vector, nearest)}")
    for index in indexes:
        index.close()
    total = len(questions)
    print(
        f"{total} questions: same articles in the same order {same_articles / total:.1%}, same "
        f"passages in the same order {same_passages / total:.1%}, of the {_NEAREST} nearest "
        f"vectors {same_nearest / total:.1%}\n"
    )
    medians = [median(each) for each in times]
    return [f"{value:.1f}" for value in medians] + [
        f"{medians[1] / medians[0]:.2f}",
        f"{medians[3] / medians[2]:.2f}",
    ]


def explain(index: Snapshot, vector: Vectors, nearest: dict[int, list[int]]) -> str:
    """What an exact search says of two lists that differ."""
    rows = sorted({*nearest[0], *nearest[1]})
    cosines = dict(zip(rows, (index.documents.vectors(rows) @ vector).tolist(), strict=True))
    exact = sorted(rows, key=lambda row: -cosines[row])[:_NEAREST]
    gap = [
        abs(cosines[a] - cosines[b]) for a, b in zip(nearest[0], nearest[1], strict=True) if a != b
    ]
    missing = [len(set(exact) - set(own)) for own in nearest.values()]
    return (
        f"missed by local {missing[0]}, by the server {missing[1]}; at {len(gap)} places another "
        f"passage, cosines {max(gap):.1e} apart at most"
    )


def measure(corpus: Path, queries: Sequence[str], embedder: Embedder, indexing: Embedder) -> None:
    """Build both, add an article to both, search both."""
    with tempfile.TemporaryDirectory() as name, chroma_server(Path(name)) as url:
        folder, rows = Path(name), []
        own = folder / "corpus.jsonl"
        own.write_text(corpus.read_text())
        local = replace(Settings.load(), corpus=own, index=folder / "local", chroma_url="")
        both = [local, replace(local, index=folder / "remote", chroma_url=url)]
        with mock.patch.object(build, "open_embedder", lambda _: indexing):
            built = [timed_build(each) for each in both]
            with own.open("a") as file:
                article = {"id": "last", "title": "One more", "text": "A last one is added."}
                file.write(json.dumps(article) + "\n")
            added = [timed_build(each) for each in both]
        passages = len(open_index(local).rows)
        print(f"{passages:,} passages")
        milliseconds = compare(both, embedder, queries)
        for what, (a, b) in (("build", built), ("add an article", added)):
            rows.append([f"{what}, s", f"{a:.1f}", f"{b:.1f}", f"{b / a:.2f}"])
        rows.append(["search, ms", *milliseconds[:2], milliseconds[4]])
        rows.append(["nearest vectors alone, ms", *milliseconds[2:4], milliseconds[5]])
        head = [f"{passages:,} passages", "local", "server", "ratio"]
        print(markdown_table(head, rows) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chroma", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=_ISLANDS / "articles.jsonl")
    parser.add_argument("--questions", type=Path, default=_ISLANDS / "questions.jsonl")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--synthetic", type=int, default=0, metavar="PASSAGES")
    options = parser.parse_args()
    os.environ.setdefault("TQDM_DISABLE", "1")
    settings = Settings.load()
    embedder = Embedder.open(verify_model(get_card(settings.embedder), settings.models))
    lines = options.questions.read_text().splitlines()
    queries = [json.loads(line)["question"] for line in lines][: options.queries]
    embedder.encode(queries)  # what only the first call does
    print(f"{describe_machine()}\n")
    measure(options.corpus, queries, embedder, embedder)
    if options.synthetic:
        with tempfile.TemporaryDirectory() as folder:
            corpus = Path(folder) / "corpus.jsonl"
            write_corpus(corpus, options.synthetic)
            synthetic = SyntheticEmbedder(embedder.encode(real_texts()))
            measure(corpus, queries, embedder, synthetic)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()

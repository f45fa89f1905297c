"""Timelines: how many of the statements that a reporter would want are found, and wrong dates.

    python -m benchmarks.timelines --data FOLDER [--half tuning|held-out] [--show] [--passages N]

In:  the topics of `benchmarks/data/timelines.toml`; the sets `kinds` and `mhr` in FOLDER.
Out: for each topic: entries, the share of the wanted statements that are among them with a right
     date, entries with a wrong one, conflicts and figures that changed; the seconds that a timeline
     takes in an index of N passages (0: not measured).

An entry is of a wanted statement where it cites the article and has all the words that identify it.
Its date is wrong where no statement that it may be has it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.common import describe_machine, markdown_table
from benchmarks.quotation_samples import SEED
from benchmarks.quotations import build_index as build_synthetic_index
from benchmarks.quotations import open_index
from benchmarks.retrieval import SyntheticEmbedder
from rag.assistant import Assistant, without_models
from rag.index.build import build_index
from rag.newsroom.timelines.timeline import PASSAGES, make_timeline
from rag.newsroom.timelines.values import Timeline, TimelineEntry
from rag.retrieval.retriever import RetrievalSettings, Retriever
from rag.settings import Settings
from rag.text.stemming import stem_tokens
from rag.types import Article

TOPICS = Path(__file__).parent / "data" / "timelines.toml"
SETS = ("kinds", "mhr")


@dataclass(frozen=True)
class Wanted:
    """A statement that a timeline should have: its article, its right dates, its words."""

    article: str
    dates: tuple[str, ...]
    words: str

    def is_of(self, entry: TimelineEntry) -> bool:
        cited = any(each.article == self.article for each in entry.citations)
        wanted, own = (
            set(each) for each in stem_tokens([self.words, f"{entry.context} {entry.text}"])
        )
        return cited and wanted <= own


@dataclass(frozen=True)
class Topic:
    name: str
    half: str
    statements: tuple[Wanted, ...]


def read_topics() -> list[Topic]:
    values = tomllib.loads(TOPICS.read_text(encoding="utf-8"))["topic"]
    return [
        Topic(
            each["name"],
            each["half"],
            tuple(Wanted(id, tuple(dates), words) for id, dates, words in each["statements"]),
        )
        for each in values
    ]


def missing(topic: Topic, timeline: Timeline) -> list[Wanted]:
    """The statements that no entry has with a right date."""
    return [
        wanted
        for wanted in topic.statements
        if not any(wanted.is_of(e) and e.date in wanted.dates for e in timeline.entries)
    ]


def wrong_dates(topic: Topic, timeline: Timeline) -> list[TimelineEntry]:
    """The entries of wanted statements that have another date."""
    wrong = []
    for entry in timeline.entries:
        mine = [wanted for wanted in topic.statements if wanted.is_of(entry)]
        if mine and not any(entry.date in wanted.dates for wanted in mine):
            wrong.append(entry)
    return wrong


def write_articles(file: Path, data: Path) -> None:
    """Add the articles of the sets to a dump."""
    with file.open("a", encoding="utf-8") as dump:
        for name in SETS:
            for line in (data / name / "articles.jsonl").read_text(encoding="utf-8").splitlines():
                dump.write(json.dumps({"title": "", **json.loads(line)}) + "\n")


def open_archive(data: Path, folder: Path) -> Assistant:
    """An assistant over the articles of the sets."""
    folder.mkdir()
    corpus = folder / "articles.jsonl"
    write_articles(corpus, data)
    settings = replace(Settings.load(), corpus=corpus, index=folder / "index")
    build_index(settings)
    return Assistant.open(without_models(settings))


def show(timeline: Timeline) -> None:
    """Print the entries, and what of them differs."""
    for n, each in enumerate(timeline.entries):
        where = ", ".join(citation.article for citation in each.citations)
        print(f"{n:3} {each.date:10} {where} {each.date_words!r}: ({each.context}) {each.text}")
    for one, other in timeline.conflicts:
        print(f"  conflict {one} {other}")
    for change in timeline.changes:
        print(f"  change {change.entries} {change.figures}")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.timelines", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--half", choices=["tuning", "held-out"], help="default: both")
    parser.add_argument("--show", action="store_true", help="print timelines and what they miss")
    parser.add_argument("--passages", type=int, default=0, metavar="N", help="of the larger index")
    options = parser.parse_args()
    half = (options.half or "").replace("-", " ")
    topics = [each for each in read_topics() if not half or each.half == half]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        assistant = open_archive(options.data, Path(folder) / "small")
        for topic in topics:
            timeline = assistant.timeline(topic.name)
            missed, wrong = missing(topic, timeline), wrong_dates(topic, timeline)
            count = len(topic.statements)
            share = f"{(count - len(missed)) / count:.2f} ({count - len(missed)} of {count})"
            differing = (len(wrong), len(timeline.conflicts), len(timeline.changes))
            rows.append([topic.name, topic.half, str(len(timeline.entries)), share])
            rows[-1] += map(str, differing)
            if options.show:
                print(f"\n== {topic.name}")
                show(timeline)
                print(*(f"  missed: {each}" for each in missed), sep="\n")
                print(*(f"  wrong: {each.date} {each.text}" for each in wrong), sep="\n")
        assistant.close()
        heads = ["topic", "half", "entries", "found", "wrong dates", "conflicts", "changes"]
        print(f"\n{markdown_table(heads, rows)}\n")
        if options.passages:
            print(seconds(topics, options.data, options.passages, Path(folder) / "large"))


def seconds(topics: Sequence[Topic], data: Path, passages: int, folder: Path) -> str:
    """How long the timelines take in an index of so many passages, after a first one.

    Its vectors are synthetic: embedding the topic is not measured.
    """
    lines = [
        line
        for name in SETS
        for line in (data / name / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    articles = [Article(**{"title": "", **json.loads(line)}) for line in lines]
    index = open_index(build_synthetic_index(articles, passages, folder))
    vectors = np.random.default_rng(SEED).standard_normal((50, 384)).astype(np.float32)
    embedder = SyntheticEmbedder(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    limits = RetrievalSettings(k=PASSAGES, context_k=4, per_article=3)
    retriever = Retriever(embedder, limits)  # type: ignore[arg-type]
    times = []
    for topic in (topics[0], *topics):
        started = time.perf_counter()
        make_timeline(index, topic.name, retriever.search(index, topic.name, PASSAGES))
        times.append(time.perf_counter() - started)
    count = index.documents.counts()[1]
    index.close()
    return f"seconds, {count:,} passages: {max(times[1:]):.2f} at most; {describe_machine()}"


if __name__ == "__main__":
    main()

"""Quotations: how often the verdict, the record and the speaker are right, and how long it takes.

    python -m benchmarks.quotations --data FOLDER [--count N] [--passages N] [--misses]

In:  the quotations of `benchmarks.quotation_samples`, made of the sets in FOLDER.
Out: for the half of the articles that is for tuning and the half that is held out: the share of
     right verdicts, by kind of quotation; of records, of speakers that are right or said to be
     unknown; sources that are invented; seconds per quotation.

No model takes part: the index has synthetic vectors, which a quotation does not need.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import numpy as np

from benchmarks.common import describe_machine, markdown_table
from benchmarks.quotation_samples import RECORDED, SEED, Quotation, prepare
from benchmarks.retrieval import SyntheticEmbedder, write_corpus
from rag.index import build
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.newsroom.quotes.finding import find_quote
from rag.settings import Settings
from rag.text.folding import fold
from rag.types import Article, QuoteResult

_DAY = 10  # characters of a date in ISO 8601; the hour is not stored


@dataclass(frozen=True)
class Outcome:
    """What was told of a quotation, in how many seconds."""

    quotation: Quotation
    result: QuoteResult
    seconds: float
    has_source: bool  # whether an article that is cited has the words that it was made of

    @property
    def is_right(self) -> bool:
        return self.result.verdict == self.quotation.verdict

    @property
    def invents(self) -> bool:
        """Whether a source is named that has no such words."""
        if self.quotation.verdict == "absent":
            return bool(self.result.citations)
        return bool(self.result.citations) and not self.has_source

    @property
    def has_record(self) -> bool:
        """Whether headline, outlet, date and URL of the article are told, and nothing invented."""
        own = self.quotation.source.article
        record = (own.title, own.source, (own.published or "")[:_DAY], own.url)
        cited = [
            (each.title, each.source, each.published, each.url) for each in self.result.citations
        ]
        return record in cited and not self.invents

    @property
    def has_speaker(self) -> bool:
        """Whether the speaker is right, or said to be unknown."""
        name = self.result.speaker
        wanted = self.quotation.source.speaker or ""
        return name is None or bool(wanted and f" {fold(wanted)} " in f" {fold(name)} ")


def build_index(articles: Sequence[Article], passages: int, folder: Path) -> Settings:
    """An index of `articles`, with synthetic vectors, and of `passages` invented ones besides."""
    folder.mkdir()
    corpus = folder / "articles.jsonl"
    if passages:
        write_corpus(corpus, passages)
    fields = ("id", "title", "text", "source", "published", "author", "url")
    with corpus.open("a", encoding="utf-8") as file:
        for each in articles:
            values = {name: getattr(each, name) for name in fields if getattr(each, name)}
            file.write(json.dumps({"title": "", **values}) + "\n")
    settings = replace(Settings.load(), corpus=corpus, index=folder / "index")
    vectors = np.random.default_rng(SEED).standard_normal((50, 384)).astype(np.float32)
    embedder = SyntheticEmbedder(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    with (
        mock.patch.object(build, "open_embedder", lambda _: embedder),
    ):
        build.build_index(settings)
    return settings


def open_index(settings: Settings) -> Snapshot:
    return SnapshotStore(settings.index).open_current(build.expected_fingerprint(settings))


def look_up(index: Snapshot, quotation: Quotation) -> Outcome:
    """What is told of a quotation."""
    started = time.perf_counter()
    result = find_quote(index, quotation.text)
    seconds = time.perf_counter() - started
    words = fold(quotation.source.text)
    texts = (index.documents.article(each.article).text for each in result.citations)
    return Outcome(quotation, result, seconds, any(words in fold(text) for text in texts))


def _share(flags: Sequence[bool]) -> str:
    return f"{sum(flags) / len(flags):.3f} ({sum(flags)} of {len(flags)})" if flags else "-"


def rows_of(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """The rows of the table, for the outcomes of one half."""
    recorded = [
        each
        for each in outcomes
        if each.quotation.source.collection in RECORDED and each.quotation.verdict != "absent"
    ]
    spoken = [each for each in recorded if each.quotation.source.speaker is not None]
    kinds = dict.fromkeys(each.quotation.kind for each in outcomes)
    return [
        ["verdict right", _share([each.is_right for each in outcomes])],
        *(
            [f"… {kind}", _share([o.is_right for o in outcomes if o.quotation.kind == kind])]
            for kind in kinds
        ),
        ["headline, outlet, date and URL right", _share([each.has_record for each in recorded])],
        ["speaker right or said to be unknown", _share([each.has_speaker for each in spoken])],
        ["… and named", _share([each.result.speaker is not None for each in spoken])],
        ["invented sources", str(sum(each.invents for each in outcomes))],
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quotations", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--count", type=int, default=300, metavar="N", help="of quotations")
    parser.add_argument(
        "--passages", type=int, default=10_000, metavar="N", help="of the larger index; 0: none"
    )
    parser.add_argument("--misses", action="store_true", help="list those of the tuning half")
    options = parser.parse_args()
    articles, quotations = prepare(options.data, options.count)
    with tempfile.TemporaryDirectory() as folder:
        index = open_index(build_index(articles, 0, Path(folder) / "small"))
        look_up(index, quotations[0])
        outcomes = [look_up(index, each) for each in quotations]
        index.close()
        times = [(f"seconds, {len(articles):,} articles", outcomes)]
        if options.passages:
            index = open_index(build_index(articles, options.passages, Path(folder) / "large"))
            count = index.documents.counts()[1]
            look_up(index, quotations[0])
            outcomes_of_large = [look_up(index, each) for each in quotations]
            times.append((f"seconds, {count:,} passages", outcomes_of_large))
            index.close()
    print(f"{len(quotations)} quotations; {describe_machine()}\n")
    halves = [[o for o in outcomes if o.quotation.is_held_out == half] for half in (False, True)]
    first, second = (rows_of(half) for half in halves)
    shares = {row[0]: row[1] for row in second}
    table = [[name, value, shares.get(name, "-")] for name, value in first]
    print(markdown_table(["quotations", "tuning", "held out"], table) + "\n")
    rows = [
        [name, f"{np.median(seconds):.3f}", f"{max(seconds):.3f}"]
        for name, some in times
        for seconds in [[each.seconds for each in some]]
    ]
    print(markdown_table(["", "median", "most"], rows))
    if options.misses:
        for each in halves[0]:
            list_misses(each)


def list_misses(outcome: Outcome) -> None:
    """Print what is wrong with an outcome."""
    quotation, result = outcome.quotation, outcome.result
    wrong = [
        name
        for name, fails in (
            ("verdict", not outcome.is_right),
            ("source", outcome.invents),
            (
                "record",
                quotation.source.collection in RECORDED
                and quotation.verdict != "absent"
                and not outcome.has_record,
            ),
            ("speaker", quotation.source.speaker is not None and not outcome.has_speaker),
        )
        if fails
    ]
    if wrong:
        print(f"\n{', '.join(wrong)}: {quotation.kind}, {quotation.source.article.id}")
        print(f"  given {quotation.text}\n  from  {quotation.source.text}")
        cited = [each.article for each in result.citations]
        print(f"  {result.verdict} {cited} {result.speaker} ({quotation.source.speaker})")
        for each in result.differences:
            print(f"    {each.kind}: {each.given!r} {each.source_text!r}")
        print(*(f"    cited: {each.quote}" for each in result.citations[:1]), sep="\n")


if __name__ == "__main__":
    main()

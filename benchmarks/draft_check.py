"""Drafts beside articles: how often the verdict on a sentence is right, and how long it takes.

    python -m benchmarks.draft_check --data FOLDER [--passages N] [--misses]

In:  `data/draft_sentences.jsonl`: sentences on the articles of the sets in FOLDER, written by hand,
     each with its verdict, of true ones reworded, altered in one thing, absent, half true; split by
     article into a half for tuning and a half that is held out.
Out: for each half the share of right verdicts, by kind, and the share of sentences that are taken
     for supported and are not; seconds for a draft of 600 words.

The sentences on one article are one draft, in their order, so that pronouns have what they lean on.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from benchmarks.common import describe_machine, markdown_table
from benchmarks.retrieval import write_corpus
from rag.assistant import Assistant
from rag.index.build import build_index
from rag.newsroom.drafts.result import CheckedSentence
from rag.settings import Settings

SENTENCES = Path(__file__).parent / "data" / "draft_sentences.jsonl"
_SETS = ("kinds", "mhr")
_WORDS = 600


@dataclass(frozen=True)
class Labelled:
    """A sentence on an article, with the verdict that is right."""

    half: str
    set: str
    article: str
    kind: str
    verdict: str
    text: str
    altered: str = ""


@dataclass(frozen=True)
class Outcome:
    """A sentence and what came out for it."""

    sentence: Labelled
    checked: CheckedSentence

    @property
    def is_right(self) -> bool:
        return self.checked.verdict == self.sentence.verdict

    @property
    def is_wrongly_supported(self) -> bool:
        return self.checked.verdict == "supported" and self.sentence.verdict != "supported"


def read_sentences() -> list[Labelled]:
    """All labelled sentences, in the order of the file."""
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()
    return [Labelled(**json.loads(line)) for line in lines]


def check_all(assistant: Assistant, sentences: Sequence[Labelled]) -> Iterator[Outcome]:
    """Check the sentences on each article as one draft."""
    for _, group in groupby(sentences, key=lambda each: each.article):
        labelled = list(group)
        checked = assistant.check("\n".join(each.text for each in labelled)).sentences
        if [each.text for each in checked] != [each.text for each in labelled]:
            raise SystemExit(f"sentences are cut otherwise: {[each.text for each in checked]}")
        yield from map(Outcome, labelled, checked)


def rows_of(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    """The rows of the table for one half."""
    rows = [("verdict right", _share([each.is_right for each in outcomes]))]
    for kind in dict.fromkeys(each.sentence.kind for each in outcomes):
        some = [each.is_right for each in outcomes if each.sentence.kind == kind]
        rows.append((f"… {kind.replace('_', ' ')}", _share(some)))
    rows.append(("wrongly supported", _share([each.is_wrongly_supported for each in outcomes])))
    return rows


def _share(flags: Sequence[bool]) -> str:
    return f"{sum(flags) / len(flags):.3f} ({sum(flags)} of {len(flags)})" if flags else "-"


def _open(folder: Path, data: Path, passages: int) -> Assistant:
    """An assistant over the articles of the sets, and of `passages` invented ones besides."""
    folder.mkdir()
    corpus = folder / "articles.jsonl"
    if passages:
        write_corpus(corpus, passages)
    with corpus.open("a", encoding="utf-8") as file:
        for name in _SETS:
            file.write((data / name / "articles.jsonl").read_text(encoding="utf-8"))
    settings = replace(Settings.load(), corpus=corpus, index=folder / "index", model="none")
    build_index(settings)
    return Assistant.open(settings)


def _draft(sentences: Sequence[Labelled]) -> str:
    """A draft of some 600 words."""
    texts: list[str] = []
    for each in sentences:
        texts.append(each.text)
        if sum(len(text.split()) for text in texts) >= _WORDS:
            break
    return " ".join(texts)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.draft_check", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument(
        "--passages", type=int, default=10_000, metavar="N", help="of the larger index; 0: none"
    )
    parser.add_argument("--half", choices=("tuning", "held_out"), help="that one alone")
    parser.add_argument("--misses", action="store_true", help="list those of the tuning half")
    options = parser.parse_args()
    every = read_sentences()
    halves = (options.half,) if options.half else ("tuning", "held_out")
    with tempfile.TemporaryDirectory() as folder:
        assistant = _open(Path(folder) / "small", options.data, 0)
        results = {
            half: list(check_all(assistant, [each for each in every if each.half == half]))
            for half in halves
        }
        print(f"{sum(map(len, results.values()))} sentences; {describe_machine()}\n")
        columns = [dict(rows_of(results[half])) for half in halves]
        names = dict.fromkeys(name for column in columns for name in column)
        table = [[name, *(column.get(name, "-") for column in columns)] for name in names]
        head = ["sentences", *(each.replace("_", " ") for each in halves)]
        print(markdown_table(head, table) + "\n", flush=True)  # before what takes minutes more
        sizes = [assistant]
        if options.passages:
            sizes.append(_open(Path(folder) / "large", options.data, options.passages))
        draft = _draft([each for each in every if each.half == halves[0]])
        times = []
        for each in sizes:
            started = time.perf_counter()
            each.check(draft)
            times.append([f"{each.counts[1]:,}", f"{time.perf_counter() - started:.1f}"])
            each.close()
    print(markdown_table(["passages", f"seconds for {len(draft.split())} words"], times))
    if options.misses:
        for outcome in results.get("tuning", []):
            if not outcome.is_right:
                _print_miss(outcome)


def _print_miss(outcome: Outcome) -> None:
    sentence, checked = outcome.sentence, outcome.checked
    print(f"\n{sentence.verdict}, found {checked.verdict} {checked.score}: {sentence.text}")
    for each in checked.differences:
        print(f"    {each.kind}: {each.given!r} {each.source_text!r}")
    places = [(a - checked.start, b - checked.start) for a, b in checked.unsupported]
    print(f"    unsupported: {[checked.text[slice(*each)] for each in places]}")
    print(*(f"    cited: {each.quote}" for each in checked.citations[:1]), sep="\n")


if __name__ == "__main__":
    main()

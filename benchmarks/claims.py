"""How well a claim is checked against a text: the exact rules alone, and the reader's claim head.

    python -m benchmarks.claims --data FOLDER [--reader NAME]

In:  the claim sets that the reader was trained on (docs/training.md), of which articles were held
     out: 4 % of those of FEVER, and the documents of SummEdits that were too long to train on.
Out: balanced accuracy of telling supported claims from others, for each set and each judge.
     "rules": `rag.grounding.support` finds a quote for the claim. "reader": the probability of
     "supported" is at least one half, by the best passage. "both": both say so.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from benchmarks.common import markdown_table
from rag.grounding.claims import Claim
from rag.grounding.support import find_support
from rag.models.opening import open_reader
from rag.models.registry import get_card, verify_model
from rag.settings import Settings
from rag.text.sentences import sentence_spans
from rag.training.examples import SUPPORTED, is_held_out, parse_row

_PASSAGE_WORDS = 70  # about as long as a passage of an index
_MOST = 800  # rows of a set
_JUDGES = ("rules", "reader", "both")


class ClaimRow(NamedTuple):
    claim: str
    passages: list[str]
    supported: bool


def fever(path: Path) -> Iterator[ClaimRow]:
    """Claims of articles that are held out of every training run."""
    for row in _rows(path):
        example = parse_row(row, 1.0)
        if example is not None and is_held_out(example):
            yield ClaimRow(row["claim"], [row["passage"]], row["label"] == SUPPORTED)


def summedits(path: Path) -> Iterator[ClaimRow]:
    """Statements on documents that are too long to be trained on."""
    for row in _rows(path):
        if parse_row(row, 1.0) is None:
            passages = list(_split(row["passage"]))
            yield ClaimRow(row["claim"], passages, row["label"] == SUPPORTED)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _split(text: str) -> Iterator[str]:
    sentences, words = "", 0
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        if sentences and words + len(sentence.split()) > _PASSAGE_WORDS:
            yield sentences
            sentences, words = "", 0
        sentences, words = sentences + sentence, words + len(sentence.split())
    if sentences:
        yield sentences


def balanced_accuracy(labels: list[bool], judged: list[bool]) -> float:
    """Mean of the shares of supported claims taken as such, and of others not taken as such."""
    right = [j for label, j in zip(labels, judged, strict=True) if label]
    wrong = [not j for label, j in zip(labels, judged, strict=True) if not label]
    return (sum(right) / len(right) + sum(wrong) / len(wrong)) / 2


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--reader", default="reader")
    options = parser.parse_args()
    settings = replace(Settings.load(), reader=options.reader)
    reader, _ = open_reader(settings, verify_model(get_card(settings.embedder), settings.models))
    if reader is None:
        raise SystemExit("no reader: name one with --reader")
    table = []
    for name, read in (("fever_dev_gold", fever), ("summedits", summedits)):
        rows = list(read(options.data / f"{name}.jsonl.gz"))
        rows = rows[:: max(1, len(rows) // _MOST)]
        rules = [
            bool(find_support(Claim(each.claim, tuple(range(len(each.passages)))), each.passages))
            for each in rows
        ]
        head = [
            max(each.supported for each in reader.check(row.claim, row.passages)) >= 0.5
            for row in rows
        ]
        both = [a and b for a, b in zip(rules, head, strict=True)]
        labels = [each.supported for each in rows]
        scores = [f"{balanced_accuracy(labels, each):.3f}" for each in (rules, head, both)]
        table.append([name, len(rows), *scores])
    print(markdown_table(["set", "claims", *_JUDGES], table))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

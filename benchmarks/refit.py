"""Fit and certify the shipped calibrations anew.

    python -m benchmarks.refit --data FOLDER [--model NAME] [--out DIR]

In:  the question sets of FOLDER and of `tests/questions/`.
Out: the entries of the reader alone, and of it with the language model, in models/confidence.json.

Weights are fitted on sets that rules were written on (`WORKED_ON`), of each the tuning half by the
hash of its questions. Thresholds are certified on sets that nobody had read who wrote a rule
(`UNREAD`): where rules were written, fewer answers are wrong than elsewhere. Each set is asked a
second time with half of its articles left out (`rag.evaluation.leave_out`), as whoever asks does
not know what is in the articles. `seeds` and `rgb` are in neither, so that they show whether a
promise carries over; the unread sets cannot show it any more.

It takes two hours on two cores, most of it with the language model. A run that was stopped goes on
where it was; the answers of a finished set are used again: remove DIR to ask anew.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import ROOT

_OWN = ROOT / "tests" / "questions"
# further signals do not carry over to other collections, or cost a prompt
_OF_READER, _OF_BOTH = "score", "score,agreement"


@dataclass(frozen=True)
class QuestionSet:
    """Questions in FOLDER or `tests/questions/`; of those that are worked on half is used.

    `most`: so many questions, and half as many where articles are left out; 0: all.
    """

    name: str
    file: str = "questions"
    folder: str = ""
    most: int = 0

    def folder_in(self, data: Path) -> Path:
        """Where its articles and questions are."""
        name = self.folder or self.name
        return _OWN / name if (_OWN / name).is_dir() else data / name


WORKED_ON = (
    QuestionSet("kinds"),
    QuestionSet("mhr"),
    QuestionSet("islands"),
    QuestionSet("newsroom", "tuning"),
    QuestionSet("plains", "tuning"),
    QuestionSet("squad2"),
    QuestionSet("xquad", most=240),
)
UNREAD = (
    QuestionSet("uplands"),
    QuestionSet("marsh", "heldout"),
    QuestionSet("plains-unread", "heldout", "plains"),
)


def commands(data: Path, out: Path, model: str) -> Iterator[list[str]]:
    """The commands that ask every set with `model`, then calibrate; `rag eval` first in each."""
    runs: dict[bool, list[str]] = {True: [], False: []}
    for each in (*WORKED_ON, *UNREAD):
        is_unread = each in UNREAD
        given = each.folder_in(data)
        left_out = out / "sets" / each.name
        yield [
            *("rag.evaluation.leave_out", str(given / "articles.jsonl")),
            *(str(given / f"{each.file}.jsonl"), str(left_out)),
        ]
        parts = (
            ("given", given / "articles.jsonl", given / f"{each.file}.jsonl", each.most),
            ("left-out", left_out / "articles.jsonl", left_out / "questions.jsonl", each.most // 2),
        )
        for part, articles, questions, most in parts:
            index, run = out / "index" / part / each.name, out / model / part / each.name
            runs[is_unread].append(str(run))
            if (run / "report.json").is_file():
                continue
            yield ["rag", "index", "--corpus", str(articles), "--index", str(index)]
            yield [
                *("rag", "eval", str(questions), "--index", str(index), "--out", str(run)),
                *([] if is_unread else ["--tuning"]),
                *(["--sample", str(most)] if most else []),
            ]
    yield [
        *("rag.evaluation.calibrate", *runs[False], "--certify", *runs[True]),
        *("--features", _OF_READER if model == "none" else _OF_BOTH),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, fit, certify, write; returns the exit status of the first command that fails, else 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.refit", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b", metavar="NAME")
    parser.add_argument("--out", type=Path, default=ROOT / ".rag" / "refit", metavar="DIR")
    options = parser.parse_args(arguments)
    for model in ("none", options.model):
        environment = os.environ | {"RAG_MODEL": model, "RAG_MAX_WRONG": "1"}
        for command in commands(options.data, options.out, model):
            sys.stderr.write(f"RAG_MODEL={model} python -m {' '.join(command[:3])}\n")
            ran = subprocess.run([sys.executable, "-m", *command], env=environment, check=False)
            if ran.returncode:
                return ran.returncode
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Fit and certify the shipped calibrations anew.

    python -m benchmarks.refit --data FOLDER [--model NAME] [--out DIR]

In:  question sets of FOLDER and of `tests/questions/`.
Out: the entries of the reader alone, and of it with the language model, in models/confidence.json.

Weights and thresholds come from the tuning halves of `FITTED_ON`. What the thresholds promise comes
from `CERTIFIED_ON`: invented news by several hands that nobody has read who wrote a rule. On sets
that rules were written on fewer answers are wrong than elsewhere, so those would promise too much.
Each set is asked a second time with half of its articles left out (`rag.evaluation.leave_out`), as
whoever asks does not know what is in the articles. `seeds` and `rgb` are in neither.

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

_SETS = ROOT / "tests" / "questions"
# further signals do not carry over to other collections, or cost a prompt
_OF_READER, _OF_BOTH = "score", "score,agreement"


@dataclass(frozen=True)
class QuestionSet:
    """Questions of a folder, of which `most` are asked (0: all; half as many without articles)."""

    name: str
    most: int = 0


FITTED_ON = (
    QuestionSet("kinds"),
    QuestionSet("mhr"),
    QuestionSet("squad2"),
    QuestionSet("xquad", 240),
)
CERTIFIED_ON = (
    QuestionSet("quays"),
    QuestionSet("steppe"),
    QuestionSet("fells"),
    QuestionSet("straits"),
)


def commands(data: Path, out: Path, model: str) -> Iterator[list[str]]:
    """The commands that ask every set with `model`, then calibrate."""
    runs: dict[QuestionSet, list[str]] = {}
    for each in (*FITTED_ON, *CERTIFIED_ON):
        given = (data if each in FITTED_ON else _SETS) / each.name
        left_out = out / "sets" / each.name
        articles, questions = str(given / "articles.jsonl"), str(given / "questions.jsonl")
        yield ["rag.evaluation.leave_out", articles, questions, str(left_out)]
        parts = (
            ("given", articles, questions, each.most),
            (
                *("left-out", str(left_out / "articles.jsonl")),
                *(str(left_out / "questions.jsonl"), each.most // 2),
            ),
        )
        runs[each] = [str(out / model / part / each.name) for part, *_ in parts]
        for (part, articles, questions, most), run in zip(parts, runs[each], strict=True):
            if (Path(run) / "report.json").is_file():
                continue
            index = str(out / "index" / part / each.name)
            yield ["rag", "index", "--corpus", articles, "--index", index]
            yield [
                *("rag", "eval", questions, "--index", index, "--out", run),
                *(["--tuning"] if each in FITTED_ON else []),
                *(["--sample", str(most)] if most else []),
            ]
    fit, certify = ([run for s in sets for run in runs[s]] for sets in (FITTED_ON, CERTIFIED_ON))
    yield [
        *("rag.evaluation.calibrate", *fit, "--certify", *certify),
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

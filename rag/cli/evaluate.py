"""`rag eval`.

In:  flags, `Settings`. Out: the report as text; its files are written by `rag.evaluation.runner`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rag.cli.arguments import Commands, add_index_flag, positive_int
from rag.cli.terminal import ProgressBars, print_line, print_message
from rag.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("eval", _evaluate, "score answers against a question set")
    parser.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl")
    add_index_flag(parser)
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="default: .rag/eval, or eval in the folder of the collection",
    )
    parser.add_argument(
        "--limit", type=positive_int, metavar="N", help="only the first N questions"
    )
    parser.add_argument(
        "--sample", type=positive_int, metavar="N", help="N questions spread over the set"
    )
    parser.add_argument(
        "--without-kinds",
        type=_kinds,
        default=(),
        metavar="KINDS",
        help="leave out questions of these kinds, separated by commas",
    )
    splits = parser.add_mutually_exclusive_group()
    for flag, split, half in (
        ("--held-out", "held out", "half that nothing is tuned on"),
        ("--tuning", "tuning", "other half"),
    ):
        splits.add_argument(
            flag, dest="split", action="store_const", const=split, help=f"only the {half}"
        )
    parser.add_argument(
        "--baseline", action="store_true", help="ask the model without checks too, and compare"
    )
    parser.add_argument(
        "--against", type=Path, metavar="DIR", help="compare with an earlier run's --out folder"
    )


def _evaluate(options: argparse.Namespace, settings: Settings) -> int:
    from rag.assistant import Assistant
    from rag.evaluation.reports.text import render_text
    from rag.evaluation.runner import EvaluationCallbacks, EvaluationOptions, evaluate

    assistant, out = Assistant.open(settings), options.out or settings.output / "eval"
    with ProgressBars() as bars:
        report = evaluate(
            assistant,
            options.questions,
            out,
            EvaluationOptions(
                without_kinds=options.without_kinds,
                split=options.split,
                limit=options.limit,
                sample=options.sample,
                baseline=options.baseline,
                compare_to=options.against,
            ),
            EvaluationCallbacks(
                lambda done, total: bars.update("questions", done, total), print_message
            ),
        )
    print_line(render_text(report))
    print_line(f"report: {out / 'report.html'}")
    return 0


def _kinds(text: str) -> tuple[str, ...]:
    """The names in a list with commas."""
    return tuple(name for each in text.split(",") if (name := each.strip()))

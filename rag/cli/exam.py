"""`rag exam`: questions made of one's own articles, asked and counted.

In:  flags, `Settings`. Out: the counts and faults as text, or as JSON.
Left to others: making and asking the questions (`rag.evaluation.exam`).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rag.cli.arguments import Commands, add_index_flag, positive_int
from rag.cli.terminal import ProgressBars, print_line, print_message
from rag.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "exam", _exam, "near misses and questions made of your own articles, asked and scored"
    )
    parser.add_argument(
        "--n",
        type=positive_int,
        default=40,
        metavar="N",
        help="how many questions, half of them near misses (default: 40)",
    )
    add_index_flag(parser)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="default: .rag/exam, or in the collection"
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="another one, other questions (default: 1)"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _exam(options: argparse.Namespace, settings: Settings) -> int:
    from rag.assistant import Assistant
    from rag.evaluation.exam.run import ExamPlan, check_folder, take_exam
    from rag.evaluation.exam.text import render_exam
    from rag.evaluation.runner import EvaluationCallbacks

    out = options.out or settings.output / "exam"
    check_folder(out)  # before the models are loaded
    assistant = Assistant.open(settings)
    with ProgressBars() as bars:
        result = take_exam(
            assistant,
            out,
            ExamPlan(options.n, options.seed),
            EvaluationCallbacks(
                lambda done, total: bars.update("questions", done, total), print_message
            ),
            lambda done, total: bars.update("articles read", done, total),
        )
    if options.json:
        print_line(json.dumps(result.to_dict(), indent=1, ensure_ascii=False))
    else:
        print_line(render_exam(result))
        print_line(f"questions: {out / 'questions.jsonl'}; report: {result.report}")
    return 0

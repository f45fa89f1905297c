"""`rag calibrate`: the threshold that keeps the promise for one's own questions, or a plain no.

In:  flags, `Settings`; a question set, rated answers of the chat.
Out: the result as text; the index's own `confidence.json`.
Left to others: asking (`rag.evaluation.runner`), fitting and certifying
     (`rag.evaluation.calibrate`), the chat (`rag.conversations`).

The questions are asked with `RAG_MAX_WRONG=1`, so that every answer that its quotes support is
judged as it would be shown.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.arguments import Commands, add_index_flag
from rag.cli.terminal import ProgressBars, print_line, print_message
from rag.errors import QuestionError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.evaluation.calibrate.labels import LabelledAnswer


def add_commands(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "calibrate", _calibrate, "the threshold that keeps wrong answers below a share, or a no"
    )
    parser.add_argument("questions", type=Path, nargs="?", metavar="QUESTIONS.jsonl")
    add_index_flag(parser)
    parser.add_argument(
        "--wrong",
        type=_wrong,
        metavar="SHARE",
        help="share of the answers shown that may be wrong, 0.01 to 0.3 (RAG_MAX_WRONG)",
    )
    parser.add_argument(
        "--level", type=_level, default=0.95, help="confidence of the promise (default: 0.95)"
    )
    parser.add_argument(
        "--feedback", action="store_true", help="count the rated answers of the chat too"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder of the answers; those it holds are not asked again (default: .rag/calibrate, "
        "or calibrate in the folder of the collection)",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the result and write nothing")


def _calibrate(options: argparse.Namespace, settings: Settings) -> int:
    from rag.evaluation.calibrate.promise import CalibrationPlan, calibrate, write_calibration
    from rag.evaluation.calibrate.text import render_calibration
    from rag.grounding.calibration import (
        judges_key,
        own_calibration_file,
        read_calibrations,
        shipped_calibration_file,
    )
    from rag.models.opening import with_server_model

    if options.questions is None and not options.feedback:
        raise QuestionError("nothing to calibrate on: name QUESTIONS.jsonl, or give --feedback")
    settings = with_server_model(settings)
    max_wrong = settings.max_wrong if options.wrong is None else options.wrong
    judges = judges_key(settings.reader, settings.language_model)
    weights = read_calibrations(shipped_calibration_file()).get(judges)
    answers = [] if options.questions is None else _asked_answers(options, settings)
    if options.feedback:
        answers += _rated_answers(settings, answers)
    result = calibrate(answers, CalibrationPlan(options.level, weights=weights))
    choice = result.calibration.threshold(max_wrong)
    print_line(render_calibration(judges, result, max_wrong))
    if not choice.certified:
        print_line("nothing was changed")
        return 1
    file = own_calibration_file(settings.index)
    if options.dry_run:
        print_line(f"not written (--dry-run): {file}")
        return 0
    write_calibration(file, judges, result.to_json())
    print_line(f"written: {file}; this index is answered by it from now on")
    if abs(max_wrong - settings.max_wrong) > 1e-9:
        print_line(f"set RAG_MAX_WRONG={max_wrong:g} to use it: it is {settings.max_wrong:g} now")
    return 0


def _asked_answers(options: argparse.Namespace, settings: Settings) -> list[LabelledAnswer]:
    """The answers to the questions of the set, asked now or in an earlier run of the same."""
    from rag.assistant import Assistant
    from rag.evaluation.calibrate.labels import LEFT_OUT, labelled_answers
    from rag.evaluation.runner import EvaluationCallbacks, answer_questions

    path: Path = options.questions
    with ProgressBars() as bars:
        predictions = answer_questions(
            Assistant.open(replace(settings, max_wrong=1.0)),
            path,
            options.out or settings.output / "calibrate",
            EvaluationCallbacks(
                lambda done, total: bars.update("questions", done, total), print_message
            ),
        )
    answers = labelled_answers(predictions, path.stem)
    if left_out := len(predictions) - len(answers):
        print_message(f"left out: {left_out} of {len(predictions)} questions, {LEFT_OUT}")
    return answers


def _rated_answers(settings: Settings, others: list[LabelledAnswer]) -> list[LabelledAnswer]:
    """The rated answers of the chat that have the features of `others`, or of the latest of them.

    Raises:
        ConversationError: the chat history cannot be read.
    """
    from rag.conversations.store import ConversationStore
    from rag.evaluation.calibrate.labels import feedback_labels, with_features

    turns = ConversationStore(settings.conversations).rated_turns()
    rated = [(t.key, t.answer, t.feedback.good) for t in turns if t.answer and t.feedback]
    labels = feedback_labels(rated)
    source = next((each for each in (*others, *labels.answers[::-1]) if each.features), None)
    answers, without = with_features(labels.answers, source.features if source else ())
    without += labels.without_features
    print_message(f"rated answers of the chat: {len(answers)} of {len(rated)} count as labels")
    if without:
        print_message(
            f"left out: {without} that were stored without the features that confidence is "
            "computed from (by an earlier version, other judges, or without a calibration)"
        )
    if labels.undecided:
        print_message(
            f"left out: {labels.undecided} abstentions with a thumb down, which do not say what "
            "would have been right"
        )
    if answers:
        print_message("the promise then holds for questions like those that people rated")
    return answers


def _wrong(text: str) -> float:
    return _within(text, 0.01, 0.3)


def _level(text: str) -> float:
    return _within(text, 0.5, 0.999)


def _within(text: str, low: float, high: float) -> float:
    number = float(text)
    if not low <= number <= high:
        raise argparse.ArgumentTypeError(f"give a number from {low:g} to {high:g}")
    return number

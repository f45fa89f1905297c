"""Ask every question of a set, keep every prediction as it comes, compute the report.

In:  an `Assistant`, a question set, a folder.
Out: predictions.jsonl (one line a question, in order), with `baseline` baseline.jsonl, run.json,
     report.json and report.html in the folder.
Left to others: the figures (`rag.evaluation.aggregate`), going on with a stopped run (`kept`).
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from rag.assistant import Assistant
from rag.errors import EvaluationInterrupted, QuestionError
from rag.evaluation import baseline as plain
from rag.evaluation.aggregate import (
    Prediction,
    ScoredPrediction,
    compare,
    held_out_predictions,
    outcome_changes,
    score,
    summarize,
)
from rag.evaluation.dataset import EvalQuestion, Split, read_questions, select
from rag.evaluation.metrics import DEPTH
from rag.evaluation.reports.html import render_html
from rag.evaluation.run_folder import (
    BASELINE_FILE,
    PREDICTIONS_FILE,
    RunFolder,
    load_predictions,
    run_signature,
)


def evaluate(
    assistant: Assistant,
    path: Path,
    out: Path,
    *,
    part: Split | None = None,
    limit: int | None = None,
    drawn: int | None = None,
    baseline: bool = False,
    against: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    say: Callable[[str], None] = lambda line: None,
    stopped: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Score `assistant` on the set at `path`; writes into `out` and returns the report.

    `part` takes that part of the set alone, `limit` of these the first, `drawn` a spread sample
    of so many. `baseline` asks the model without checks in the same run. `against` names the
    folder of an earlier run to compare with. `stopped` is asked before each question.

    Raises:
        QuestionError: the set or the earlier run cannot be used.
        RunStopped: `stopped` said so; the same call goes on there.
        RagError: a question met a fault of the machinery; what was written stays, and the same
            command goes on there.
    """
    questions = select(read_questions(path), part=part, limit=limit, drawn=drawn)
    before = _earlier(against, out, questions) if against else {}
    run = RunFolder(out, run_signature(path, questions, assistant.settings, baseline=baseline))
    if run.note:
        say(run.note)
    weighed, assistant.always_weigh = assistant.always_weigh, True
    try:
        ours, others = _asked(
            assistant, run, questions, baseline=baseline, progress=progress, stopped=stopped
        )
    finally:
        assistant.always_weigh = weighed
    settings = assistant.settings
    scored = [score(row) for row in ours]
    report = {
        "set": path.name,
        "part": part or "all",
        "model": settings.model,
        "embedder": settings.embedder,
        "k": settings.k,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        **summarize(scored),
        "held_out": summarize(held_out_predictions(scored)),
    }
    if baseline:
        told = [score(row) for row in others]
        report["baseline"] = summarize(told)
        report["difference"] = compare(scored, told)
    if against:
        report["against"] = _against(against, scored, before)
    run.finish(report, render_html(report, ours, others))
    return report


def _asked(
    assistant: Assistant,
    run: RunFolder,
    questions: Sequence[EvalQuestion],
    *,
    baseline: bool,
    progress: Callable[[int, int], None],
    stopped: Callable[[], bool],
) -> tuple[list[Prediction], list[Prediction]]:
    """Every answer, ours and the baseline's; those that the run holds already are not asked for."""
    askers: list[tuple[str, Callable[[str], dict[str, Any]]]] = [
        (PREDICTIONS_FILE, lambda text: assistant.ask(text).to_dict())
    ]
    if baseline:
        askers.append((BASELINE_FILE, lambda text: plain.ask(assistant, text)))
    answers = {name: run.answers(name, questions) for name, _ in askers}
    if any(len(told) < len(questions) for told in answers.values()):
        assistant.warm_up()
        if baseline:
            plain.warm_up(assistant)
    rows: dict[str, list[Prediction]] = {name: [] for name, _ in askers}
    progress(0, len(questions))
    for number, question in enumerate(questions):
        if stopped():
            raise EvaluationInterrupted(
                f"stopped after {number} of {len(questions)} questions: the same run goes on there"
            )
        turn = askers if number % 2 == 0 else askers[::-1]  # for fair timings
        for name, ask in turn:
            if len(answers[name]) <= number:
                answers[name].append(run.add(name, question, ask(question.question)))
        query = answers[PREDICTIONS_FILE][number]["query"]
        ranked = [hit.passage for hit in assistant.search(query, DEPTH)]
        for name, _ in askers:
            answer = answers[name][number]
            rows[name].append(Prediction(question, answer, ranked, _authors(assistant, answer)))
        progress(number + 1, len(questions))
    return rows[PREDICTIONS_FILE], rows.get(BASELINE_FILE, [])


def _authors(assistant: Assistant, answer: dict[str, Any]) -> dict[str, str]:
    ids = {each["article"] for each in answer["citations"]}
    return {id: author for id in ids if (author := assistant.article(id).author)}


def _earlier(
    folder: Path, out: Path, questions: Iterable[EvalQuestion]
) -> dict[str, dict[str, Any]]:
    """The answers in `folder` to those of the questions that were asked there too."""
    if folder.resolve() == out.resolve():
        raise QuestionError(f"--against {folder} is the folder this run writes into: name another")
    told = load_predictions(folder)
    common = {
        question.id: told[question.id]
        for question in questions
        if question.id in told and told[question.id]["question"] == question.question
    }
    if not common:
        raise QuestionError(
            f"--against {folder}: none of its {len(told)} questions is asked here: name an "
            "earlier run of the same set"
        )
    return common


def _against(
    folder: Path, scored: Sequence[ScoredPrediction], before: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    both = [each for each in scored if each.prediction.question.id in before]
    old = [each.prediction._replace(answer=before[each.prediction.question.id]) for each in both]
    return {
        "folder": str(folder),
        "questions": len(both),
        "difference": compare(both, [score(row) for row in old]),
        "flips": outcome_changes([each.prediction for each in both], old),
    }

"""Ask every question of a set, keep every prediction as it comes, compute the report.

In:  an `Assistant`, a question set, a folder, `EvaluationOptions`.
Out: predictions.jsonl (one line per question, in order), with the baseline also baseline.jsonl,
     run.json, report.json and report.html in the folder; the report.
Left to others: the metrics (`aggregate`), resuming an interrupted run (`run_folder`), the page
     (`reports.html`).
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.assistant import Assistant
from rag.errors import EvaluationInterrupted, QuestionError
from rag.evaluation import baseline
from rag.evaluation.aggregate import (
    ScoredPrediction,
    compare,
    held_out_predictions,
    outcome_changes,
    score,
    summarize,
)
from rag.evaluation.dataset import EvalQuestion, Split, read_questions, select
from rag.evaluation.metrics import DEPTH
from rag.evaluation.prediction import Prediction
from rag.evaluation.reports.html import render_html
from rag.evaluation.run_folder import (
    BASELINE_FILE,
    PREDICTIONS_FILE,
    RunFolder,
    load_predictions,
    run_signature,
)
from rag.grounding.verifier import VerificationPolicy
from rag.runtime.cancellation import NEVER, CancelToken
from rag.types import Answer, Passage


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """Which questions of a set are asked, and what the answers are compared with.

    Of the questions of `split` (None: all) that are of none of `without_kinds` the first `limit`
    are taken, and of these a spread sample of `sample`. `baseline` asks the model without checks
    in the same run. `compare_to` is the folder of an earlier run. `remark` is what the report says
    of the set.
    """

    without_kinds: tuple[str, ...] = ()
    split: Split | None = None
    limit: int | None = None
    sample: int | None = None
    baseline: bool = False
    compare_to: Path | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class EvaluationCallbacks:
    """How a run reports to its caller: questions done and in all, one-line messages."""

    progress: Callable[[int, int], None] = lambda done, total: None
    message: Callable[[str], None] = lambda line: None


def evaluate(
    assistant: Assistant,
    path: Path,
    out: Path,
    options: EvaluationOptions = EvaluationOptions(),
    callbacks: EvaluationCallbacks = EvaluationCallbacks(),
    cancel: CancelToken = NEVER,
) -> dict[str, Any]:
    """Score `assistant` on the question set at `path`; writes into `out`, returns the report.

    Raises:
        QuestionError: the set or the earlier run cannot be used.
        EvaluationInterrupted: `cancel`, which is looked at before each question, was cancelled;
            the same call resumes the run.
        RagError: a question could not be answered for a technical fault; the predictions so far
            are kept, and the same call resumes the run.
    """
    questions = select(
        read_questions(path),
        without_kinds=options.without_kinds,
        split=options.split,
        limit=options.limit,
        sample=options.sample,
    )
    compare_to = options.compare_to
    earlier = _earlier_predictions(compare_to, out, questions) if compare_to else {}
    signature = run_signature(path, questions, assistant.settings, baseline=options.baseline)
    folder = RunFolder(out, signature)
    if folder.message:
        callbacks.message(folder.message)
    systems = _ask_all(assistant, folder, questions, options, callbacks.progress, cancel)
    ours, others = systems[PREDICTIONS_FILE], systems.get(BASELINE_FILE, [])
    if any(each.answer.evidence for each in ours):  # then a reader put the passages in order
        ours = [each._replace(reranked=_passages(each.answer)) for each in ours]
    settings = assistant.settings
    scored = [score(each) for each in ours]
    report = {
        "set": path.name,
        "part": options.split or "all",
        "without_kinds": list(options.without_kinds),
        **({"remark": options.remark} if options.remark else {}),
        "model": settings.language_model,
        "reader": settings.reader,
        "embedder": settings.embedder,
        "reranker": settings.reranker,
        "k": settings.k,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        **summarize(scored),
        "held_out": summarize(held_out_predictions(scored)),
    }
    if options.baseline:
        scored_baseline = [score(each) for each in others]
        report["baseline"] = summarize(scored_baseline)
        report["difference"] = compare(scored, scored_baseline)
    if compare_to:
        report["against"] = _comparison(compare_to, scored, earlier)
    folder.finish(report, render_html(report, ours, others))
    return report


def answer_questions(
    assistant: Assistant,
    path: Path,
    out: Path,
    callbacks: EvaluationCallbacks = EvaluationCallbacks(),
    cancel: CancelToken = NEVER,
) -> list[Prediction]:
    """The predictions of `assistant` for the set at `path`, without a report.

    Those that `out` holds of the same run are not asked again.

    Raises:
        QuestionError, EvaluationInterrupted, RagError: as `evaluate`.
    """
    questions = read_questions(path)
    signature = run_signature(path, questions, assistant.settings, baseline=False)
    folder = RunFolder(out, signature)
    if folder.message:
        callbacks.message(folder.message)
    options = EvaluationOptions()
    systems = _ask_all(assistant, folder, questions, options, callbacks.progress, cancel)
    return systems[PREDICTIONS_FILE]


def _ask_all(
    assistant: Assistant,
    folder: RunFolder,
    questions: Sequence[EvalQuestion],
    options: EvaluationOptions,
    progress: Callable[[int, int], None],
    cancel: CancelToken,
) -> dict[str, list[Prediction]]:
    """The predictions of each system by its file; those in the folder are not asked again.

    Every answer is verified: its features are what a calibration is fitted on.
    """
    systems: dict[str, Callable[[EvalQuestion], Prediction]] = {
        PREDICTIONS_FILE: lambda question: _ask(assistant, question)
    }
    if options.baseline:
        systems[BASELINE_FILE] = lambda question: _ask_baseline(assistant, question)
    predictions = {name: folder.predictions(name, questions) for name in systems}
    if any(len(each) < len(questions) for each in predictions.values()):
        assistant.warm_up(VerificationPolicy.ALWAYS)
        if options.baseline:
            baseline.warm_up(assistant)
    progress(0, len(questions))
    for number, question in enumerate(questions):
        if cancel.is_cancelled:
            raise EvaluationInterrupted(
                f"stopped after {number} of {len(questions)} questions: the same run resumes there"
            )
        order = list(systems) if number % 2 == 0 else list(systems)[::-1]  # for fair timings
        for name in order:
            if len(predictions[name]) <= number:
                prediction = systems[name](question)
                folder.append(name, prediction)
                predictions[name].append(prediction)
        ranked = _ranked(assistant, predictions[PREDICTIONS_FILE][number])
        for each in predictions.values():
            authors = _authors(assistant, each[number].answer)
            each[number] = each[number]._replace(ranked=ranked, authors=authors)
        progress(number + 1, len(questions))
    return predictions


def _ask(assistant: Assistant, question: EvalQuestion) -> Prediction:
    answer = assistant.ask(
        question.question,
        history=question.history,
        filters=question.filters,
        verify=VerificationPolicy.ALWAYS,
    )
    return Prediction(question, answer)


def _passages(answer: Answer) -> tuple[Passage, ...]:
    return tuple(hit.passage for hit in answer.passages)


def _ask_baseline(assistant: Assistant, question: EvalQuestion) -> Prediction:
    """The baseline's answer; it has neither history nor filters."""
    answer = baseline.ask(assistant, question.question)
    phantoms = baseline.count_phantom_citations(answer)
    return Prediction(question, answer, phantom_citations=phantoms)


def _ranked(assistant: Assistant, prediction: Prediction) -> list[Passage]:
    """The passages in the order of retrieval.

    `DEPTH` of them; where the question has a filter, those that were retrieved for the answer,
    since `Assistant.search` takes none.
    """
    answer = prediction.answer
    hits = answer.passages if prediction.question.filters else assistant.search(answer.query, DEPTH)
    return [hit.passage for hit in hits]


def _authors(assistant: Assistant, answer: Answer) -> dict[str, str]:
    ids = {each.article for each in answer.citations}
    return {id: author for id in ids if (author := assistant.article(id).author)}


def _earlier_predictions(
    folder: Path, out: Path, questions: Iterable[EvalQuestion]
) -> dict[str, Prediction]:
    """The predictions in `folder` for those of the questions that were asked there too."""
    if folder.resolve() == out.resolve():
        raise QuestionError(f"--against {folder} is the folder this run writes into: name another")
    earlier = load_predictions(folder)
    common = {
        question.id: earlier[question.id]
        for question in questions
        if question.id in earlier and earlier[question.id].question.question == question.question
    }
    if not common:
        raise QuestionError(
            f"--against {folder}: none of its {len(earlier)} questions is asked here: name an "
            "earlier run of the same set"
        )
    return common


def _comparison(
    folder: Path, scored: Sequence[ScoredPrediction], earlier: dict[str, Prediction]
) -> dict[str, Any]:
    """The section `against` of the report, over the questions that both runs asked."""
    both = [each for each in scored if each.prediction.question.id in earlier]
    new = [each.prediction for each in both]
    old = [each._replace(answer=earlier[each.question.id].answer) for each in new]
    return {
        "folder": str(folder),
        "questions": len(both),
        "difference": compare(both, [score(each) for each in old]),
        "flips": outcome_changes(new, old),
    }

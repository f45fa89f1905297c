"""report.html: one self-contained page with the metrics, the plots, and every failure.

In:  a report and its rows. Out: a page, as text, that loads nothing from elsewhere.
Left to others: the plots (`rag.evaluation.reports.plots`), the numbers
(`rag.evaluation.aggregate`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.evaluation import metrics
from rag.evaluation.aggregate import METRIC_LABELS, STAGE_LABELS
from rag.evaluation.prediction import Prediction
from rag.evaluation.reports.plots import render_plots
from rag.evaluation.reports.text import (
    BY_KIND_HEAD,
    by_kind_rows,
    describe_part,
    format_interval,
    risk_rows,
)
from rag.runtime.html_templates import load_templates
from rag.types import Answer

_TEMPLATES = Path(__file__).parent / "templates"
_SECONDS_RATIO = "seconds, ratio"


@dataclass(frozen=True, slots=True)
class _Table:
    """Cells as text; `numeric`: all columns but the first hold numbers."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The report beside that of an earlier run."""

    folder: str
    questions: int
    differences: _Table
    changes: _Table


@dataclass(frozen=True, slots=True)
class _Failure:
    """One question that went wrong, with everything that helps to see why."""

    id: str
    question: str
    reason: str
    expected: str
    answer: Answer
    baseline: Prediction | None
    baseline_outcome: str


def render_html(
    report: dict[str, Any], rows: Sequence[Prediction], others: Sequence[Prediction] = ()
) -> str:
    """The page; `others` are the baseline's rows, one for each of `rows`, or none."""
    from markupsafe import Markup

    failures = [
        _failure(row, reason, others[n] if others else None)
        for n, row in enumerate(rows)
        if (reason := failure_reason(row))
    ]
    template = load_templates(_TEMPLATES).get_template("report.html")
    return template.render(
        report=report,
        part=describe_part(report),
        metrics=_metrics(report),
        by_kind=_Table(BY_KIND_HEAD, list(by_kind_rows(report)), numeric=True),
        notes=" ".join(_notes(report)),
        plots=Markup(render_plots(report, rows, others)),  # noqa: S704 - an SVG of our own
        seconds=_seconds(report),
        comparison=_comparison(report["against"]) if report.get("against") else None,
        unsupported=_unsupported(report),
        failures=failures,
    )


def failure_reason(row: Prediction) -> str:
    """What went wrong with a question, in a few words; empty where nothing did."""
    question, answer = row.question, row.answer
    result = metrics.outcome(question, answer)
    if question.answerable is False:
        return "answered, but the articles do not say" if result == "wrong" else ""
    if not metrics.has_accepted_answer(question) or metrics.is_correct_and_cited(question, answer):
        return ""
    if result == "right":
        return "right, but " + (
            "none of its articles is cited"
            if metrics.is_derived(question)
            else "the quotes do not hold it"
        )
    ranked = row.ranked[: len(answer.passages)]
    recall = metrics.recall_at_k(question, ranked, len(ranked))
    missing = "" if recall else "; not among the passages"
    if result == "wrong":
        return f"wrong{missing}"
    confidence = answer.confidence
    why = answer.reason if confidence is None else f"withheld at confidence {confidence:.2f}"
    return f"refused ({why}){missing}"


def _metrics(report: dict[str, Any]) -> _Table:
    """One row a metric: Footnoted, the held-out half, the baseline and the difference to it."""
    systems = [("Footnoted", report["figures"])]
    half = report["held_out"]
    if 0 < half["questions"] < report["questions"]:
        systems.append((f"of these held out ({half['questions']})", half["figures"]))
    difference = report.get("difference")
    if difference:
        systems.append(("instructions alone", report["baseline"]["figures"]))
    rows = []
    for name, label in METRIC_LABELS.items():
        if not report["figures"][name]["of"]:
            continue
        row = [label, *(_with_count(figures[name]) for _, figures in systems)]
        if difference:
            row.append(format_interval(difference[name], sign="+") if name in difference else "")
        rows.append(row)
    empty = [""] * (len(systems) - 1)
    last = [""] if difference else []
    rows += [[label, text, *empty, *last] for label, text in risk_rows(report["risk_coverage"])]
    if difference:
        rows.append([_SECONDS_RATIO, "", *empty, format_interval(difference["seconds_ratio"])])
    head = ["Figure", *(name for name, _ in systems), *(["difference"] if difference else [])]
    return _Table(head, rows, numeric=True)


def _notes(report: dict[str, Any]) -> list[str]:
    notes = []
    if report.get("difference"):
        phantoms = report["baseline"]["phantom_citations"]
        notes.append(f"Numbers of passages that do not exist, from instructions alone: {phantoms}.")
    if report["unscored"]:
        notes.append(f"Not scored, because the set accepts no answer: {report['unscored']}.")
    return notes


def _with_count(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return "-"
    return f"{format_interval(figure)} of {figure['of']:.0f}"


def _seconds(report: dict[str, Any]) -> _Table:
    baseline = report.get("baseline", {}).get("seconds", {})
    rows = [
        [prefix + STAGE_LABELS[stage], f"{each['median']:.2f}", f"{each['p95']:.2f}"]
        for prefix, stages in (("", report["seconds"]), ("instructions alone, ", baseline))
        for stage, each in stages.items()
        if each["of"]
    ]
    return _Table(["Seconds", "median", "p95"], rows, numeric=True)


def _comparison(against: Mapping[str, Any]) -> _Comparison:
    differences = [
        [
            METRIC_LABELS.get(name, _SECONDS_RATIO),
            format_interval(each, sign="+" if name in METRIC_LABELS else ""),
        ]
        for name, each in against["difference"].items()
    ]
    keys = ("id", "before", "after", "question", "answer_before", "answer_after")
    head = ["Id", "Before", "After", "Question", "Answer before", "Answer after"]
    return _Comparison(
        folder=against["folder"],
        questions=against["questions"],
        differences=_Table(["Figure", "difference"], differences, numeric=True),
        changes=_Table(head, [[each[key] for key in keys] for each in against["flips"]]),
    )


def _unsupported(report: dict[str, Any]) -> _Table:
    rows = [
        [each["id"], each["sentence"], ", ".join(each["absent"])]
        for each in report["unfounded_sentences"]
    ]
    return _Table(["Id", "Sentence", "Not in its quotes"], rows)


def _failure(row: Prediction, reason: str, baseline: Prediction | None) -> _Failure:
    question = row.question
    accepted = [" or ".join(group) for group in question.parts] or [*question.answers]
    if question.answerable is False:
        accepted = ["a refusal", *question.also_right]
    accepted += [f"not {each}" for each in question.must_not]
    return _Failure(
        id=question.id,
        question=question.question,
        reason=reason,
        expected=" · ".join(accepted),
        answer=row.answer,
        baseline=baseline,
        baseline_outcome=metrics.outcome(baseline.question, baseline.answer) if baseline else "",
    )

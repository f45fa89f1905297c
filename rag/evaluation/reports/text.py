"""A report as lines for a terminal; what the other forms of it share.

In:  the report of `rag.evaluation.runner`. Out: text, one metric per line with its 95% interval,
and a table by kind of question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rag.evaluation.aggregate import (
    COMPARED_METRICS,
    METRIC_LABELS,
    OUTCOME_LABELS,
    STAGE_LABELS,
)
from rag.evaluation.bootstrap import risk_at

_MEANS = {"token_f1", "citation_recall", "citation_precision", "balanced_accuracy", "crag"}
_HELD_OUT = (*OUTCOME_LABELS, "recall@5")
_COVERAGES = (0.25, 0.5, 0.75, 1.0)
REPORTED_STAGES = ("first_cited", "first_token", "refusal", "total")  # the page has them all
BY_KIND_HEAD = (
    "kind",
    "questions",
    *(label.partition(" (")[0] for label in OUTCOME_LABELS.values()),
)


def render_text(report: Mapping[str, Any]) -> str:
    """The metrics of a report."""
    metrics, held_out, reader = report["figures"], report["held_out"], report.get("reader", "")
    lines = [f"{describe_part(report)}; in brackets 95% intervals (bootstrap)"]
    lines += [f"reader {reader}, language model {report['model']}"] if reader else []
    lines += [remark] if (remark := report.get("remark")) else []
    lines += [
        metric_line(label, name, metrics[name])
        for name, label in METRIC_LABELS.items()
        if metrics[name]["of"]
    ]
    lines += [_cells(label, text) for label, text in risk_rows(report["risk_coverage"])]
    if 0 < held_out["questions"] < report["questions"]:
        lines.append(f"of these held out: {held_out['questions']} questions")
        lines += [
            metric_line("  " + METRIC_LABELS[name], name, held_out["figures"][name])
            for name in _HELD_OUT
            if held_out["figures"][name]["of"]
        ]
    for stage in REPORTED_STAGES:
        seconds = report["seconds"][stage]
        if seconds["of"]:
            percentiles = f"median {seconds['median']:.2f}, p95 {seconds['p95']:.2f}"
            lines.append(_cells(f"seconds to {STAGE_LABELS[stage]}", percentiles))
    if report["unscored"]:
        lines.append(_count("not scored (the set accepts no answer)", report["unscored"]))
    if report["by_kind"]:
        lines += ["", *_by_kind(report)]
    if "baseline" in report:
        lines += ["", "instructions alone (baseline), and the difference to it"]
        lines += _baseline(report["baseline"]["figures"], report["difference"])
        lines.append(
            _count(
                "citations of passages that do not exist", report["baseline"]["phantom_citations"]
            )
        )
    if "against" in report:
        lines += _comparison(report["against"])
    return "\n".join(lines)


def describe_part(report: Mapping[str, Any]) -> str:
    """Which questions of the set were asked: "95 questions (all, without overview)"."""
    without = ", ".join(report.get("without_kinds", ()))
    part = f"{report['part']}, without {without}" if without else report["part"]
    return f"{report['questions']} questions ({part})"


def risk_rows(curve: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The area under a risk-coverage curve and points on it, each with its label."""
    if not curve["of"]:
        return
    yield "AURC (risk-coverage, less is better)", format_interval(curve, "aurc")
    points = (f"{risk_at(curve['curve'], each):.3f} at {each:.2f}" for each in _COVERAGES)
    yield "risk at coverage", ", ".join(points)
    if curve["risk"] is not None:
        yield "risk of what is shown", f"{curve['risk']:.3f} at coverage {curve['coverage']:.3f}"
    if missing := curve.get("without_confidence"):
        yield "without a confidence, ranked last", str(missing)


def by_kind_rows(report: Mapping[str, Any]) -> Iterator[list[str]]:
    """One row of cells for each kind of question, under `BY_KIND_HEAD`."""
    for kind, figures in report.get("by_kind", {}).items():
        cells = (_share(name, figures[name]) for name in OUTCOME_LABELS)
        yield [kind, str(figures["questions"]), *cells]


def metric_line(label: str, name: str, estimate: Mapping[str, Any]) -> str:
    """One metric: counts for a share, value and interval."""
    if estimate["value"] is None:
        return _cells(label, "-")
    if name in _MEANS or name.startswith(("mrr", "ndcg")):
        return _cells(label, f"     of {estimate['of']:<4.0f} {format_interval(estimate)}")
    counts = f"{estimate['n']:>4.0f} of {estimate['of']:<4.0f}"
    return _cells(label, f"{counts} {format_interval(estimate)}")


def format_interval(estimate: Mapping[str, Any], key: str = "value", sign: str = "") -> str:
    """Value and interval, "0.800 [0.698, 0.893]"; `sign` "+" writes the sign of positive ones."""
    if estimate[key] is None:
        return "-"
    low, high = estimate["low"], estimate["high"]
    return f"{estimate[key]:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


def _share(name: str, figure: Mapping[str, Any]) -> str:
    """A share as its counts, "5 of 6"; a mean with its sign."""
    if not figure["of"]:
        return ""
    return f"{figure['share']:+.2f}" if name in _MEANS else f"{figure['n']} of {figure['of']}"


def _by_kind(report: Mapping[str, Any]) -> list[str]:
    rows = [BY_KIND_HEAD, *by_kind_rows(report)]
    first = max(len(row[0]) for row in rows)
    return [
        f"{row[0]:<{first}}"
        + "".join(f"  {each:>{len(h)}}" for each, h in zip(row[1:], BY_KIND_HEAD[1:], strict=True))
        for row in rows
    ]


def _cells(label: str, text: str) -> str:
    return f"{label:<44} {text}"


def _count(label: str, count: int) -> str:
    return _cells(label, f"{count:>4}")


def _baseline(baseline: Mapping[str, Any], difference: Mapping[str, Any]) -> list[str]:
    lines = [
        _cells(
            METRIC_LABELS[name],
            f"{format_interval(baseline[name]):<24} {format_interval(difference[name], sign='+')}",
        )
        for name in COMPARED_METRICS
        if baseline[name]["value"] is not None
    ]
    ratio = format_interval(difference["seconds_ratio"])
    return [*lines, _cells("seconds, ratio to the baseline", f"{'':<24}  {ratio}")]


def _comparison(against: Mapping[str, Any]) -> list[str]:
    """Against an earlier run: the differences, and each question with another outcome."""
    lines = ["", f"against {against['folder']}, {against['questions']} questions in common"]
    difference, changes = against["difference"], against["flips"]
    for name in COMPARED_METRICS:
        if difference[name]["value"] is not None:
            text = format_interval(difference[name], sign="+")
            lines.append(_cells(METRIC_LABELS[name], text))
    lines.append(_cells("seconds, ratio", f" {format_interval(difference['seconds_ratio'])}"))
    lines.append(f"outcome changed: {len(changes)}")
    lines += [f"  {e['id']}: {e['before']} -> {e['after']}: {e['question']}" for e in changes]
    return lines

"""A report as lines for a terminal.

In:  the report of `rag.evaluation.runner`. Out: text, one metric per line with its 95% interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag.evaluation.aggregate import COMPARED_METRICS, METRIC_LABELS

_MEANS = {"token_f1", "citation_recall", "citation_precision", "balanced_accuracy"}
_HELD_OUT = ("right", "cited_right", "refused_right", "refused_wrong", "recall@5")


def render_text(report: Mapping[str, Any]) -> str:
    """The metrics of a report."""
    metrics, held_out = report["figures"], report["held_out"]
    lines = [f"{report['questions']} questions; in brackets 95% intervals (bootstrap)"]
    lines += [metric_line(METRIC_LABELS[name], name, metrics[name]) for name in METRIC_LABELS]
    curve = report["risk_coverage"]
    if curve["of"]:
        lines.append(_cells("AURC (risk-coverage, less is better)", format_interval(curve, "aurc")))
        risk = "-" if curve["risk"] is None else format(curve["risk"], ".3f")
        point = f"risk {risk} at coverage {curve['coverage']:.3f}"
        lines.append(_cells("  at the threshold in use", point))
        if curve["without_confidence"]:
            lines.append(_count("  without a confidence, ranked last", curve["without_confidence"]))
    if 0 < held_out["questions"] < report["questions"]:
        lines.append(f"of these held out: {held_out['questions']} questions")
        lines += [
            metric_line("  " + METRIC_LABELS[name], name, held_out["figures"][name])
            for name in _HELD_OUT
        ]
    for stage, label in (("first_token", "seconds to first token"), ("total", "seconds in all")):
        seconds = report["seconds"][stage]
        if seconds["of"]:
            percentiles = f"median {seconds['median']:.2f}, p95 {seconds['p95']:.2f}"
            lines.append(_cells(label, percentiles))
    if report["unscored"]:
        lines.append(_count("not scored (the set accepts no answer)", report["unscored"]))
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

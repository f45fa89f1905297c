"""A report as lines for a terminal.

In:  the report of `rag.evaluation.runner`. Out: text, one figure a line, each with its 95% interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag.evaluation.aggregate import COMPARED_METRICS, METRIC_LABELS

_MEANS = {"token_f1", "citation_recall", "citation_precision", "balanced_accuracy"}
_HELD_OUT = ("right", "cited_right", "refused_right", "refused_wrong", "recall@5")


def render_text(report: Mapping[str, Any]) -> str:
    """The figures of a report."""
    figures, half = report["figures"], report["held_out"]
    lines = [f"{report['questions']} questions; in brackets 95% intervals (bootstrap)"]
    lines += [metric_line(METRIC_LABELS[name], name, figures[name]) for name in METRIC_LABELS]
    curve = report["risk_coverage"]
    if curve["of"]:
        lines.append(
            f"{'AURC (risk-coverage, less is better)':<44} {format_interval(curve, 'aurc')}"
        )
        risk = "-" if curve["risk"] is None else format(curve["risk"], ".3f")
        lines.append(f"{'  as it answers':<44} risk {risk} at coverage {curve['coverage']:.3f}")
        if curve["without_confidence"]:
            lines.append(f"{'  without a confidence, counted last':<44} "
                         f"{curve['without_confidence']:>4}")  # fmt: skip
    if 0 < half["questions"] < report["questions"]:
        lines.append(f"of these held out: {half['questions']} questions")
        lines += [metric_line("  " + METRIC_LABELS[n], n, half["figures"][n]) for n in _HELD_OUT]
    for stage, name in (("first_token", "seconds to first token"), ("total", "seconds in all")):
        told = report["seconds"][stage]
        if told["of"]:
            lines.append(f"{name:<44} median {told['median']:.2f}, p95 {told['p95']:.2f}")
    if report["unscored"]:
        lines.append(f"{'not scored (the set accepts no answer)':<44} {report['unscored']:>4}")
    if "baseline" in report:
        lines += ["", "instructions alone (baseline), and the difference to it"]
        lines += _side_by_side(report["baseline"]["figures"], report["difference"])
        lines.append(f"{'numbers of passages that do not exist':<44} "
                     f"{report['baseline']['phantom_citations']:>4}")  # fmt: skip
    if "against" in report:
        lines += _against(report["against"])
    return "\n".join(lines)


def metric_line(label: str, name: str, told: Mapping[str, Any]) -> str:
    """One figure: counts for a share, value and interval."""
    if told["value"] is None:
        return f"{label:<44} -"
    if name in _MEANS or name.startswith(("mrr", "ndcg")):
        return f"{label:<44}      of {told['of']:<4.0f} {format_interval(told)}"
    return f"{label:<44} {told['n']:>4.0f} of {told['of']:<4.0f} {format_interval(told)}"


def format_interval(told: Mapping[str, Any], key: str = "value", sign: str = "") -> str:
    """Value and interval: "0.800 [0.698, 0.893]"."""
    if told[key] is None:
        return "-"
    return f"{told[key]:{sign}.3f} [{told['low']:{sign}.3f}, {told['high']:{sign}.3f}]"


def _side_by_side(baseline: Mapping[str, Any], difference: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{METRIC_LABELS[name]:<44} {format_interval(baseline[name]):<24} {format_interval(difference[name], sign='+')}"
        for name in COMPARED_METRICS
        if baseline[name]["value"] is not None
    ]
    ratio = difference["seconds_ratio"]
    return [*lines, f"{'seconds, ratio to the baseline':<44} {'':<24}  {format_interval(ratio)}"]


def _against(told: Mapping[str, Any]) -> list[str]:
    lines = ["", f"against {told['folder']}, {told['questions']} questions in common"]
    for name in COMPARED_METRICS:
        if told["difference"][name]["value"] is not None:
            lines.append(
                f"{METRIC_LABELS[name]:<44} {format_interval(told['difference'][name], sign='+')}"
            )
    lines.append(f"{'seconds, ratio':<44}  {format_interval(told['difference']['seconds_ratio'])}")
    lines.append(f"other outcome: {len(told['flips'])}")
    lines += [f"  {e['id']}: {e['before']} -> {e['after']}: {e['question']}" for e in told["flips"]]
    return lines

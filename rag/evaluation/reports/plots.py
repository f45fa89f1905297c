"""The plots of a report as one SVG: risk by coverage, recall by k, seconds by stage, token F1.

In:  a report and its predictions. Out: SVG text. In this package only this module imports
matplotlib, and only when it draws.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from rag.evaluation import metrics
from rag.evaluation.aggregate import RECALL_DEPTHS, STAGE_LABELS, seconds
from rag.evaluation.prediction import Prediction


def render_plots(
    report: dict[str, Any], predictions: Sequence[Prediction], baseline: Sequence[Prediction] = ()
) -> str:
    """The SVG; `baseline` holds the baseline's predictions, if it was asked."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    with mpl.rc_context({"svg.hashsalt": "footnoted", "font.size": 9}):
        figure, axes = pyplot.subplots(1, 4, figsize=(14, 3.3))
        _risk_by_coverage(axes[0], report)
        _recall_by_k(axes[1], report)
        _seconds_by_stage(axes[2], predictions, baseline)
        _token_f1(axes[3], predictions, baseline)
        figure.tight_layout()
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
        pyplot.close(figure)
    _, _, svg = buffer.getvalue().partition("<svg")
    return f"<svg{svg}"


def _risk_by_coverage(axes: Any, report: dict[str, Any]) -> None:
    ours = report["risk_coverage"]
    if ours["of"]:
        axes.step(*zip(*ours["curve"], strict=True), where="mid")
    for label, curve, marker in (
        ("threshold in use", ours, "o"),
        ("baseline", report.get("baseline", {}).get("risk_coverage"), "x"),
    ):
        if curve and curve["risk"] is not None:
            axes.plot([curve["coverage"]], [curve["risk"]], marker, color="C3", label=label)
            axes.legend(loc="upper left", frameon=False)
    axes.set(title="Risk by coverage", xlabel="share answered", xlim=(0, 1.03), ylim=(0, 1.03))


def _recall_by_k(axes: Any, report: dict[str, Any]) -> None:
    for suffix, label in (("", "retrieval"), ("_reader", "after the reader")):
        estimates = {k: report["figures"][f"recall@{k}{suffix}"] for k in RECALL_DEPTHS}
        if points := {k: each for k, each in estimates.items() if each["of"]}:
            values = [each["value"] for each in points.values()]
            below = [each["value"] - each["low"] for each in points.values()]
            above = [each["high"] - each["value"] for each in points.values()]
            axes.errorbar(list(points), values, [below, above], marker="o", capsize=3, label=label)
            axes.legend(loc="lower right", frameon=False)
    axes.set(title="Recall@k", xlabel="k", ylim=(0, 1.05))


def _seconds_by_stage(
    axes: Any, predictions: Sequence[Prediction], baseline: Sequence[Prediction]
) -> None:
    boxes = [(label, _seconds(predictions, stage)) for stage, label in STAGE_LABELS.items()]
    boxes.append(("baseline", _seconds(baseline, "total")))
    boxes = [(label, values) for label, values in boxes if values]
    if boxes:
        axes.boxplot(
            [values for _, values in boxes],
            orientation="horizontal",
            tick_labels=[label for label, _ in boxes],
        )
        axes.invert_yaxis()
    axes.set(title="Seconds")


def _seconds(predictions: Sequence[Prediction], stage: str) -> list[float]:
    values = (seconds(each, stage) for each in predictions)
    return [each for each in values if each is not None]


def _token_f1(axes: Any, predictions: Sequence[Prediction], baseline: Sequence[Prediction]) -> None:
    labels, values = [], []
    for label, system in (("ours", predictions), ("baseline", baseline)):
        scores = [metrics.token_f1(each.question, each.answer) for each in system]
        if scored := [value for value in scores if value is not None]:
            labels.append(label)
            values.append(scored)
    if values:
        axes.hist(values, bins=10, range=(0, 1), label=labels)
        axes.legend(frameon=False)
    axes.set(title="Token F1", xlabel="F1", ylabel="questions")

"""The plots of a report as one SVG: risk by coverage, recall by k, seconds by stage, token F1.

In:  a report, the rows it is of. Out: SVG text. The only importer of matplotlib.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from rag.evaluation import metrics
from rag.evaluation.aggregate import RECALL_DEPTHS, STAGES, Prediction


def render_plots(
    report: dict[str, Any], rows: Sequence[Prediction], others: Sequence[Prediction]
) -> str:
    """The picture; `others` are the baseline's rows, if any."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    with mpl.rc_context({"svg.hashsalt": "footnoted", "font.size": 9}):
        figure, axes = pyplot.subplots(1, 4, figsize=(14, 3.3))
        _risk(axes[0], report)
        _recall(axes[1], report)
        _seconds(axes[2], rows, others)
        _f1(axes[3], rows, others)
        figure.tight_layout()
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
        pyplot.close(figure)
    _, _, svg = buffer.getvalue().partition("<svg")
    return f"<svg{svg}"


def _risk(axes: Any, report: dict[str, Any]) -> None:
    told = report["risk_coverage"]
    if told["of"]:
        axes.step(*zip(*told["curve"], strict=True), where="mid")
    for name, each, mark in (
        ("as it answers", told, "o"),
        ("baseline", report.get("baseline", {}).get("risk_coverage"), "x"),
    ):
        if each and each["risk"] is not None:
            axes.plot([each["coverage"]], [each["risk"]], mark, color="C3", label=name)
            axes.legend(loc="upper left", frameon=False)
    axes.set(title="Risk by coverage", xlabel="part answered", xlim=(0, 1.03), ylim=(0, 1.03))


def _recall(axes: Any, report: dict[str, Any]) -> None:
    shown = [(k, each) for k in RECALL_DEPTHS if (each := report["figures"][f"recall@{k}"])["of"]]
    if shown:
        values = [each["value"] for _, each in shown]
        below = [each["value"] - each["low"] for _, each in shown]
        above = [each["high"] - each["value"] for _, each in shown]
        axes.errorbar([k for k, _ in shown], values, [below, above], marker="o", capsize=3)
    axes.set(title="Recall@k", xlabel="k", ylim=(0, 1.05))


def _seconds(axes: Any, rows: Sequence[Prediction], others: Sequence[Prediction]) -> None:
    shown = []
    for name, of in (("", rows), ("baseline ", others)):
        for stage in STAGES if of is rows else ("total",):
            told = [row.answer["timings"][stage] for row in of]
            if values := [value for value in told if value is not None]:
                shown.append((f"{name}{stage}".replace("_", " "), values))
    if shown:
        axes.boxplot([values for _, values in shown], orientation="horizontal",
                     tick_labels=[name for name, _ in shown])  # fmt: skip
        axes.invert_yaxis()
    axes.set(title="Seconds")


def _f1(axes: Any, rows: Sequence[Prediction], others: Sequence[Prediction]) -> None:
    names, values = [], []
    for name, of in (("ours", rows), ("baseline", others)):
        told = [metrics.token_f1(row.question, row.answer) for row in of]
        if kept := [value for value in told if value is not None]:
            names.append(name)
            values.append(kept)
    if values:
        axes.hist(values, bins=10, range=(0, 1), label=names)
        axes.legend(frameon=False)
    axes.set(title="Token F1", xlabel="F1", ylabel="questions")

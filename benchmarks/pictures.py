"""The picture of docs/performance.md: searching and adding by the size of an index."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def by_size(told: Mapping[int, Mapping[str, Mapping[str, float]]], path: Path) -> None:
    """`told`: what `benchmarks.retrieval` measured, by passages."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    sizes = sorted(told)

    def line(axes: Any, do: str, name: str, label: str) -> None:
        axes.plot(sizes, [told[size][do].get(name, 0.0) for size in sizes], "o-", label=label)

    with mpl.rc_context({"svg.hashsalt": "footnoted", "font.size": 9}):
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3))
        line(left, "search", "plain p50", "median")
        line(left, "search", "plain p95", "p95")
        line(left, "search", "filter p95", "p95, half filtered out")
        left.set(title="A search with its question's embedding, ms", ylim=(0, None))
        for do, name, label in (
            ("build", "all", "index anew"),
            ("add", "all", "one article more"),
            ("add", "indexing", "of it vectors"),
        ):
            line(right, do, name, label)
        right.set(title="Indexing, seconds of the processor", yscale="log")
        for axes in (left, right):
            axes.set(xscale="log", xlabel="passages")
            axes.legend(frameon=False)
        figure.tight_layout()
        figure.savefig(path, format="svg", metadata={"Date": None})
        pyplot.close(figure)

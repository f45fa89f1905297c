"""The plots of docs/performance.md and docs/scale.md: what grows with the size of an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def plot_by_size(measurements: Mapping[int, Mapping[str, Mapping[str, float]]], path: Path) -> None:
    """Write an SVG of the measurements of `benchmarks.retrieval`, by number of passages."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    sizes = sorted(measurements)

    def line(axes: Any, step: str, name: str, label: str) -> None:
        values = [measurements[size][step].get(name, 0.0) for size in sizes]
        axes.plot(sizes, values, "o-", label=label)

    with mpl.rc_context({"svg.hashsalt": "footnoted", "font.size": 9}):
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3))
        line(left, "search", "plain p50", "median")
        line(left, "search", "plain p95", "p95")
        line(left, "search", "filter p95", "p95, half filtered out")
        left.set(title="A search with its question's embedding, ms", ylim=(0, None))
        for step, name, label in (
            ("build", "all", "a new index"),
            ("add", "all", "one article more"),
            ("add", "indexing", "of which vectors"),
        ):
            line(right, step, name, label)
        right.set(title="Indexing, processor seconds", yscale="log")
        for axes in (left, right):
            axes.set(xscale="log", xlabel="passages")
            axes.legend(frameon=False)
        figure.tight_layout()
        figure.savefig(path, format="svg", metadata={"Date": None})
        pyplot.close(figure)


def plot_scale(sizes: Sequence[int], columns: Mapping[str, Sequence[float]], path: Path) -> None:
    """Write an SVG of the measurements of `benchmarks.scale`, each by number of passages."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    panels = {
        "Indexing, processor seconds": (
            "parsing a dump, s",
            "documents, s",
            "near copies, s",
            "vectors and keywords, s",
            "verifying and publishing, s",
            "one article more, s",
        ),
        "Memory and disk, MB": (
            "memory of indexing, MB",
            "disk, MB",
            "memory of an open index, MB",
        ),
        "Searching": ("a search, ms", "a search with a filter, ms", "opening, s"),
    }
    with mpl.rc_context({"svg.hashsalt": "footnoted", "font.size": 9}):
        figure, every = pyplot.subplots(1, len(panels), figsize=(12, 3.4))
        for axes, (title, names) in zip(every, panels.items(), strict=True):
            for name in names:
                axes.plot(sizes, columns[name], "o-", markersize=3, label=name)
            axes.set(title=title, xlabel="passages", xscale="log", yscale="log")
            axes.legend(frameon=False, fontsize=7)
        figure.tight_layout()
        figure.savefig(path, format="svg", metadata={"Date": None})
        pyplot.close(figure)

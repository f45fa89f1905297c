"""report.html: one self-contained file with the figures, plots, and every failure.

In:  a report and its rows. Out: a file that asks nothing of the network.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from rag.evaluate import metrics
from rag.evaluate.questions import Question
from rag.types import Passage

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color:#1d1d1f;background:#fff}table{border-collapse:collapse}td,th{padding:.3rem .8rem;
border-bottom:1px solid #ddd;text-align:left}td:nth-child(n+2){text-align:right;
font-variant-numeric:tabular-nums}details{border:1px solid #ddd;border-radius:6px;margin:.5rem 0;
padding:.5rem 1rem}summary{cursor:pointer}.kind{color:#666}svg{max-width:100%;height:auto}
blockquote{border-left:3px solid #ccc;margin:.4rem 0;padding-left:.8rem;color:#333}
@media(prefers-color-scheme:dark){body{background:#161618;color:#eee}td,th,details{border-color:#444}
blockquote{color:#ccc}.plots{background:#fff;border-radius:6px}}
"""


class Row(NamedTuple):
    """A question, its answer in plain form, and the passages that retrieval ranks for it."""

    question: Question
    answer: dict[str, Any]
    ranked: list[Passage]


def write_html(path: Path, report: dict[str, Any], rows: Sequence[Row]) -> None:
    """Write the page."""
    failures = [(row, why) for row in rows if (why := fault(row))]
    body = [
        f"<h1>{escape(report['set'])}</h1>",
        f"<p>{report['questions']} questions, {escape(report['model'])}, "
        f"{escape(report['embedder'])}; {escape(report['machine'])}</p>",
        _figures(report),
        f"<div class='plots'>{_plots(report, rows)}</div>",
        f"<h2>Failures: {len(failures)}</h2>",
        *(_failure(row.question, row.answer, why) for row, why in failures),
    ]
    path.write_text(
        "<!doctype html><html lang='en'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{escape(report['set'])}</title><style>{_STYLE}</style>{''.join(body)}</html>",
        encoding="utf-8",
    )


def fault(row: Row) -> str:
    """What went wrong with a question, in a few words; empty where nothing did."""
    question, answer = row.question, row.answer
    if question.answerable is False:
        return "" if answer["abstained"] else "answered, but the articles do not say"
    if not metrics.scored(question) or metrics.cited_right(question, answer):
        return ""
    shown = row.ranked[: len(answer["passages"])]
    missing = "" if metrics.found(question, shown, len(shown)) else "; not among the passages"
    if answer["abstained"]:
        return f"refused ({answer['reason']}){missing}"
    if metrics.right(question, answer):
        return "right, but the quotes do not hold it"
    return f"wrong{missing}"


def _figures(report: dict[str, Any]) -> str:
    named = [
        ("Right: accepted string in the answer", report["right"]),
        ("Cited right: and in the cited quotes", report["cited_right"]),
        ("Refused of the unanswerable", report["refused_right"]),
        ("Refused of the answerable", report["refused_wrong"]),
        *((f"Recall@{k}", told) for k, told in report["recall"].items()),
        *((f"Cited right, {kind}", t) for kind, t in report["cited_right_by_kind"].items()),
    ]
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{told['n']}</td><td>{told['of']}</td>"
        f"<td>{'-' if told['share'] is None else format(told['share'], '.3f')}</td></tr>"
        for name, told in named
    )
    seconds = "".join(
        f"<tr><td>Seconds: {escape(stage.replace('_', ' '))}</td><td>{told['median']:.2f}</td>"
        f"<td>{told['p95']:.2f}</td><td>median, p95</td></tr>"
        for stage, told in report["seconds"].items()
        if told["of"]
    )
    unscored = f"<p>{report['unscored']} questions could not be scored.</p>"
    head = "<tr><th>Figure</th><th>n</th><th>of</th><th>share</th></tr>"
    return f"<table>{head}{rows}{seconds}</table>{unscored if report['unscored'] else ''}"


def _plots(report: dict[str, Any], rows: Sequence[Row]) -> str:
    """Recall by k, outcome of the questions, seconds by stage: one SVG."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    figure, (recall, outcome, seconds) = pyplot.subplots(1, 3, figsize=(11, 3.2))
    points = [(int(k), told["share"]) for k, told in report["recall"].items() if told["of"]]
    if points:
        recall.plot(*zip(*points, strict=True), marker="o")
    recall.set(title="Recall@k", xlabel="k", ylim=(0, 1.05))
    counts: dict[str, int] = {}
    for row in rows:
        name = re.split(r"[;,]| \(", fault(row))[0] or "as it should"
        counts[name] = counts.get(name, 0) + 1
    outcome.barh(list(counts), list(counts.values()))
    outcome.set(title="Questions")
    stages = ("retrieve", "first_token", "generate", "total")
    values = [
        [row.answer["timings"][s] for row in rows if row.answer["timings"][s] is not None]
        for s in stages
    ]
    shown = [(stage, value) for stage, value in zip(stages, values, strict=True) if value]
    if shown:
        seconds.boxplot([value for _, value in shown], tick_labels=[s for s, _ in shown])
    seconds.set(title="Seconds")
    figure.tight_layout()
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    pyplot.close(figure)
    _, _, svg = buffer.getvalue().partition("<svg")
    return f"<svg{svg}"


def _failure(question: Question, answer: dict[str, Any], why: str) -> str:
    wanted = " · ".join(question.answers) or "a refusal"
    quotes = "".join(
        f"<blockquote>[{each['number']}] {escape(each['quote'])} "
        f"<span class='kind'>({escape(each['article'])})</span></blockquote>"
        for each in answer["citations"]
    )
    passages = "".join(
        f"<blockquote>{escape(each['text'])} <span class='kind'>({escape(each['article'])}, "
        f"{each['score']:.4f})</span></blockquote>"
        for each in answer["passages"]
    )
    return (
        f"<details><summary>{escape(question.question)} "
        f"<span class='kind'>{escape(why)}</span></summary>"
        f"<p><b>Expected</b> {escape(wanted)}</p><p><b>Answer</b> {escape(answer['text'])}</p>"
        f"{quotes}<p><b>Draft</b> {escape(answer['draft'])}</p><p><b>Passages</b></p>{passages}"
        "</details>"
    )

"""report.html: one self-contained file with the figures, plots, and every failure.

In:  a report and its rows. Out: a page, as text, that asks nothing of the network.
Left to others: the picture (`rag.evaluation.reports.plots`), the figures (`summary`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from rag.evaluation import metrics
from rag.evaluation.aggregate import METRIC_LABELS, outcome
from rag.evaluation.prediction import Prediction
from rag.evaluation.reports.plots import render_plots
from rag.evaluation.reports.text import format_interval

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:66rem;margin:2rem auto;padding:0 1rem;
color:#1d1d1f;background:#fff}table{border-collapse:collapse;margin:1rem 0;display:block;
overflow-x:auto}td,th{padding:.3rem .8rem;border-bottom:1px solid #ddd;text-align:left}
.figures td:nth-child(n+2),.figures th:nth-child(n+2){text-align:right;white-space:nowrap;
font-variant-numeric:tabular-nums}details{border:1px solid #ddd;border-radius:6px;margin:.5rem 0;
padding:.5rem 1rem}summary{cursor:pointer}.kind{color:#666}svg{max-width:100%;height:auto}
blockquote{border-left:3px solid #ccc;margin:.4rem 0;padding-left:.8rem;color:#333}
@media(prefers-color-scheme:dark){body{background:#161618;color:#eee}td,th,details{border-color:#444}
blockquote{color:#ccc}.kind{color:#aaa}.plots{background:#fff;border-radius:6px}}
"""


def render_html(
    report: dict[str, Any], rows: Sequence[Prediction], others: Sequence[Prediction] = ()
) -> str:
    """The page; `others` are the baseline's rows, one for each of `rows`, or none."""
    failures = [(n, row, why) for n, row in enumerate(rows) if (why := failure_reason(row))]
    body = [
        f"<h1>{escape(report['set'])}</h1>",
        f"<p>{report['questions']} questions ({escape(report['part'])}), "
        f"{escape(report['model'])}, {escape(report['embedder'])}; "
        f"{escape(report['machine'])}. In brackets 95% intervals, "
        "percentile bootstrap over questions.</p>",
        _figures(report),
        f"<div class='plots'>{render_plots(report, rows, others)}</div>",
        _seconds(report),
        _against(report),
        _unfounded(report),
        f"<h2>Failures: {len(failures)}</h2>",
        *(_failure(row, why, others[n] if others else None) for n, row, why in failures),
    ]
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{escape(report['set'])}</title><style>{_STYLE}</style>{''.join(body)}</html>"
    )


def failure_reason(row: Prediction) -> str:
    """What went wrong with a question, in a few words; empty where nothing did."""
    question, answer = row.question, row.answer
    if question.answerable is False:
        return "" if answer.abstained else "answered, but the articles do not say"
    if not metrics.has_accepted_answer(question) or metrics.is_correct_and_cited(question, answer):
        return ""
    shown = row.ranked[: len(answer.passages)]
    missing = "" if metrics.recall_at_k(question, shown, len(shown)) else "; not among the passages"
    if answer.abstained:
        weighed = answer.confidence
        why = answer.reason if weighed is None else f"withheld at confidence {weighed:.2f}"
        return f"refused ({why}){missing}"
    if metrics.is_correct(question, answer):
        return "right, but the quotes do not hold it"
    return f"wrong{missing}"


def _figures(report: dict[str, Any]) -> str:
    systems = [("Footnoted", report["figures"])]
    half = report["held_out"]
    if 0 < half["questions"] < report["questions"]:
        systems.append((f"of these held out ({half['questions']})", half["figures"]))
    told = report.get("difference")
    if told:
        systems.append(("instructions alone", report["baseline"]["figures"]))
    lines = [
        _cells(
            label,
            *(_counted(figures[name]) for _, figures in systems),
            *([format_interval(told[name], sign="+") if name in told else ""] if told else []),
        )
        for name, label in METRIC_LABELS.items()
    ]
    curve, empty = report["risk_coverage"], [""] * (len(systems) - 1)
    if curve["of"]:
        lines.append(
            _cells("AURC: area under risk by coverage", format_interval(curve, "aurc"), *empty)
        )
    for kind, figure in report["cited_right_by_kind"].items():
        lines.append(_cells(f"cited right, {kind}", f"{figure['n']} of {figure['of']}", *empty))
    notes = []
    if told:
        lines.append(_cells("seconds, ratio", "", *empty, format_interval(told["seconds_ratio"])))
        phantoms = report["baseline"]["phantom_citations"]
        notes.append(f"Numbers of passages that do not exist, from instructions alone: {phantoms}.")
    if report["unscored"]:
        notes.append(f"Not scored, because the set accepts no answer: {report['unscored']}.")
    if curve.get("without_confidence"):
        notes.append(f"{curve['without_confidence']} of {curve['of']} have no confidence; in the "
                     "risk-coverage curve they come last.")  # fmt: skip
    head = _cells(
        "Figure", *(name for name, _ in systems), *(["difference"] if told else []), tag="th"
    )
    return f"<table class='figures'>{head}{''.join(lines)}</table><p>{escape(' '.join(notes))}</p>"


def _counted(figure: Mapping[str, Any]) -> str:
    return (
        f"{format_interval(figure)} of {figure['of']:.0f}" if figure["value"] is not None else "-"
    )


def _seconds(report: dict[str, Any]) -> str:
    baseline = report.get("baseline", {}).get("seconds", {})
    lines = [
        _cells(name + stage.replace("_", " "), f"{each['median']:.2f}", f"{each['p95']:.2f}")
        for name, told in (("", report["seconds"]), ("instructions alone, ", baseline))
        for stage, each in told.items()
        if each["of"]
    ]
    head = _cells("Seconds", "p50", "p95", tag="th")
    return f"<table class='figures'>{head}{''.join(lines)}</table>"


def _against(report: dict[str, Any]) -> str:
    told = report.get("against")
    if not told:
        return ""
    head = f"<h2>Against {escape(told['folder'])}: {told['questions']} questions in common</h2>"
    lines = [
        _cells(
            METRIC_LABELS.get(name, "seconds, ratio"),
            format_interval(each, sign="+" if name in METRIC_LABELS else ""),
        )
        for name, each in told["difference"].items()
    ]
    turned = [
        _cells(each["id"], each["before"], each["after"], each["question"],
               each["answer_before"], each["answer_after"])
        for each in told["flips"]
    ]  # fmt: skip
    columns = _cells("Id", "Before", "After", "Question", "Answer before", "Answer after", tag="th")
    return (
        f"{head}<table class='figures'>{_cells('Figure', 'difference', tag='th')}{''.join(lines)}"
        f"</table><h3>Other outcome: {len(turned)}</h3><table>{columns}{''.join(turned)}</table>"
    )


def _unfounded(report: dict[str, Any]) -> str:
    told = report["unfounded_sentences"]
    lines = [_cells(each["id"], each["sentence"], ", ".join(each["absent"])) for each in told]
    head = _cells("Id", "Sentence", "Not in its quotes", tag="th")
    title = f"<h2>Shown with a figure, date or name that is not in the quote: {len(told)}</h2>"
    return f"{title}<table>{head}{''.join(lines)}</table>" if told else title


def _failure(row: Prediction, why: str, other: Prediction | None) -> str:
    question, answer = row.question, row.answer
    groups = [" or ".join(group) for group in question.parts] or question.answers
    wanted = " · ".join(groups) or "a refusal"
    quotes = "".join(
        f"<blockquote>[{each.number}] {escape(each.quote)} "
        f"<span class='kind'>({escape(each.article)})</span></blockquote>"
        for each in answer.citations
    )
    passages = "".join(
        f"<blockquote>{escape(each.passage.text)} "
        f"<span class='kind'>({escape(each.passage.article)}, {each.score:.4f})</span></blockquote>"
        for each in answer.passages
    )
    confidence = answer.confidence
    told = "" if confidence is None else f" <span class='kind'>confidence {confidence:.2f}</span>"
    beside = (
        f"<p><b>Instructions alone</b> {escape(other.answer.text)} <span class='kind'>"
        f"({escape(outcome(other.question, other.answer))})</span></p>"
        if other
        else ""
    )
    return (
        f"<details><summary>{escape(question.question)} "
        f"<span class='kind'>{escape(question.id)}: {escape(why)}</span></summary>"
        f"<p><b>Expected</b> {escape(wanted)}</p>"
        f"<p><b>Answer</b> {escape(answer.text)}{told}</p>"
        f"{quotes}<p><b>Draft</b> {escape(answer.draft)}</p>{beside}"
        f"<p><b>Passages</b></p>{passages}</details>"
    )


def _cells(*texts: str, tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts) + "</tr>"

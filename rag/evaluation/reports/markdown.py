"""Write the metrics of finished runs into a document, between two markers.

    python -m rag.evaluation.reports.markdown DIR... [--into docs/quality.md]

In:  folders of `rag eval`, each with a report.json. Out: the document with a new table.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.errors import QuestionError, RagError
from rag.evaluation.aggregate import METRIC_LABELS, STAGE_LABELS
from rag.evaluation.reports.text import (
    BY_KIND_HEAD,
    REPORTED_STAGES,
    by_kind_rows,
    describe_part,
    format_interval,
    risk_rows,
)

MARKER = "figures"
_NONE: dict[str, Any] = {"value": None, "of": 0}  # what an earlier version did not measure


def main(arguments: Sequence[str] | None = None) -> int:
    """Replace the table; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m rag.evaluation.reports.markdown", description=__doc__
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--into", type=Path, default=Path("docs/quality.md"), metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        tables = [render_markdown(each.name, _report(each)) for each in options.folders]
        update_document(options.into, "\n\n".join(tables))
    except RagError as error:
        sys.stderr.write(f"rag: {error}\n")
        return 1
    return 0


def update_document(path: Path, text: str, marker: str = MARKER) -> None:
    """Put `text` between the lines `<!-- marker -->` and `<!-- /marker -->` of the document.

    Raises:
        QuestionError: the document is missing, or does not have each marker once, in order.
    """
    begin, end = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    try:
        before = path.read_text(encoding="utf-8")
    except OSError as error:
        raise QuestionError(
            f"{path} cannot be read ({error.strerror}): name the document with --into"
        ) from None
    head, opening, rest = before.partition(begin)
    _, closing, tail = rest.partition(end)
    if not (opening and closing) or before.count(begin) + before.count(end) != 2:
        raise QuestionError(
            f"{path} has no place for the table: write the lines {begin} and {end} into it, once"
        )
    path.write_text(f"{head}{begin}\n{text}\n{end}{tail}", encoding="utf-8")


def render_markdown(name: str, report: Mapping[str, Any]) -> str:
    """One run as a table: ours and, where it was asked, the baseline and the difference to it.

    A second table has the outcomes by kind of question, where the set has kinds.
    """
    difference = report.get("difference")
    columns = ["", "Footnoted", *(["instructions alone", "difference"] if difference else [])]
    lines = [
        f"**{name}**: {describe_part(report)} of `{report['set']}`, "
        f"{report['model']}, {report['machine']}",
        "",
        _row(columns),
        _row(["---"] * len(columns)),
    ]
    for key, label in METRIC_LABELS.items():
        estimate = report["figures"].get(key, _NONE)
        if estimate["value"] is None:
            continue
        cells = [label, f"{format_interval(estimate)} of {estimate['of']:.0f}"]
        if difference:
            cells += [
                format_interval(report["baseline"]["figures"][key]) if key in difference else "",
                format_interval(difference[key], sign="+") if key in difference else "",
            ]
        lines.append(_row(cells))
    empty = [""] * (len(columns) - 2)
    lines += [_row([label, text, *empty]) for label, text in risk_rows(report["risk_coverage"])]
    for stage in REPORTED_STAGES:
        seconds = report["seconds"].get(stage, _NONE)
        if not seconds["of"]:
            continue
        cells = [f"seconds to {STAGE_LABELS[stage]}, median and p95", _seconds(seconds)]
        if difference:
            ratio = (
                f"ratio {format_interval(difference['seconds_ratio'])}" if stage == "total" else ""
            )
            cells += [_seconds(report["baseline"]["seconds"].get(stage, _NONE)), ratio]
        lines.append(_row(cells))
    if difference:
        phantoms = str(report["baseline"]["phantom_citations"])
        lines.append(_row(["citations of passages that do not exist", "0", phantoms, ""]))
    if kinds := list(by_kind_rows(report)):
        dashes = ["---"] * len(BY_KIND_HEAD)
        lines += ["", *map(_row, (BY_KIND_HEAD, dashes, *kinds))]
    return "\n".join(lines)


def _report(folder: Path) -> dict[str, Any]:
    try:
        report: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise QuestionError(
            f"{folder} has no report.json: run `rag eval QUESTIONS.jsonl --out {folder}` first"
        ) from None
    if "figures" not in report:
        raise QuestionError(f"{folder} has a report of an earlier version: run `rag eval` again")
    return report


def _seconds(seconds: Mapping[str, Any]) -> str:
    return f"{seconds['median']:.2f}, {seconds['p95']:.2f}" if seconds["of"] else "-"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    raise SystemExit(main())

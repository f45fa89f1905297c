"""Ask every question of a set, keep every prediction as it comes, compute the report.

In:  an `Assistant`, a question set, a folder.
Out: predictions.jsonl (one line a question, in order), report.json, report.html in the folder.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rag.assistant import Assistant
from rag.evaluate import metrics
from rag.evaluate.questions import held_out, read_questions, sample
from rag.evaluate.report import Row, write_html

DEPTH = 10  # passages that retrieval is scored on, however many the model is shown


def evaluate(
    assistant: Assistant,
    path: Path,
    out: Path,
    *,
    limit: int | None = None,
    drawn: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Score `assistant` on the set at `path`; writes into `out` and returns the report.

    `limit` takes the first questions, `drawn` a spread sample of so many.

    Raises:
        QuestionError: the set cannot be used.
        RagError: a question met a fault of the machinery; what was written stays.
    """
    questions = read_questions(path, limit)
    questions = sample(questions, drawn) if drawn else questions
    out.mkdir(parents=True, exist_ok=True)
    assistant.warm()
    rows: list[Row] = []
    with (out / "predictions.jsonl").open("w", encoding="utf-8") as file:
        for done, question in enumerate(questions, start=1):
            answer = assistant.ask(question.question).to_dict()
            ranked = [hit.passage for hit in assistant.search(answer["query"], DEPTH)]
            rows.append(Row(question, answer, ranked))
            line = {
                "id": question.id,
                "answerable": question.answerable,
                "answers": list(question.answers),
                **answer,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            if progress:
                progress(done, len(questions))
    settings = assistant.settings
    report = {
        "set": path.name,
        "model": settings.model,
        "embedder": settings.embedder,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        **summary(rows),
        "held_out": summary([row for row in rows if held_out(row.question.id)]),
    }
    (out / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False))
    write_html(out / "report.html", report, rows)
    return report


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """All figures of a run."""
    answers = [answer for _, answer, _ in rows]
    kinds = sorted({question.kind for question, _, _ in rows if question.kind})
    return {
        "questions": len(rows),
        "right": metrics.share(metrics.right(q, a) for q, a, _ in rows),
        "cited_right": metrics.share(metrics.cited_right(q, a) for q, a, _ in rows),
        "refused_right": metrics.share(metrics.refused_right(q, a) for q, a, _ in rows),
        "refused_wrong": metrics.share(metrics.refused_wrong(q, a) for q, a, _ in rows),
        "recall": {
            str(k): metrics.share(metrics.found(q, ranked, k) for q, _, ranked in rows)
            for k in (1, 3, 5, DEPTH)
        },
        "unscored": sum(
            1 for q, _, _ in rows if not metrics.scored(q) and q.answerable is not False
        ),
        "seconds": {
            stage: metrics.spread([answer["timings"][stage] for answer in answers])
            for stage in ("retrieve", "first_token", "generate", "check", "total")
        },
        "cited_right_by_kind": {
            kind: metrics.share(metrics.cited_right(q, a) for q, a, _ in rows if q.kind == kind)
            for kind in kinds
            if kind != "unanswerable"
        },
    }


def table(report: dict[str, Any]) -> str:
    """The figures of a report as lines for a terminal."""

    def line(name: str, told: dict[str, Any]) -> str:
        if told["share"] is None:
            return f"{name:<44} -"
        return f"{name:<44} {told['n']:>4} of {told['of']:<4} {told['share']:.3f}"

    half = report["held_out"]
    lines = [
        line("right (accepted string in the answer)", report["right"]),
        line("cited right (and in the cited quotes)", report["cited_right"]),
        line("refused of the unanswerable", report["refused_right"]),
        line("refused of the answerable", report["refused_wrong"]),
        *(line(f"recall@{k}", told) for k, told in report["recall"].items()),
    ]
    if half["questions"]:
        lines += [
            f"of these held out: {half['questions']} questions",
            line("  right", half["right"]),
            line("  cited right", half["cited_right"]),
            line("  refused of the unanswerable", half["refused_right"]),
            line("  refused of the answerable", half["refused_wrong"]),
            line("  recall@5", half["recall"]["5"]),
        ]
    for stage, name in (("first_token", "seconds to first token"), ("total", "seconds in all")):
        told = report["seconds"][stage]
        if told["of"]:
            lines.append(f"{name:<44} median {told['median']:.2f}, p95 {told['p95']:.2f}")
    return "\n".join(lines)

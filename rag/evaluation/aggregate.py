"""All figures of a run, of a part of it, and of two systems side by side.

In:  rows: questions with their answers and ranked passages. Out: plain dicts for report.json.
Left to others: the measures (`metrics`, `citations`), intervals (`intervals`), showing (`report`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rag.evaluation import bootstrap as intervals
from rag.evaluation import citation_metrics as citations
from rag.evaluation import metrics
from rag.evaluation.bootstrap import Contribution
from rag.evaluation.dataset import EvalQuestion, held_out
from rag.types import Passage

STAGES = ("retrieve", "first_token", "generate", "check", "total")
RECALL_DEPTHS = (1, 3, 5, metrics.DEPTH)  # the k of recall@k

METRIC_LABELS: dict[str, str] = {
    "right": "right (accepted string in the answer)",
    "cited_right": "cited right (and in the cited quotes)",
    "refused_right": "refused of the unanswerable",
    "refused_wrong": "refused of the answerable",
    "balanced_accuracy": "balanced accuracy (right, rightly refused)",
    "token_f1": "token F1 (SQuAD)",
    "citation_recall": "citation recall (ALCE, by rule)",
    "citation_precision": "citation precision (ALCE, by rule)",
    "unfounded": "sentences with unfounded figure, date, name",
    **{f"recall@{k}": f"recall@{k}" for k in RECALL_DEPTHS},
    f"mrr@{metrics.DEPTH}": f"MRR@{metrics.DEPTH}",
    f"ndcg@{metrics.DEPTH}": f"nDCG@{metrics.DEPTH}",
}
COMPARED_METRICS = tuple(METRIC_LABELS)[
    :9
]  # those that differ between two systems over one retriever


class Prediction(NamedTuple):
    """A question, its answer in plain form, the passages that retrieval ranks for it.

    `authors` holds the author of each cited article, by its id, where one is known.
    """

    question: EvalQuestion
    answer: dict[str, Any]
    ranked: list[Passage]
    authors: Mapping[str, str] = {}


class ScoredPrediction(NamedTuple):
    """A row, what it adds to each figure, and what its shown sentences say without grounds."""

    prediction: Prediction
    contributions: dict[str, Contribution]
    unfounded: tuple[tuple[str, tuple[str, ...]], ...]


def score(row: Prediction) -> ScoredPrediction:
    """Everything that is measured on one question."""
    question, answer, ranked = row.question, row.answer, row.ranked
    told = citations.cited_sentences(answer, row.authors)
    whole = [citations.citation_recall(each, question.question) for each in told]
    each_one = [n for each in told for n in citations.citation_precision(each, question.question)]
    absent = [citations.unsupported_facts(s.text, s.quotes, " ".join(s.records)) for s in told]
    plain: dict[str, float | None] = {
        "right": metrics.is_correct(question, answer),
        "cited_right": metrics.is_correct_and_cited(question, answer),
        "refused_right": metrics.correct_abstention(question, answer),
        "refused_wrong": metrics.false_abstention(question, answer),
        "token_f1": metrics.token_f1(question, answer),
        "citation_recall": sum(whole) / len(whole) if whole else None,
        "citation_precision": sum(each_one) / len(each_one) if each_one else None,
        **{f"recall@{k}": metrics.recall_at_k(question, ranked, k) for k in RECALL_DEPTHS},
        f"mrr@{metrics.DEPTH}": metrics.reciprocal_rank(question, ranked),
        f"ndcg@{metrics.DEPTH}": metrics.ndcg(question, ranked),
    }
    parts: dict[str, Contribution] = {name: (_part(value),) for name, value in plain.items()}
    parts["balanced_accuracy"] = tuple(
        _part(each) for each in metrics.balanced_accuracy_parts(question, answer)
    )
    parts["unfounded"] = ((float(sum(map(bool, absent))), float(len(told))),)
    missing = tuple((s.text, words) for s, words in zip(told, absent, strict=True) if words)
    return ScoredPrediction(row, parts, missing)


def summarize(scored: Sequence[ScoredPrediction]) -> dict[str, Any]:
    """All figures of a run. `right`, `recall` and the like keep the short form of version 0.1."""
    rows = [each.prediction for each in scored]
    figures = {name: _figure(scored, name) for name in METRIC_LABELS}
    kinds = sorted({row.question.kind for row in rows if row.question.kind} - {"unanswerable"})
    short = ("right", "cited_right", "refused_right", "refused_wrong")
    return {
        "questions": len(rows),
        "figures": figures,
        **{name: _short(figures[name]) for name in short},
        "recall": {str(k): _short(figures[f"recall@{k}"]) for k in RECALL_DEPTHS},
        "unscored": sum(
            1 for q, *_ in rows if not metrics.has_accepted_answer(q) and q.answerable is not False
        ),
        "risk_coverage": intervals.risk_coverage(
            [
                (row.answer.get("confidence"), wrong, not row.answer["abstained"])
                for row in rows
                if (wrong := metrics.wrong_if_answered(row.question, row.answer)) is not None
            ]
        ),
        "seconds": {
            stage: intervals.latency_percentiles([_seconds(row, stage) for row in rows])
            for stage in STAGES
        },
        "cited_right_by_kind": {
            kind: _short(
                _figure(
                    [each for each in scored if each.prediction.question.kind == kind],
                    "cited_right",
                )
            )
            for kind in kinds
        },
        "phantom_citations": sum(row.answer.get("phantom_citations", 0) for row in rows),
        "unfounded_sentences": [
            {"id": each.prediction.question.id, "sentence": sentence, "absent": list(words)}
            for each in scored
            for sentence, words in each.unfounded
        ],
    }


def compare(ours: Sequence[ScoredPrediction], other: Sequence[ScoredPrediction]) -> dict[str, Any]:
    """Paired differences, ours less other, over the same questions in the same order."""
    told: dict[str, Any] = {
        name: intervals.paired_difference(
            [e.contributions[name] for e in ours], [e.contributions[name] for e in other]
        )
        for name in COMPARED_METRICS
    }
    pairs = [
        (a, b)
        for one, two in zip(ours, other, strict=True)
        if (a := _seconds(one.prediction, "total")) is not None
        and (b := _seconds(two.prediction, "total")) is not None
    ]
    told["seconds_ratio"] = intervals.ratio([a for a, _ in pairs], [b for _, b in pairs])
    return told


def held_out_predictions(scored: Sequence[ScoredPrediction]) -> list[ScoredPrediction]:
    """Those that nothing is tuned on."""
    return [each for each in scored if held_out(each.prediction.question.id)]


def outcome(question: EvalQuestion, answer: Mapping[str, Any]) -> str:
    """right, wrong, refused, or answered where nothing would be right."""
    if answer["abstained"]:
        return "refused"
    stated = metrics.is_correct(question, answer)
    return "answered" if stated is None else "right" if stated else "wrong"


def outcome_changes(
    ours: Sequence[Prediction], other: Sequence[Prediction]
) -> list[dict[str, Any]]:
    """The questions whose outcome is another than in `other`: before, after, both texts."""
    return [
        {
            "id": new.question.id,
            "question": new.question.question,
            "before": before,
            "after": after,
            "answer_before": old.answer["text"],
            "answer_after": new.answer["text"],
        }
        for new, old in zip(ours, other, strict=True)
        if (before := outcome(old.question, old.answer))
        != (after := outcome(new.question, new.answer))
    ]


def _figure(scored: Sequence[ScoredPrediction], name: str) -> dict[str, Any]:
    return intervals.bootstrap_ci([each.contributions[name] for each in scored])


def _part(value: float | None) -> tuple[float, float]:
    return (0.0, 0.0) if value is None else (float(value), 1.0)


def _short(figure: Mapping[str, Any]) -> dict[str, Any]:
    return {"n": int(figure["n"]), "of": int(figure["of"]), "share": figure["value"]}


def _seconds(row: Prediction, stage: str) -> float | None:
    value = row.answer.get("timings", {}).get(stage)
    return None if value is None else float(value)

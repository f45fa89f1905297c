"""All metrics of a run, of a part of it, and of two systems side by side.

In:  `Prediction`s: questions, their answers, the passages that retrieval ranks for them.
Out: plain dicts for report.json.
Left to others: the metrics (`metrics`, `citation_metrics`), intervals (`bootstrap`), showing them
(`reports`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from rag.evaluation import bootstrap, metrics
from rag.evaluation.bootstrap import Contribution, JudgedAnswer
from rag.evaluation.citation_metrics import (
    citation_precision,
    citation_recall,
    cited_sentences,
    unsupported_facts,
)
from rag.evaluation.dataset import EvalQuestion, held_out
from rag.evaluation.prediction import Prediction
from rag.types import Answer

STAGES = ("retrieve", "first_token", "generate", "check", "total")
RECALL_DEPTHS = (1, 3, 5, metrics.DEPTH)  # the k of recall@k

METRIC_LABELS: dict[str, str] = {
    "right": "correct (accepted string in the answer)",
    "cited_right": "correct and cited (also in the quotes)",
    "refused_right": "abstained on unanswerable questions",
    "refused_wrong": "abstained on answerable questions",
    "balanced_accuracy": "balanced accuracy (correct, abstained)",
    "token_f1": "token F1 (SQuAD)",
    "citation_recall": "citation recall (ALCE, by rule)",
    "citation_precision": "citation precision (ALCE, by rule)",
    "unfounded": "sentences with unsupported facts",
    **{f"recall@{k}": f"recall@{k}" for k in RECALL_DEPTHS},
    f"mrr@{metrics.DEPTH}": f"MRR@{metrics.DEPTH}",
    f"ndcg@{metrics.DEPTH}": f"nDCG@{metrics.DEPTH}",
}  # the keys of report.json
COMPARED_METRICS = tuple(METRIC_LABELS)[:9]  # can differ between two systems over one retriever

Outcome = Literal["right", "wrong", "refused", "answered"]


class ScoredPrediction(NamedTuple):
    """A prediction, its contribution to each metric, its shown sentences with unsupported facts."""

    prediction: Prediction
    contributions: dict[str, Contribution]
    unsupported: tuple[tuple[str, tuple[str, ...]], ...]


def score(prediction: Prediction) -> ScoredPrediction:
    """Everything that is measured on one question."""
    question, answer, ranked = prediction.question, prediction.answer, prediction.ranked
    sentences = cited_sentences(answer, prediction.authors)
    recalls = [citation_recall(each, question.question) for each in sentences]
    precisions = [n for each in sentences for n in citation_precision(each, question.question)]
    facts = [unsupported_facts(s.text, s.quotes, " ".join(s.records)) for s in sentences]
    values: dict[str, float | None] = {
        "right": metrics.is_correct(question, answer),
        "cited_right": metrics.is_correct_and_cited(question, answer),
        "refused_right": metrics.correct_abstention(question, answer),
        "refused_wrong": metrics.false_abstention(question, answer),
        "token_f1": metrics.token_f1(question, answer),
        "citation_recall": sum(recalls) / len(recalls) if recalls else None,
        "citation_precision": sum(precisions) / len(precisions) if precisions else None,
        **{f"recall@{k}": metrics.recall_at_k(question, ranked, k) for k in RECALL_DEPTHS},
        f"mrr@{metrics.DEPTH}": metrics.reciprocal_rank(question, ranked),
        f"ndcg@{metrics.DEPTH}": metrics.ndcg(question, ranked),
    }
    contributions: dict[str, Contribution] = {
        name: (_ratio_terms(value),) for name, value in values.items()
    }
    contributions["balanced_accuracy"] = tuple(
        _ratio_terms(each) for each in metrics.balanced_accuracy_parts(question, answer)
    )
    contributions["unfounded"] = ((float(sum(map(bool, facts))), float(len(sentences))),)
    unsupported = tuple((s.text, words) for s, words in zip(sentences, facts, strict=True) if words)
    return ScoredPrediction(prediction, contributions, unsupported)


def summarize(scored: Sequence[ScoredPrediction]) -> dict[str, Any]:
    """All metrics of a run, as plain JSON values.

    `right`, `cited_right`, `recall` and the like keep the short form of version 0.1 beside
    `figures`, which holds every metric with its interval.
    """
    predictions = [each.prediction for each in scored]
    estimates = {name: _estimate(scored, name) for name in METRIC_LABELS}
    kinds = sorted({each.question.kind for each in predictions if each.question.kind})
    short = ("right", "cited_right", "refused_right", "refused_wrong")
    return {
        "questions": len(predictions),
        "figures": estimates,
        **{name: _short_form(estimates[name]) for name in short},
        "recall": {str(k): _short_form(estimates[f"recall@{k}"]) for k in RECALL_DEPTHS},
        "unscored": sum(
            not metrics.has_accepted_answer(each.question) and each.question.answerable is not False
            for each in predictions
        ),
        "risk_coverage": bootstrap.risk_coverage(
            [
                JudgedAnswer(each.answer.confidence, wrong, not each.answer.abstained)
                for each in predictions
                if (wrong := metrics.wrong_if_answered(each.question, each.answer)) is not None
            ]
        ),
        "seconds": {
            stage: bootstrap.latency_percentiles([_seconds(each, stage) for each in predictions])
            for stage in STAGES
        },
        "cited_right_by_kind": {
            kind: _short_form(
                _estimate([e for e in scored if e.prediction.question.kind == kind], "cited_right")
            )
            for kind in kinds
            if kind != "unanswerable"
        },
        "phantom_citations": sum(each.phantom_citations or 0 for each in predictions),
        "unfounded_sentences": [
            {"id": each.prediction.question.id, "sentence": sentence, "absent": list(words)}
            for each in scored
            for sentence, words in each.unsupported
        ],
    }


def compare(ours: Sequence[ScoredPrediction], other: Sequence[ScoredPrediction]) -> dict[str, Any]:
    """Paired differences, ours minus other, over the same questions in the same order."""
    differences: dict[str, Any] = {
        name: bootstrap.paired_difference(
            [each.contributions[name] for each in ours],
            [each.contributions[name] for each in other],
        )
        for name in COMPARED_METRICS
    }
    seconds = [
        (a, b)
        for one, two in zip(ours, other, strict=True)
        if (a := _seconds(one.prediction, "total")) is not None
        and (b := _seconds(two.prediction, "total")) is not None
    ]
    differences["seconds_ratio"] = bootstrap.ratio([a for a, _ in seconds], [b for _, b in seconds])
    return differences


def held_out_predictions(scored: Sequence[ScoredPrediction]) -> list[ScoredPrediction]:
    """Those of the half that nothing is tuned on."""
    return [each for each in scored if held_out(each.prediction.question.id)]


def outcome(question: EvalQuestion, answer: Answer) -> Outcome:
    """Right, wrong, refused (an abstention), or answered where the set accepts no answer."""
    if answer.abstained:
        return "refused"
    correct = metrics.is_correct(question, answer)
    return "answered" if correct is None else "right" if correct else "wrong"


def outcome_changes(
    ours: Sequence[Prediction], other: Sequence[Prediction]
) -> list[dict[str, Any]]:
    """The questions whose outcome differs from that in `other`: before, after, both texts."""
    return [
        {
            "id": new.question.id,
            "question": new.question.question,
            "before": before,
            "after": after,
            "answer_before": old.answer.text,
            "answer_after": new.answer.text,
        }
        for new, old in zip(ours, other, strict=True)
        if (before := outcome(old.question, old.answer))
        != (after := outcome(new.question, new.answer))
    ]


def _estimate(scored: Sequence[ScoredPrediction], name: str) -> dict[str, float | None]:
    return bootstrap.bootstrap_ci([each.contributions[name] for each in scored])


def _ratio_terms(value: float | None) -> tuple[float, float]:
    return (0.0, 0.0) if value is None else (float(value), 1.0)


def _short_form(estimate: dict[str, Any]) -> dict[str, Any]:
    return {"n": int(estimate["n"]), "of": int(estimate["of"]), "share": estimate["value"]}


def _seconds(prediction: Prediction, stage: str) -> float | None:
    value: float | None = getattr(prediction.answer.timings, stage)
    return value

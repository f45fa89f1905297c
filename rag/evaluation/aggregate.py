"""All metrics of a run, of a part of it, and of two systems side by side.

In:  `Prediction`s: questions, their answers, the passages that retrieval ranks for them.
Out: plain dicts for report.json.
Left to others: the metrics (`metrics`, `citation_metrics`), intervals (`bootstrap`), showing them
(`reports`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from rag.evaluation import bootstrap, metrics
from rag.evaluation.bootstrap import Contribution, JudgedAnswer
from rag.evaluation.citation_metrics import (
    citation_precision,
    citation_recall,
    cited_sentences,
    unsupported_facts,
)
from rag.evaluation.dataset import held_out
from rag.evaluation.prediction import Prediction

STAGE_LABELS: dict[str, str] = {
    "retrieve": "retrieval",
    "first_token": "first token",
    "first_cited": "first cited words",
    "generate": "draft",
    "check": "check",
    "refusal": "refusal",
    "total": "whole answer",
}  # the keys of `seconds` in report.json; of 0.1 are all but first_cited and refusal
RECALL_DEPTHS = (1, 3, 5, metrics.DEPTH)  # the k of recall@k

OUTCOME_LABELS: dict[str, str] = {
    "right": "right (accepted string in the answer)",
    "cited_right": "cited right (and in the cited quotes)",
    "wrong_shown": "wrong shown (of answerable questions)",
    "refused_wrong": "refused wrongly (of answerable questions)",
    "refused_right": "refused rightly (of unanswerable ones)",
    "wrong_among_shown": "wrong among shown (1 - precision)",
    "crag": "CRAG score (right 1, refused 0, wrong -1)",
}
"""What became of the questions: for a set, and for each kind of question.

Of the answerable questions with an accepted answer, right, wrong shown and refused wrongly make
up 1. Wrong among shown is of both sorts of questions.
"""
_READER_RECALL = {f"recall@{k}_reader": k for k in RECALL_DEPTHS}
METRIC_LABELS: dict[str, str] = {
    **OUTCOME_LABELS,
    "wrong_among_promised": "wrong among shown with a promise",
    "balanced_accuracy": "balanced accuracy (right, rightly refused)",
    "token_f1": "token F1 (SQuAD)",
    "citation_recall": "citation recall (ALCE, by rule)",
    "citation_precision": "citation precision (ALCE, by rule)",
    "unfounded": "sentences with unsupported facts",
    **{f"recall@{k}": f"recall@{k}" for k in RECALL_DEPTHS},
    **{name: f"recall@{k} after the reader" for name, k in _READER_RECALL.items()},
    f"mrr@{metrics.DEPTH}": f"MRR@{metrics.DEPTH}",
    f"ndcg@{metrics.DEPTH}": f"nDCG@{metrics.DEPTH}",
}  # the keys of report.json
COMPARED_METRICS = (
    *OUTCOME_LABELS,
    "wrong_among_promised",
    "balanced_accuracy",
    "token_f1",
    "citation_recall",
    "citation_precision",
    "unfounded",
)  # can differ between two systems over one retriever


class ScoredPrediction(NamedTuple):
    """A prediction, its contribution to each metric, its shown sentences with unsupported facts."""

    prediction: Prediction
    contributions: dict[str, Contribution]
    unsupported: tuple[tuple[str, tuple[str, ...]], ...]


def score(prediction: Prediction) -> ScoredPrediction:
    """Everything that is measured on one question."""
    question, answer, ranked = prediction.question, prediction.answer, prediction.ranked
    reranked = prediction.reranked
    sentences = cited_sentences(answer, prediction.authors)
    recalls = [citation_recall(each, question.question) for each in sentences]
    precisions = [n for each in sentences for n in citation_precision(each, question.question)]
    facts = [unsupported_facts(s.text, s.quotes, " ".join(s.records)) for s in sentences]
    values: dict[str, float | None] = {
        "right": metrics.is_correct(question, answer),
        "cited_right": metrics.is_correct_and_cited(question, answer),
        "wrong_shown": metrics.is_wrong(question, answer),
        "refused_wrong": metrics.false_abstention(question, answer),
        "refused_right": metrics.correct_abstention(question, answer),
        "wrong_among_shown": metrics.is_wrong_if_shown(question, answer),
        "wrong_among_promised": metrics.is_wrong_if_promised(question, answer),
        "crag": metrics.crag_score(question, answer),
        "token_f1": metrics.token_f1(question, answer),
        "citation_recall": sum(recalls) / len(recalls) if recalls else None,
        "citation_precision": sum(precisions) / len(precisions) if precisions else None,
        **{f"recall@{k}": metrics.recall_at_k(question, ranked, k) for k in RECALL_DEPTHS},
        **{
            name: None if reranked is None else metrics.recall_at_k(question, reranked, k)
            for name, k in _READER_RECALL.items()
        },
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
    `figures`, which holds every metric with its interval. `by_kind` has, for each kind of
    question, their number and the metrics of `OUTCOME_LABELS` in the short form.
    """
    predictions = [each.prediction for each in scored]
    estimates = {name: _estimate(scored, name) for name in METRIC_LABELS}
    kinds = sorted({each.question.kind for each in predictions if each.question.kind})
    short = ("right", "cited_right", "refused_right", "refused_wrong")
    by_kind = {
        kind: _outcomes([each for each in scored if each.prediction.question.kind == kind])
        for kind in kinds
    }
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
            stage: bootstrap.latency_percentiles([seconds(each, stage) for each in predictions])
            for stage in STAGE_LABELS
        },
        "by_kind": by_kind,
        "cited_right_by_kind": {
            kind: figures["cited_right"]
            for kind, figures in by_kind.items()
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
    pairs = [
        (a, b)
        for one, two in zip(ours, other, strict=True)
        if (a := seconds(one.prediction, "total")) is not None
        and (b := seconds(two.prediction, "total")) is not None
    ]
    differences["seconds_ratio"] = bootstrap.ratio([a for a, _ in pairs], [b for _, b in pairs])
    return differences


def held_out_predictions(scored: Sequence[ScoredPrediction]) -> list[ScoredPrediction]:
    """Those of the half that nothing is tuned on."""
    return [each for each in scored if held_out(each.prediction.question.id)]


def seconds(prediction: Prediction, stage: str) -> float | None:
    """How long a stage of `STAGE_LABELS` took; None where the answer had no such stage.

    The first cited words of a shown answer come with its evidence (`timings.evidence`), or else
    with the whole answer.
    """
    timings, shown = prediction.answer.timings, not prediction.answer.abstained
    if stage == "refusal":
        return None if shown else timings.total
    if stage == "first_cited":
        return (timings.evidence or timings.total) if shown else None
    value: float | None = getattr(timings, stage)
    return value


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
        if (before := metrics.outcome(old.question, old.answer))
        != (after := metrics.outcome(new.question, new.answer))
    ]


def _estimate(scored: Sequence[ScoredPrediction], name: str) -> dict[str, float | None]:
    contributions = [each.contributions[name] for each in scored]
    return bootstrap.bootstrap_ci(contributions, share=name != "crag")


def _outcomes(scored: Sequence[ScoredPrediction]) -> dict[str, Any]:
    """The number of questions, and the metrics of `OUTCOME_LABELS` in the short form."""
    figures: dict[str, Any] = {"questions": len(scored)}
    for name in OUTCOME_LABELS:
        terms = [each.contributions[name][0] for each in scored]
        n, of = sum(n for n, _ in terms), sum(of for _, of in terms)
        figures[name] = {"n": int(n), "of": int(of), "share": round(n / of, 4) if of else None}
    return figures


def _ratio_terms(value: float | None) -> tuple[float, float]:
    return (0.0, 0.0) if value is None else (float(value), 1.0)


def _short_form(estimate: dict[str, Any]) -> dict[str, Any]:
    return {"n": int(estimate["n"]), "of": int(estimate["of"]), "share": estimate["value"]}

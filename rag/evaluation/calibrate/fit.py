"""The weights from confidence features to confidence.

In:  `LabelledAnswer`s with features.
Out: a `Fit`: a `Calibration` that has no thresholds yet, and the confidence of each answer.
Left to others: thresholds (`promise`).

Logistic regression (scikit-learn) on standardised features predicts whether showing the answer is
right. The confidences of the answers themselves are cross-validated in ten folds, so that none is
judged by a fit that saw it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rag.errors import QuestionError
from rag.evaluation.calibrate.labels import LabelledAnswer
from rag.grounding.calibration import Calibration

MIN_ANSWERS = 40  # with fewer, nothing is fitted
MIN_EACH = 10  # right ones, and wrong ones: one for each fold
_INVERSE_PENALTY = 0.3  # C of scikit-learn: inverse strength of the L2 penalty
_DECIMALS = 5


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights, the cross-validated confidence of each answer in order, and the area under ROC."""

    calibration: Calibration
    confidences: tuple[float, ...]
    auc: float


def can_fit(answers: Sequence[LabelledAnswer]) -> bool:
    """Whether these are enough to fit on."""
    right = sum(each.right for each in answers)
    return len(answers) >= MIN_ANSWERS and min(right, len(answers) - right) >= MIN_EACH


def feature_names(
    answers: Sequence[LabelledAnswer], names: Sequence[str] | None = None
) -> tuple[str, ...]:
    """`names`, or (None) those of all features of `answers`, in the order of their appearance.

    Raises:
        QuestionError: an answer lacks one of them.
    """
    features = tuple(names or dict.fromkeys(name for each in answers for name in each.features))
    for answer in answers:
        if missing := [name for name in features if name not in answer.features]:
            raise QuestionError(
                f"{answer.collection}: the answer to question {answer.id!r} lacks the features "
                f"{', '.join(missing)}, which others have: ask that set again, or calibrate by "
                "the features that all answers have"
            )
    return features


def fit(answers: Sequence[LabelledAnswer], names: Sequence[str] | None = None) -> Fit:
    """Fit on `answers` by the features of these names (None: all that they have).

    Raises:
        QuestionError: too few answers, too few of them right or wrong, or one lacks a feature.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if not can_fit(answers):
        raise QuestionError(
            f"{len(answers)} answers in the fitting half, {sum(a.right for a in answers)} of them "
            f"right, are too few to fit on: ask questions until it has {MIN_ANSWERS}, at least "
            f"{MIN_EACH} of them right and {MIN_EACH} wrong"
        )
    features = feature_names(answers, names)
    values = np.array([[each.features[name] for name in features] for each in answers])
    labels = np.array([each.right for each in answers])
    pipeline = make_pipeline(
        StandardScaler(), LogisticRegression(C=_INVERSE_PENALTY, solver="newton-cholesky")
    )
    folds = StratifiedKFold(MIN_EACH, shuffle=True, random_state=0)
    confidences = cross_val_predict(pipeline, values, labels, cv=folds, method="predict_proba")
    pipeline.fit(values, labels)
    scaler, regression = pipeline[0], pipeline[1]
    calibration = Calibration(
        features,
        _rounded(scaler.mean_),
        _rounded(scaler.scale_),
        _rounded(regression.coef_[0]),
        _rounded(regression.intercept_)[0],
    )
    auc = float(roc_auc_score(labels, confidences[:, 1]))
    return Fit(calibration, tuple(map(float, confidences[:, 1])), auc)


def _rounded(values: Any) -> tuple[float, ...]:
    return tuple(round(float(each), _DECIMALS) for each in values)

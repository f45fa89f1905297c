"""Calibrate the confidence of a language model on the tuning splits of question sets.

    python -m rag.evaluation.calibrate DIR... [--into models/confidence.json]

In:  folders of `rag eval --tuning` runs, all with one language model.
Out: that model's entry in models/confidence.json: weights, and the cost of each threshold.
Left to others: the features (`rag.grounding.verifier`), whether an answer is correct (`metrics`).

Logistic regression (scikit-learn) on standardised features predicts whether the draft states an
accepted answer. The costs of thresholds are measured on predictions cross-validated in ten folds,
so that no question is judged by a fit that saw it. Held-out questions are left out even where the
runs contain them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import QuestionError, RagError
from rag.evaluation.dataset import held_out
from rag.evaluation.metrics import wrong_if_answered
from rag.evaluation.run_folder import PREDICTIONS_FILE, load_predictions
from rag.grounding.calibration import calibration_file
from rag.grounding.verifier import FEATURES
from rag.retrieval.query_plan import plan_query

MIN_ANSWERS = 40  # with fewer, nothing is fitted
_INVERSE_PENALTY = 0.3  # C of scikit-learn: inverse strength of the L2 penalty
_FOLDS = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and write; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m rag.evaluation.calibrate", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--into", type=Path, default=calibration_file(), metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        model = _model_name(options.folders)
        examples = [each for folder in options.folders for each in training_examples(folder)]
        calibration = fit_calibration(
            [features for features, _ in examples], [correct for _, correct in examples]
        )
        calibration["sets"] = [folder.name for folder in options.folders]
        _write(options.into, model, calibration)
    except RagError as error:
        sys.stderr.write(f"rag: {error}\n")
        return 1
    sys.stdout.write(render_calibration(model, calibration))
    return 0


def training_examples(folder: Path) -> list[tuple[Mapping[str, float], bool]]:
    """The confidence features of each answer of a run, and whether its draft is correct.

    Questions with sub-questions are left out: their features are those of one sub-question, their
    drafts those of all.

    Raises:
        QuestionError: the folder has no predictions.
    """
    examples: list[tuple[Mapping[str, float], bool]] = []
    for id, (question, answer, *_) in load_predictions(folder).items():
        if plan_query(answer.query).mode != "single":
            continue
        # judged by its draft: quotes shown in its place say nothing about the features
        wrong = wrong_if_answered(question, replace(answer, abstained=True))
        if answer.signals and wrong is not None and not held_out(id):
            examples.append((dict(answer.signals), not wrong))
    return examples


def fit_calibration(
    features: Sequence[Mapping[str, float]], correct: Sequence[bool]
) -> dict[str, Any]:
    """Weights and the costs of thresholds, as plain JSON values.

    Raises:
        QuestionError: too few answers, or too few of them correct or wrong.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    smaller_class = min(sum(correct), len(correct) - sum(correct))
    if len(correct) < MIN_ANSWERS or smaller_class < _FOLDS:
        raise QuestionError(
            f"{len(correct)} answers, {sum(correct)} of them correct, are too few to fit on: give "
            f"runs of `rag eval --tuning` with {MIN_ANSWERS}, at least {_FOLDS} of them correct "
            f"and {_FOLDS} wrong"
        )
    values = np.array([[each[name] for name in FEATURES] for each in features])
    labels = np.array(correct)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=_INVERSE_PENALTY))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    probability = cross_val_predict(pipeline, values, labels, cv=folds, method="predict_proba")[
        :, 1
    ]
    pipeline.fit(values, labels)
    scaler, regression = pipeline[0], pipeline[1]
    return {
        "signals": list(FEATURES),
        "means": _rounded(scaler.mean_),
        "scales": _rounded(scaler.scale_),
        "weights": _rounded(regression.coef_[0]),
        "bias": _rounded(regression.intercept_)[0],
        "curve": [
            [
                round(float(threshold), 4),
                round(float((probability[labels] < threshold).mean()), 4),
                round(float((probability[~labels] < threshold).mean()), 4),
            ]
            for threshold in np.unique(np.round(probability, 3))
        ],
        "answers": len(correct),
        "right": int(labels.sum()),
        "auc": round(float(roc_auc_score(labels, probability)), 4),
    }


def render_calibration(model: str, calibration: Mapping[str, Any]) -> str:
    """Weights and thresholds, for a terminal."""
    weights = zip(calibration["signals"], calibration["weights"], strict=True)
    lines = [
        f"{model}: {calibration['answers']} answers, {calibration['right']} correct; "
        f"area under the ROC curve, cross-validated, {calibration['auc']:.3f}",
        *(f"  {name:<17} {weight:+.2f}" for name, weight in weights),
        "  correct answers refused, wrong ones refused, threshold",
    ]
    for limit in (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3):
        threshold, correct, wrong = max(
            (each for each in calibration["curve"] if each[1] <= limit), default=(0.0, 0.0, 0.0)
        )
        lines.append(f"  {correct:.3f}  {wrong:.3f}  {threshold:.3f}")
    return "\n".join(lines) + "\n"


def _model_name(folders: Sequence[Path]) -> str:
    names = set()
    for folder in folders:
        path = folder / "run.json"
        try:
            names.add(json.loads(path.read_text(encoding="utf-8"))["settings"]["model"])
        except (OSError, ValueError, KeyError):
            raise QuestionError(
                f"{folder} has no run.json beside {PREDICTIONS_FILE}: run "
                f"`rag eval QUESTIONS.jsonl --tuning --out {folder}` first"
            ) from None
    if len(names) != 1:
        raise QuestionError(
            f"the runs are of {', '.join(sorted(names))}: calibrate one model at a time"
        )
    return str(names.pop())


def _write(path: Path, model: str, calibration: Mapping[str, Any]) -> None:
    content: dict[str, Any] = {"version": 1, "models": {}}
    if path.is_file():
        content = json.loads(path.read_text(encoding="utf-8"))
    content["models"][model] = calibration
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _rounded(values: Any) -> list[float]:
    return [round(float(each), 5) for each in values]


if __name__ == "__main__":
    raise SystemExit(main())

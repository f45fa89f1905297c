"""Fit the confidence of a language model's answers on the tuning parts of question sets.

    python -m rag.evaluation.calibrate DIR... [--into models/confidence.json]

In:  folders of `rag eval --tuning` runs, all with one language model.
Out: that model's entry in models/confidence.json: weights, and what each threshold costs.
Left to others: the signals (`rag.grounding.verifier`), whether an answer is right (`metrics`).

Logistic regression (scikit-learn) on standardised signals, of whether the draft states what is
accepted. The costs of thresholds are measured on predictions cross-validated in ten folds, so
that no question speaks for its own fit. Held-out questions are left out whatever the runs hold.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import QuestionError, RagError
from rag.evaluation.dataset import EvalQuestion, held_out
from rag.evaluation.metrics import wrong_if_answered
from rag.evaluation.run_folder import PREDICTIONS_FILE, load_predictions
from rag.grounding.calibration import FEATURES, calibration_file
from rag.retrieval.query_plan import comparison_question, split_question

MIN_ANSWERS = 40  # answers, below which nothing is fitted
_STRENGTH = 0.3  # C of scikit-learn: inverse of the L2 penalty
_FOLDS = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and write; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m rag.evaluation.calibrate", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--into", type=Path, default=calibration_file(), metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        model = _model(options.folders)
        rows = [row for folder in options.folders for row in training_examples(folder)]
        told = fit_calibration([signals for signals, _ in rows], [right for _, right in rows])
        told["sets"] = [folder.name for folder in options.folders]
        _write(options.into, model, told)
    except RagError as error:
        sys.stderr.write(f"rag: {error}\n")
        return 1
    sys.stdout.write(render_calibration(model, told))
    return 0


def training_examples(folder: Path) -> list[tuple[dict[str, float], bool]]:
    """The signals of each answer of a run that was weighed, and whether its draft was right.

    Of questions for one thing: what is recorded of others are the signals of one of their parts,
    beside the drafts for all.
    """
    found = []
    for id, told in load_predictions(folder).items():
        if len(split_question(told["query"])) > 1 or comparison_question(told["query"]):
            continue
        question = EvalQuestion(
            id=id,
            question=told["question"],
            answerable=told["answerable"],
            answers=tuple(told["answers"]),
            articles=(),
            parts=tuple(map(tuple, told.get("parts") or ())),
        )
        # by its draft: quotes that were shown in its place say nothing of the signals
        wrong = wrong_if_answered(question, {**told, "abstained": True})
        if told.get("signals") and wrong is not None and not held_out(id):
            found.append((told["signals"], not wrong))
    return found


def fit_calibration(
    signals: Sequence[Mapping[str, float]], right: Sequence[bool]
) -> dict[str, Any]:
    """Weights and the costs of thresholds, as plain JSON values.

    Raises:
        QuestionError: too few answers, or none right, or none wrong.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    few = min(sum(right), len(right) - sum(right))
    if len(right) < MIN_ANSWERS or few < _FOLDS:
        raise QuestionError(
            f"{len(right)} answers, {sum(right)} of them right, are too few to fit on: give runs "
            f"of `rag eval --tuning` with {MIN_ANSWERS} and at least {_FOLDS} right and wrong"
        )
    values = np.array([[each[name] for name in FEATURES] for each in signals])
    labels = np.array(right)
    made = make_pipeline(StandardScaler(), LogisticRegression(C=_STRENGTH))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    chance = cross_val_predict(made, values, labels, cv=folds, method="predict_proba")[:, 1]
    made.fit(values, labels)
    scaler, model = made[0], made[1]
    return {
        "signals": list(FEATURES),
        "means": _plain(scaler.mean_),
        "scales": _plain(scaler.scale_),
        "weights": _plain(model.coef_[0]),
        "bias": _plain(model.intercept_)[0],
        "curve": [
            [
                round(float(t), 4),
                round(float((chance[labels] < t).mean()), 4),
                round(float((chance[~labels] < t).mean()), 4),
            ]
            for t in np.unique(np.round(chance, 3))
        ],
        "answers": len(right),
        "right": int(labels.sum()),
        "auc": round(float(roc_auc_score(labels, chance)), 4),
    }


def render_calibration(model: str, told: Mapping[str, Any]) -> str:
    """What was fitted, for a terminal."""
    lines = [
        f"{model}: {told['answers']} answers, {told['right']} right; "
        f"area under the ROC curve, cross-validated, {told['auc']:.3f}",
        *(f"  {n:<10} {w:+.2f}" for n, w in zip(told["signals"], told["weights"], strict=True)),
        "  right answers withheld, wrong ones withheld, threshold",
    ]
    for limit in (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3):
        threshold, right, wrong = max(
            (each for each in told["curve"] if each[1] <= limit), default=(0.0, 0.0, 0.0)
        )
        lines.append(f"  {right:.3f}  {wrong:.3f}  {threshold:.3f}")
    return "\n".join(lines) + "\n"


def _model(folders: Sequence[Path]) -> str:
    names = set()
    for folder in folders:
        path = folder / "run.json"
        try:
            names.add(json.loads(path.read_text(encoding="utf-8"))["settings"]["model"])
        except (OSError, ValueError, KeyError):
            raise QuestionError(
                f"{folder} holds no run.json beside {PREDICTIONS_FILE}: run "
                f"`rag eval QUESTIONS.jsonl --tuning --out {folder}` first"
            ) from None
    if len(names) != 1:
        raise QuestionError(f"the runs are of {', '.join(sorted(names))}: fit one model at a time")
    return str(names.pop())


def _write(path: Path, model: str, told: Mapping[str, Any]) -> None:
    whole: dict[str, Any] = {"version": 1, "models": {}}
    if path.is_file():
        whole = json.loads(path.read_text(encoding="utf-8"))
    whole["models"][model] = told
    path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


def _plain(values: Any) -> list[float]:
    return [round(float(each), 5) for each in values]


if __name__ == "__main__":
    raise SystemExit(main())

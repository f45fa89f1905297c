"""A calibration with its promises: weights from one half of the answers, thresholds from the other.

In:  `LabelledAnswer`s, a `CalibrationPlan`.
Out: a `CalibrationResult`; its entry of a `confidence.json`, and the file with it.
Left to others: the fit (`fit`), the statistics (`risk`), the lines for a terminal (`text`).

The promise of each share stands by itself: choose the share before you look at the result.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from rag.errors import QuestionError
from rag.evaluation.calibrate import risk
from rag.evaluation.calibrate.fit import can_fit, feature_names, fit
from rag.evaluation.calibrate.labels import LabelledAnswer, certifies
from rag.evaluation.calibrate.risk import Shown, Trial
from rag.grounding.calibration import (
    DEFAULT_LEVEL,
    SHARES,
    Calibration,
    RiskThreshold,
    read_calibrations,
)
from rag.runtime.atomic_file import write_atomically


@dataclass(frozen=True, slots=True)
class CalibrationPlan:
    """The level of confidence, 0 to 1; the features to use (None: all that the answers have).

    `weights` are used where the fitting half is too small to fit others; None: that is an error.
    """

    level: float = DEFAULT_LEVEL
    features: tuple[str, ...] | None = None
    weights: Calibration | None = None


@dataclass(frozen=True, slots=True)
class Half:
    """One half of the answers; `confidences` in their order, None for one without features."""

    answers: tuple[LabelledAnswer, ...]
    confidences: tuple[float | None, ...]

    @property
    def trials(self) -> list[Trial]:
        """Those that have a confidence."""
        return [
            Trial(confidence, not answer.right)
            for answer, confidence in zip(self.answers, self.confidences, strict=True)
            if confidence is not None
        ]

    def counts(self) -> dict[str, int]:
        """How many answers each collection has."""
        return dict(Counter(each.collection for each in self.answers))

    def by_collection(self) -> dict[str, list[Trial]]:
        """The trials of each collection."""
        trials: dict[str, list[Trial]] = {name: [] for name in self.counts()}
        for answer, confidence in zip(self.answers, self.confidences, strict=True):
            if confidence is not None:
                trials[answer.collection].append(Trial(confidence, not answer.right))
        return trials


class Cost(NamedTuple):
    """What a threshold costs on a collection, over the half that certifies.

    `questions` counts also those refused before there was anything to weigh; `shown` answers,
    `wrong` ones of these; `right_refused` of the `right` answers.
    """

    collection: str
    questions: int
    shown: int
    wrong: int
    right: int
    right_refused: int

    @property
    def coverage(self) -> float:
        """The share of the questions that are answered."""
        return self.shown / self.questions if self.questions else 0.0


class Shortfall(NamedTuple):
    """Why nothing is promised: `best` is the estimated threshold on the half that certifies.

    `shown_needed` answers of that half would do if none were wrong, `shown_at_risk` at the risk
    of `best` (None: no number). The two `questions_...` are in questions of both halves, by the
    share of them that `best` shows (None: no number).
    """

    best: Shown
    shown_needed: int | None
    shown_at_risk: int | None
    questions_needed: int | None
    questions_at_risk: int | None


@dataclass(frozen=True, slots=True)
class CalibrationResult:
    """A calibration, the halves it comes from, and the area under ROC (None: not fitted here)."""

    calibration: Calibration
    fitting: Half
    certifying: Half
    auc: float | None

    def costs(self, threshold: float) -> list[Cost]:
        """What a threshold costs on each collection."""
        rows = list(zip(self.certifying.answers, self.certifying.confidences, strict=True))
        costs = []
        for collection in self.certifying.counts():
            own = [(a, c) for a, c in rows if a.collection == collection]
            shown = [a for a, c in own if c is not None and c >= threshold]
            right = [a for a, c in own if c is not None and a.right]
            costs.append(
                Cost(
                    collection,
                    questions=len(own),
                    shown=len(shown),
                    wrong=sum(not each.right for each in shown),
                    right=len(right),
                    right_refused=len(right) - sum(each.right for each in shown),
                )
            )
        return costs

    def shortfall(self, max_wrong: float) -> Shortfall:
        """How many answers a promise of `max_wrong` would need."""
        level = self.calibration.level
        best = risk.show(self.certifying.trials, self.calibration.threshold(max_wrong).threshold)
        shown_needed = risk.answers_needed(0.0, max_wrong, level)
        shown_at_risk = risk.answers_needed(best.risk, max_wrong, level)
        questions = len(self.fitting.answers) + len(self.certifying.answers)

        def in_questions(shown: int | None) -> int | None:
            return math.ceil(shown * questions / best.shown) if shown and best.shown else None

        return Shortfall(
            best,
            shown_needed,
            shown_at_risk,
            in_questions(shown_needed),
            in_questions(shown_at_risk),
        )

    def smallest_promise(self) -> RiskThreshold | None:
        """The smallest share that is certified."""
        return next((each for each in self.calibration.thresholds if each.certified), None)

    def to_json(self) -> dict[str, Any]:
        """The entry of a `confidence.json`, as plain JSON values."""
        calibration = self.calibration
        everything = [*self.fitting.trials, *self.certifying.trials]
        return {
            "features": list(calibration.features),
            "means": list(calibration.means),
            "scales": list(calibration.scales),
            "weights": list(calibration.weights),
            "bias": calibration.bias,
            "level": calibration.level,
            "thresholds": _rows(calibration),
            "fitted_on": self.fitting.counts() if self.auc is not None else {},
            "certified_on": self.certifying.counts(),
            "answers": len(everything),
            "right": sum(not each.wrong for each in everything),
            "auc": None if self.auc is None else round(self.auc, 4),
        }


def _rows(calibration: Calibration) -> list[dict[str, Any]]:
    return [
        {
            "max_wrong": each.max_wrong,
            "threshold": each.threshold,
            "certified": each.certified,
            "promise": each.promise,
        }
        for each in calibration.thresholds
    ]


def calibrate(answers: Sequence[LabelledAnswer], plan: CalibrationPlan) -> CalibrationResult:
    """Fit on one half of `answers`, certify on the other.

    Raises:
        QuestionError: too few answers to fit on and no weights given, or an answer lacks a
            feature that another one has.
    """
    halves = [[each for each in answers if certifies(each.id) == half] for half in (False, True)]
    with_features = [[each for each in half if each.features] for half in halves]
    weighed = [each for half in with_features for each in half]
    if plan.weights is not None and not can_fit(with_features[0]):
        weights, auc = plan.weights, None
        feature_names(weighed, weights.features)  # none is missing
        fitted = [weights.probability(each.features) for each in with_features[0]]
    else:
        result = fit(with_features[0], feature_names(weighed, plan.features))
        weights, auc, fitted = result.calibration, result.auc, list(result.confidences)
    held_out = [weights.probability(each.features) for each in with_features[1]]
    first, second = _half(halves[0], fitted), _half(halves[1], held_out)
    thresholds = _thresholds(first, second, plan.level)
    return CalibrationResult(
        replace(weights, thresholds=thresholds, level=plan.level), first, second, auc
    )


def recertify(
    calibration: Calibration, answers: Sequence[LabelledAnswer]
) -> tuple[Calibration, Half]:
    """`calibration` with the promises that `answers` certify; weights and thresholds stay.

    Also the answers with their confidences. They had no part in the thresholds, so each threshold
    has Clopper and Pearson's bound by itself: its promise is the smallest share, from its own on,
    that is not below that.

    Raises:
        QuestionError: an answer lacks a feature.
    """
    feature_names([each for each in answers if each.features], calibration.features)
    half = _half(
        answers, [calibration.probability(each.features) for each in answers if each.features]
    )
    rows = []
    for row in calibration.thresholds:
        shown = risk.show(half.trials, row.threshold)
        bound = risk.upper_bound(shown.wrong, shown.shown, calibration.level)
        shares = (each for each in SHARES if each >= max(row.max_wrong, bound))
        rows.append(replace(row, promise=next(shares, None)))
    return replace(calibration, thresholds=tuple(rows)), half


def write_calibration(path: Path, judges: str, entry: Mapping[str, Any]) -> None:
    """Write the entry of `judges` into the file at `path`, beside those of others.

    Raises:
        QuestionError: the folder cannot be written.
        ModelError: the file is there and broken.
    """
    calibrations: dict[str, Any] = {}
    try:
        if path.is_file():
            read_calibrations(path)  # names what is wrong with it
            content = json.loads(path.read_text(encoding="utf-8"))
            calibrations = content.get("calibrations", content.get("models", {}))
        content = {"version": 2, "calibrations": {**calibrations, judges: entry}}
        write_atomically(path, json.dumps(content, indent=1) + "\n")
    except OSError as error:
        raise QuestionError(
            f"{path} cannot be written ({error.strerror}): check its folder"
        ) from None


def write_promises(
    path: Path, judges: str, calibration: Calibration, certified_on: Mapping[str, int]
) -> None:
    """Put the promises of `calibration` into the entry of `judges` in the file at `path`.

    Raises:
        QuestionError: the folder cannot be written.
    """
    entry = json.loads(path.read_text(encoding="utf-8"))["calibrations"][judges]
    changed = {"thresholds": _rows(calibration), "certified_on": dict(certified_on)}
    write_calibration(path, judges, entry | changed)


def _half(answers: Sequence[LabelledAnswer], confidences: Sequence[float]) -> Half:
    """`answers` with the `confidences` of those that have features, in order."""
    left = iter(confidences)
    return Half(tuple(answers), tuple(next(left) if each.features else None for each in answers))


def _thresholds(fitting: Half, certifying: Half, level: float) -> tuple[RiskThreshold, ...]:
    """The threshold of each share: certified, or estimated on all answers.

    All answers together certify it, and no collection by itself may refute it: else one on which
    hardly anything is wrong would hide one on which much is, and the promise would not carry over
    to the next. That ends a sequence of tests early, which leaves the tests before valid.

    Who allows more wrong answers is never shown less: a certified threshold that is stricter than
    the certified one of a smaller share, because only few answers could be tested, is not used, and
    an estimate is raised to the threshold of the next share.
    """
    both = Half(fitting.answers + certifying.answers, fitting.confidences + certifying.confidences)
    candidates = risk.candidate_thresholds(fitting.trials) or (0.0,)
    planned, tested, outcomes = (
        [risk.show(half.trials, each) for each in candidates]
        for half in (fitting, certifying, both)
    )
    to_plan, collections = fitting.by_collection().values(), both.by_collection().values()
    scale = len(certifying.trials) / max(1, len(fitting.trials))
    rows: list[RiskThreshold] = []
    certified: dict[float, set[float]] = {}  # the thresholds, by the share that they keep
    strictest = 1.0
    for share in SHARES:
        planned_least = risk.least_threshold(to_plan, candidates, share, level)
        start = risk.first_test(planned, scale, share, level)
        start = min(start, candidates.index(planned_least))
        least = risk.least_threshold(collections, candidates, share, level)
        allowed = [each for each in tested[start:] if each.threshold >= least]
        passed = risk.certify(allowed, share, level)
        certified[share] = {each.threshold for each in passed}
        if passed and passed[-1].threshold <= strictest:
            strictest = passed[-1].threshold
            rows.append(RiskThreshold(share, strictest, share))
        else:
            allowed = [each for each in outcomes if each.threshold >= least]
            estimated = min(strictest, risk.estimate(allowed, share).threshold)
            rows.append(RiskThreshold(share, estimated))
    return tuple(_with_promise(each, certified) for each in _falling(rows))


def _falling(rows: Sequence[RiskThreshold]) -> list[RiskThreshold]:
    """`rows` with each estimated threshold raised to that of the next share, where it is lower."""
    falling: list[RiskThreshold] = []
    for row in reversed(rows):
        least = falling[-1].threshold if falling and not row.certified else 0.0
        falling.append(replace(row, threshold=max(row.threshold, least)))
    return falling[::-1]


def _with_promise(row: RiskThreshold, certified: Mapping[float, set[float]]) -> RiskThreshold:
    """`row` with the smallest share, from its own on, for which its threshold was certified."""
    shares = (s for s, own in certified.items() if s >= row.max_wrong and row.threshold in own)
    return replace(row, promise=min(shares, default=None))

"""From the features of an answer to a probability, and the threshold below which to abstain.

In:  `models/confidence.json`, shipped; or the index's own `confidence.json`, which
     `rag calibrate` wrote and which is used in its place. Both have one entry for each
     combination of judges: the string of `judges_key`.
Out: a `Calibration`: a probability for the features of an answer; for each share of wrong answers
     that may be allowed, the threshold, and what is promised of what that shows.
Left to others: the features themselves (`rag.grounding.verifier`), fitting and certifying
     (`rag.evaluation.calibrate`).

The model is logistic regression on standardised features, which are known by name alone. Judges
without an entry have no confidence; their answers rest on their quotes alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from rag.errors import ModelError, QuestionError
from rag.models.catalog import data_folder
from rag.settings import LEAST_WRONG, MOST_WRONG, SERVER
from rag.types import rename_signals

SHARES = tuple(n / 100 for n in range(1, 31))
"""The values of `max_wrong` for which a calibration stores a threshold."""
DEFAULT_LEVEL = 0.95
_FILE = "confidence.json"
_WITHHELD_BY_0_1 = 0.05  # largest share of the right answers
_TOLERANCE = 1e-9  # between two equal shares in floating point


@dataclass(frozen=True, slots=True)
class RiskThreshold:
    """The confidence from which answers are shown where the share `max_wrong` may be wrong.

    `promise`: of the answers shown at most that share is wrong, at the calibration's level of
    confidence, for questions and collections like those it was certified on. It is `max_wrong`
    itself where that was certified; a larger share where the threshold is an estimate for
    `max_wrong` and was certified for that one; None where nothing is promised.
    """

    max_wrong: float
    threshold: float
    promise: float | None = None

    @property
    def certified(self) -> bool:
        """Whether `max_wrong` itself is promised."""
        return self.promise == self.max_wrong


class Verdict(NamedTuple):
    """Whether an answer is shown, its probability of being right (0 to 1), and the promise.

    `confidence` is None where nothing measures it; `max_wrong` where nothing is promised.
    """

    shown: bool
    confidence: float | None = None
    max_wrong: float | None = None


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights of confidence features, by name, and a threshold for each of `SHARES`.

    `means`, `scales` and `weights` are in the order of `features`. `thresholds` ascend by
    `max_wrong`; `level` is the confidence at which the certified ones hold, 0 to 1.
    """

    features: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    thresholds: tuple[RiskThreshold, ...] = ()
    level: float = DEFAULT_LEVEL

    def applies_to(self, features: Mapping[str, float]) -> bool:
        """Whether an answer has every feature that the weights are for."""
        return all(name in features for name in self.features)

    def probability(self, features: Mapping[str, float]) -> float:
        """The probability, 0 to 1, that the answer with these features is right.

        Raises:
            KeyError: a feature is missing; see `applies_to`.
        """
        terms = zip(self.features, self.means, self.scales, self.weights, strict=True)
        log_odds = self.bias + sum(w * (features[name] - m) / s for name, m, s, w in terms)
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, log_odds))))

    def decide(self, features: Mapping[str, float], max_wrong: float) -> Verdict:
        """Whether the answer with these features is shown where `max_wrong` may be wrong.

        Raises:
            KeyError: a feature is missing; see `applies_to`.
        """
        confidence, limit = self.probability(features), self.threshold(max_wrong)
        return Verdict(confidence >= limit.threshold, confidence, limit.promise)

    def may_show(
        self,
        features: Mapping[str, float],
        max_wrong: float,
        ranges: Mapping[str, tuple[float, float]],
    ) -> bool:
        """Whether an answer could be shown once the features that are not known yet are.

        `ranges`: between which values each of those lies; one without a range could be anything.
        """
        best = dict(features)
        for name, weight in zip(self.features, self.weights, strict=True):
            if name not in best:
                if name not in ranges:
                    return True
                best[name] = ranges[name][weight > 0]
        return self.decide(best, max_wrong).shown

    def without_promise(self) -> Calibration:
        """The same weights and thresholds, none of them certified."""
        thresholds = tuple(replace(each, promise=None) for each in self.thresholds)
        return replace(self, thresholds=thresholds)

    def threshold(self, max_wrong: float) -> RiskThreshold:
        """The threshold of the largest stored share that is not above `max_wrong`.

        Where all are above it, the strictest threshold, and nothing is promised. Where all answers
        may be wrong (1.0), or nothing is stored, everything is shown: threshold 0.
        """
        if max_wrong >= 1.0 or not self.thresholds:
            return RiskThreshold(max_wrong, 0.0)
        within = [each for each in self.thresholds if each.max_wrong <= max_wrong + _TOLERANCE]
        if not within:
            return RiskThreshold(max_wrong, self.thresholds[0].threshold)
        return within[-1]


def checked_share(max_wrong: Any) -> float:
    """The share of wrong answers that a person or a program allows for a question.

    Raises:
        QuestionError: it is no number from `LEAST_WRONG` to `MOST_WRONG`.
    """
    if isinstance(max_wrong, bool) or not isinstance(max_wrong, (int, float)):
        raise QuestionError("max_wrong is not a number: give a share such as 0.1")
    if not LEAST_WRONG <= max_wrong <= MOST_WRONG:
        raise QuestionError(
            f"max_wrong={max_wrong:g} is out of range: give a share from {LEAST_WRONG:g} to "
            f"{MOST_WRONG:g}"
        )
    return float(max_wrong)


def judges_key(reader: str, model: str) -> str:
    """The key of a calibration: which reader and which language model judge, by name or `none`.

    A reader alone judges quotations; a language model alone judges its own drafts; with both the
    reader judges first, and the draft is a second opinion.
    """
    if reader == "none":
        return model
    return f"reader:{reader}" if model == "none" else f"reader:{reader}+{model}"


def deciding_keys(reader: str, model: str) -> tuple[str, ...]:
    """The keys of who decides what is shown: of these the first that has a calibration.

    All judges together; else, where the language model is on a server, the same judges with the
    model of that name on this machine; else the reader alone, if there is one.
    """
    together = [judges_key(reader, each) for each in dict.fromkeys((model, _name_of(model)))]
    return (*together, *([] if "none" in (reader, model) else [judges_key(reader, "none")]))


def deciding_calibration(
    reader: str, model: str, load: Callable[[str], Calibration | None]
) -> tuple[str, Calibration | None]:
    """The key of who decides what is shown, and the calibration; None where there is none.

    `load` gives the calibration of judges by their key.

    A server reads the passages of a prompt in one piece and may hold the model in other precision,
    so what was measured of a model here is an estimate of the same model there: its calibration
    decides, and promises nothing.
    """
    keys = deciding_keys(reader, model)
    for key in keys:
        calibration = load(key)
        if calibration is not None:
            is_estimate = model.startswith(SERVER) and key == judges_key(reader, _name_of(model))
            return key, calibration.without_promise() if is_estimate else calibration
    return keys[0], None


def _name_of(model: str) -> str:
    """The name of a model without that it is on a server; one without a name stays as it is."""
    return model.removeprefix(SERVER) or model


def shipped_calibration_file() -> Path:
    """Where the shipped calibrations are: `models/` of a checkout, else inside the package."""
    return data_folder() / _FILE


def own_calibration_file(index: Path) -> Path:
    """Where `rag calibrate` writes: in the folder of the index whose articles it holds for.

    It is found by whatever opens that index, moves with it, and no other index uses it.
    """
    return index / _FILE


def load_calibration(judges: str, index: Path) -> Calibration | None:
    """The calibration of these judges: the index's own, else the shipped one, else None.

    Raises:
        ModelError: a file exists and cannot be used.
    """
    for file in (own_calibration_file(index), shipped_calibration_file()):
        if calibration := read_calibrations(file).get(judges):
            return calibration
    return None


def read_calibrations(file: Path) -> Mapping[str, Calibration]:
    """The calibrations in `file` by their judges; none where there is no file.

    A file is read again once it has changed. Files of version 0.1 are accepted.

    Raises:
        ModelError: the file exists and cannot be used.
    """
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return _read(file, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _read(file: Path, modified_ns: int, size: int) -> Mapping[str, Calibration]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        entries = content["calibrations"] if "calibrations" in content else content["models"]
        return {judges: _from_json(values) for judges, values in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{file} is broken ({type(error).__name__}: {error}): restore it, or delete it and "
            "type `rag calibrate QUESTIONS.jsonl`"
        ) from None


def _from_json(values: Mapping[str, Any]) -> Calibration:
    """An entry of a file. Version 0.1 has `signals` for `features`, `curve` for `thresholds`."""
    names = values["features"] if "features" in values else values["signals"]
    features = tuple(rename_signals(dict.fromkeys(names, 0.0)))
    numbers = {name: tuple(map(float, values[name])) for name in ("means", "scales", "weights")}
    if any(len(each) != len(features) for each in numbers.values()):
        raise ValueError("means, scales and weights must be as many as the features")
    if "thresholds" in values:
        thresholds = list(map(_threshold_from_json, values["thresholds"]))
    else:
        thresholds = _thresholds_of_0_1(values["curve"])
    return Calibration(
        features,
        numbers["means"],
        numbers["scales"],
        numbers["weights"],
        float(values["bias"]),
        tuple(thresholds),
        float(values.get("level", DEFAULT_LEVEL)),
    )


def _threshold_from_json(row: Mapping[str, Any]) -> RiskThreshold:
    """A row of a file; before there was a `promise` it was `max_wrong` or none."""
    max_wrong = float(row["max_wrong"])
    promise = row.get("promise", max_wrong if row["certified"] else None)
    return RiskThreshold(
        max_wrong, float(row["threshold"]), None if promise is None else float(promise)
    )


def _thresholds_of_0_1(curve: list[tuple[float, float, float]]) -> list[RiskThreshold]:
    """The threshold of version 0.1, whatever share may be wrong: nothing was certified then.

    It withholds at most 5 in 100 of the right answers. A row of the curve has a threshold, the
    share of right answers that it withholds, and that of wrong ones.
    """
    within = (float(threshold) for threshold, right, _ in curve if right <= _WITHHELD_BY_0_1)
    threshold = max(within, default=0.0)
    return [RiskThreshold(share, threshold) for share in SHARES]

"""From the features of an answer to a probability, and the threshold below which to abstain.

In:  weights fitted on the tuning splits of question sets (`models/confidence.json`, written by
     `python -m rag.evaluation.calibrate`).
Out: a `Calibration`: a probability for the features of an answer; a threshold.
Left to others: the features themselves (`rag.grounding.verifier`).

The model is logistic regression on standardised features. The threshold follows from a maximum
false-refusal rate: the share of the right answers of the tuning splits that it would withhold. A
language model without a calibration has no confidence; its answers rest on their quotes alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag.errors import ModelError
from rag.grounding.verifier import FEATURES
from rag.models.catalog import data_folder
from rag.types import OLD_SIGNALS


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights for the features of one language model's answers, and the cost of each threshold.

    `curve` has (threshold, share of right answers withheld, share of wrong ones withheld),
    thresholds ascending, cross-validated on the tuning splits.
    """

    features: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    curve: tuple[tuple[float, float, float], ...]

    def probability(self, features: Mapping[str, float]) -> float:
        """The probability, 0 to 1, that the answer with these features is right."""
        terms = zip(self.features, self.means, self.scales, self.weights, strict=True)
        log_odds = self.bias + sum(w * (features[name] - m) / s for name, m, s, w in terms)
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, log_odds))))

    def threshold(self, max_false_refusal: float) -> float:
        """The highest threshold that withholds at most this share of the right answers."""
        within = (threshold for threshold, right, _ in self.curve if right <= max_false_refusal)
        return max(within, default=0.0)


def calibration_file() -> Path:
    """Where the fitted weights are: `models/` of a checkout, else inside the package."""
    return data_folder() / "confidence.json"


@lru_cache(maxsize=8)
def load_calibration(model: str, path: Path | None = None) -> Calibration | None:
    """The calibration of the language model of this name; None where it has none.

    Files of version 0.1, with its names of features, are accepted.

    Raises:
        ModelError: the file exists and cannot be used.
    """
    file = path or calibration_file()
    if not file.is_file():
        return None
    try:
        values = json.loads(file.read_text(encoding="utf-8"))["models"].get(model)
        return _from_json(values) if values else None
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{file} is broken ({error}): restore it, or type `python -m rag.evaluation.calibrate`"
        ) from None


def _from_json(values: Mapping[str, Any]) -> Calibration:
    calibration = Calibration(
        features=tuple(OLD_SIGNALS.get(name, name) for name in values["signals"]),
        means=tuple(map(float, values["means"])),
        scales=tuple(map(float, values["scales"])),
        weights=tuple(map(float, values["weights"])),
        bias=float(values["bias"]),
        curve=tuple((float(t), float(r), float(w)) for t, r, w in values["curve"]),
    )
    if unknown := set(calibration.features) - set(FEATURES):
        raise ValueError(f"unknown signals {', '.join(sorted(unknown))}")
    return calibration

"""From confidence features to a probability, and the threshold below which to abstain.

In:  weights fitted on the tuning splits of question sets (`models/confidence.json`, written by
     `python -m rag.evaluation.calibrate`).
Out: a `Calibration`: a probability for the features of one answer; a threshold.
Left to others: the features themselves (`rag.grounding.verifier`).

The threshold is chosen by its cost: the share of the right answers of the tuning splits that it
would refuse. The model is logistic regression on standardised features. A language model without
a calibration has no confidence, and its answers rest on the check of quotes alone.
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
from rag.models.catalog import data_folder

FEATURES = ("reading", "least", "cosine", "kind")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of one language model's signals, and what each threshold costs.

    `curve` holds (threshold, share of right answers withheld, share of wrong ones withheld),
    thresholds ascending, as measured by cross-validation on the tuning parts.
    """

    features: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    curve: tuple[tuple[float, float, float], ...]

    def probability(self, signals: Mapping[str, float]) -> float:
        """The probability, 0 to 1, that the answer with these signals is right."""
        terms = zip(self.features, self.means, self.scales, self.weights, strict=True)
        log_odds = self.bias + sum(w * (signals[name] - m) / s for name, m, s, w in terms)
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, log_odds))))

    def threshold(self, right_withheld: float) -> float:
        """The highest threshold that withholds at most this share of the right answers."""
        within = [each for each, right, _ in self.curve if right <= right_withheld]
        return max(within, default=0.0)


def calibration_file() -> Path:
    """Where the fitted weights lie: `models/` of a checkout, else inside the package."""
    return data_folder() / "confidence.json"


@lru_cache(maxsize=8)
def load_calibration(model: str, path: Path | None = None) -> Calibration | None:
    """What was fitted for the language model of this name; None where nothing was.

    Raises:
        ModelError: the file is there and cannot be used.
    """
    found = path or calibration_file()
    if not found.is_file():
        return None
    try:
        told = json.loads(found.read_text(encoding="utf-8"))["models"].get(model)
        return _fitted(told) if told else None
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{found} is broken ({error}): restore it, or type `python -m rag.evaluation.calibrate`"
        ) from None


def _fitted(told: Mapping[str, Any]) -> Calibration:
    fitted = Calibration(
        features=tuple(map(str, told["signals"])),
        means=tuple(map(float, told["means"])),
        scales=tuple(map(float, told["scales"])),
        weights=tuple(map(float, told["weights"])),
        bias=float(told["bias"]),
        curve=tuple((float(t), float(r), float(w)) for t, r, w in told["curve"]),
    )
    if unknown := set(fitted.features) - set(FEATURES):
        raise ValueError(f"unknown signals {', '.join(sorted(unknown))}")
    return fitted

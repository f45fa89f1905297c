"""How likely an answer is right, from signals that cost little, and when to refuse.

In:  signals of one answered question (`signals`); weights fitted on the tuning parts of question
     sets (`models/confidence.json`, written by `python -m rag.evaluate.fit`).
Out: a probability; the probability below which an answer is withheld.
Left to others: the signals' own rooms, what is said instead (`rag.answers`).

The threshold is chosen by what it costs: of the right answers of the tuning parts, the share
that would be withheld. The model is logistic regression on standardised signals; a language
model that nothing was fitted for has no confidence, and its answers rest on the check alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag.cards import project_models
from rag.errors import ModelError
from rag.kinds import answers_in_kind
from rag.model_process import ModelProcess
from rag.prompt import reading_prompt
from rag.retrieve import Evidence
from rag.types import Citation, Sentence

SIGNALS = ("reading", "least", "cosine", "kind")


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights of one language model's signals, and what each threshold costs.

    `curve` holds (threshold, share of right answers withheld, share of wrong ones withheld),
    thresholds ascending, as measured by cross-validation on the tuning parts.
    """

    signals: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    curve: tuple[tuple[float, float, float], ...]

    def probability(self, signals: Mapping[str, float]) -> float:
        """The probability, 0 to 1, that the answer with these signals is right."""
        terms = zip(self.signals, self.means, self.scales, self.weights, strict=True)
        log_odds = self.bias + sum(w * (signals[name] - m) / s for name, m, s, w in terms)
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, log_odds))))

    def threshold(self, right_withheld: float) -> float:
        """The highest threshold that withholds at most this share of the right answers."""
        within = [each for each, right, _ in self.curve if right <= right_withheld]
        return max(within, default=0.0)


def fitted_file() -> Path:
    """Where the fitted weights lie: `models/` of a checkout, else inside the package."""
    return (project_models() or Path(__file__).with_name("data")) / "confidence.json"


@lru_cache(maxsize=8)
def fitted_for(model: str, path: Path | None = None) -> Fitted | None:
    """What was fitted for the language model of this name; None where nothing was.

    Raises:
        ModelError: the file is there and cannot be used.
    """
    found = path or fitted_file()
    if not found.is_file():
        return None
    try:
        told = json.loads(found.read_text(encoding="utf-8"))["models"].get(model)
        return _fitted(told) if told else None
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{found} is broken ({error}): restore it, or type `python -m rag.evaluate.fit`"
        ) from None


def _fitted(told: Mapping[str, Any]) -> Fitted:
    fitted = Fitted(
        signals=tuple(map(str, told["signals"])),
        means=tuple(map(float, told["means"])),
        scales=tuple(map(float, told["scales"])),
        weights=tuple(map(float, told["weights"])),
        bias=float(told["bias"]),
        curve=tuple((float(t), float(r), float(w)) for t, r, w in told["curve"]),
    )
    if unknown := set(fitted.signals) - set(SIGNALS):
        raise ValueError(f"unknown signals {', '.join(sorted(unknown))}")
    return fitted


def read(
    model: ModelProcess,
    question: str,
    quotes: Sequence[str],
    answer: str,
    cancelled: Callable[[], bool] | None = None,
) -> float:
    """Log-odds of yes over no when the model is asked whether `quotes` state `answer`.

    Raises:
        ModelError: the model failed while reading.
    """
    asked = reading_prompt(model.frame, question, quotes, answer)
    return model.leaning(asked, "Yes", "No", cancelled)


def signals(
    model: ModelProcess,
    question: str,
    sentences: Sequence[Sentence],
    citations: Sequence[Citation],
    evidence: Evidence,
    least: float,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, float]:
    """What is known of an answer before it is shown; each a plain number.

    reading     log-odds of yes over no: do the quotes state this answer to this question?
    least       log-probability of the draft's least likely token, 0 or less
    cosine      of question and best passage, -1 to 1
    kind        1 where the answer holds what the question's word asks for (a time, an amount)

    Raises:
        ModelError: the model failed while reading.
    """
    quotes = [each.quote for each in citations]
    answer = " ".join(each.text for each in sentences if each.supported)
    return {
        "reading": read(model, question, quotes, answer, cancelled),
        "least": least,
        "cosine": evidence.cosine,
        "kind": float(answers_in_kind(question, answer)),
    }

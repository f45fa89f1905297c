"""Bootstrap intervals of metrics, paired differences of two runs, the risk-coverage curve.

In:  per question, what it contributes to a metric (`Contribution`). Out: plain dicts for
report.json. Left to others: the metrics themselves (`rag.evaluation.metrics`).

Sources: percentile bootstrap (Efron, "Bootstrap methods: another look at the jackknife", 1979;
Efron and Tibshirani, 1993, ch. 13) over questions, not sentences: sentences of one answer are not
independent. Risk-coverage curve and its area (AURC) after Geifman and El-Yaniv, "Selective
Classification for Deep Neural Networks", NIPS 2017.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
SEED = 20240607
CONFIDENCE_LEVEL = 95  # per cent

Contribution = tuple[tuple[float, float], ...]
"""What a question contributes to a metric: a numerator and a denominator, both 0 where the metric
does not apply to it. The metric is the sum of the numerators over the sum of the denominators;
with several pairs, the mean of these ratios (balanced accuracy)."""


class JudgedAnswer(NamedTuple):
    """One question of a risk-coverage curve.

    `confidence` is a probability, None where the answer has none; `wrong` says whether answering
    is or would have been wrong; `answered` is False for an abstention.
    """

    confidence: float | None
    wrong: bool
    answered: bool


def bootstrap_ci(
    contributions: Sequence[Contribution], *, share: bool = True
) -> dict[str, float | None]:
    """Count, value and 95% interval: {"n", "of", "value", "low", "high"}; None where `of` is 0.

    Where n is 0 or all of `of`, no resample of a share differs, so the far end is that of Clopper
    and Pearson (1934). `share` is False for a metric that may be negative, which has no such end.
    """
    array = _array(contributions)
    count, of = (float(array[:, :, n].sum()) if array.size else 0.0 for n in (0, 1))
    value, low, high = _estimate(_ratios(array))
    if share and value is not None and count in (0.0, of):
        exact = ((100 - CONFIDENCE_LEVEL) / 200) ** (1 / of)
        low, high = (0.0, _round(1 - exact)) if not count else (_round(exact), 1.0)
    return {"n": _round(count), "of": _round(of), "value": value, "low": low, "high": high}


def paired_difference(
    ours: Sequence[Contribution], other: Sequence[Contribution]
) -> dict[str, float | None]:
    """The metric of `ours` minus that of `other`, over the same questions in the same order.

    Each resample draws the same questions for both, so that what makes a question hard for
    both does not widen the interval: {"of": questions, "value", "low", "high"}.

    Raises:
        ValueError: the two differ in length.
    """
    if len(ours) != len(other):
        raise ValueError(f"{len(ours)} questions against {len(other)}")
    value, low, high = _estimate(_ratios(_array(ours)) - _ratios(_array(other)))
    return {"of": len(ours), "value": value, "low": low, "high": high}


def ratio(ours: Sequence[float], other: Sequence[float]) -> dict[str, float | None]:
    """Paired ratio: sum of `ours` over sum of `other` (seconds), with its 95% interval."""
    value, low, high = _estimate(_ratios(_array([((a, b),) for a, b in zip(ours, other)])))  # noqa: B905
    return {"of": len(ours), "value": value, "low": low, "high": high}


def latency_percentiles(seconds: Sequence[float | None]) -> dict[str, float | int | None]:
    """Median and 95th percentile (nearest rank), in seconds, of the values that are not None."""
    values = sorted(value for value in seconds if value is not None)
    if not values:
        return {"of": 0, "median": None, "p95": None}
    rank = max(0, -(-95 * len(values) // 100) - 1)
    return {
        "of": len(values),
        "median": round(statistics.median(values), 3),
        "p95": round(values[rank], 3),
    }


def risk_coverage(judged: Sequence[JudgedAnswer]) -> dict[str, Any]:
    """The risk-coverage curve of a run, as plain JSON values.

    Most confident first; no confidence counts as least. The risk at coverage c is the share of
    wrong answers among the c·n most confident; questions of equal confidence come in random
    order, so within them the risk is its expectation. `aurc` is the mean risk over the n
    coverages, 0 to 1, less is better. `coverage` and `risk` are the operating point: the share of
    questions that were answered, and the share of wrong ones among those.
    """
    size = len(judged)
    if not size:
        return {"of": 0, "aurc": None, "coverage": None, "risk": None, "curve": []}
    pairs = [(confidence, wrong) for confidence, wrong, _ in judged]
    curve = _curve(pairs)
    resamples = np.random.default_rng(SEED).integers(0, size, (RESAMPLES // 20, size))
    areas = [statistics.fmean(r for _, r in _curve([pairs[i] for i in row])) for row in resamples]
    low, high = np.percentile(areas, _TAILS)
    answered = [each.wrong for each in judged if each.answered]
    return {
        "of": size,
        "without_confidence": sum(confidence is None for confidence, _ in pairs),
        "aurc": _round(statistics.fmean(risk for _, risk in curve)),
        "low": _round(float(low)),
        "high": _round(float(high)),
        "coverage": _round(len(answered) / size),
        "risk": _round(sum(answered) / len(answered)) if answered else None,
        "curve": [[_round(coverage), _round(risk)] for coverage, risk in curve],
    }


def risk_at(curve: Sequence[Sequence[float]], coverage: float) -> float | None:
    """The risk at `coverage`, 0 to 1, of a curve as `risk_coverage` gives it; None if it is empty.

    Between two points it is that of the next, which answers a part of a question more.
    """
    return next((risk for point, risk in curve if point >= coverage - _ROUNDING), None)


_ROUNDING = 5e-5  # of the coverages of a curve
_TAILS = [(100 - CONFIDENCE_LEVEL) / 2, (100 + CONFIDENCE_LEVEL) / 2]  # percentiles


def _curve(pairs: Sequence[tuple[float | None, bool]]) -> list[tuple[float, float]]:
    """Coverage and expected risk after each question, from (confidence, wrong) pairs."""

    def rank(pair: tuple[float | None, bool]) -> float:
        return float("inf") if pair[0] is None else -pair[0]

    points: list[tuple[float, float]] = []
    wrong = 0.0
    for _, tied in groupby(sorted(pairs, key=rank), rank):
        group = [each[1] for each in tied]
        for _ in group:
            wrong += sum(group) / len(group)
            points.append(((len(points) + 1) / len(pairs), wrong / (len(points) + 1)))
    return points


@lru_cache(maxsize=4)
def _counts(size: int) -> NDArray[np.float64]:
    """How often each of `size` questions is drawn, one row per resample; the first: once each."""
    draws = np.random.default_rng(SEED).multinomial(size, np.full(size, 1 / size), size=RESAMPLES)
    return np.vstack([np.ones(size), draws])


def _array(contributions: Sequence[Contribution]) -> NDArray[np.float64]:
    """Shape (questions, pairs, 2): numerators and denominators."""
    return np.asarray(contributions, dtype=np.float64)


def _ratios(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """The metric of the questions as they are, then of each resample; nan where `of` is 0."""
    if not array.size:
        return np.full(1, np.nan)
    sums = np.tensordot(_counts(len(array)), array, axes=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((sums[..., 0] / sums[..., 1]).mean(axis=-1))


def _estimate(values: NDArray[np.float64]) -> tuple[float | None, float | None, float | None]:
    """Value, low and high end; `values` holds the metric, then that of each resample."""
    if not np.isfinite(values[0]):
        return None, None, None
    low, high = np.percentile(values[1:][np.isfinite(values[1:])], _TAILS)
    return _round(float(values[0])), _round(float(low)), _round(float(high))


def _round(value: float) -> float:
    return round(value, 4)

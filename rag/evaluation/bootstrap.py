"""Intervals of figures, differences of two runs, and the risk-coverage curve.

In:  per question, what a figure adds up (`Parts`). Out: plain dicts for report.json.

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
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
SEED = 20240607
LEVEL = 95  # per cent

Contribution = tuple[tuple[float, float], ...]
"""What a question adds to a figure: a numerator and a denominator, both 0 where the figure does
not apply to it. The figure is the sum of the numerators over the sum of the denominators; with
several pairs, the mean of these ratios (balanced accuracy)."""


def bootstrap_ci(parts: Sequence[Contribution]) -> dict[str, float | None]:
    """Count, value and 95% interval: {"n", "of", "value", "low", "high"}; None where `of` is 0.

    None or all of `of`: no resample differs, so the far end is that of Clopper and Pearson (1934).
    """
    told = _array(parts)
    number, of = (float(told[:, :, n].sum()) if told.size else 0.0 for n in (0, 1))
    value, low, high = _estimate(_ratios(told))
    if value is not None and number in (0.0, of):
        exact = ((100 - LEVEL) / 200) ** (1 / of)
        low, high = (0.0, _round(1 - exact)) if not number else (_round(exact), 1.0)
    return {"n": _round(number), "of": _round(of), "value": value, "low": low, "high": high}


def paired_difference(
    ours: Sequence[Contribution], other: Sequence[Contribution]
) -> dict[str, float | None]:
    """Paired: figure of `ours` less figure of `other` over the same questions, in one order.

    Each resample draws the same questions for both, so that what makes a question hard for
    both does not widen the interval: {"of": questions, "value", "low", "high"}.
    """
    if len(ours) != len(other):
        raise ValueError(f"{len(ours)} questions against {len(other)}")
    value, low, high = _estimate(_ratios(_array(ours)) - _ratios(_array(other)))
    return {"of": len(ours), "value": value, "low": low, "high": high}


def ratio(ours: Sequence[float], other: Sequence[float]) -> dict[str, float | None]:
    """Paired: sum of `ours` over sum of `other` (seconds against seconds), with its interval."""
    value, low, high = _estimate(_ratios(_array([((a, b),) for a, b in zip(ours, other)])))  # noqa: B905
    return {"of": len(ours), "value": value, "low": low, "high": high}


def latency_percentiles(seconds: Sequence[float | None]) -> dict[str, float | int | None]:
    """Median and 95th percentile (nearest rank), in seconds, of the values that are there."""
    told = sorted(value for value in seconds if value is not None)
    if not told:
        return {"of": 0, "median": None, "p95": None}
    rank = max(0, -(-95 * len(told) // 100) - 1)
    return {
        "of": len(told),
        "median": round(statistics.median(told), 3),
        "p95": round(told[rank], 3),
    }


def risk_coverage(
    judged: Sequence[tuple[float | None, bool, bool]],
) -> dict[str, Any]:
    """The risk-coverage curve of questions told as (confidence, wrong if answered, answered).

    Most confident first; no confidence counts as least. The risk at coverage c is the share of
    wrong ones among the c·n most confident; questions of one confidence come in random order, so
    within them the risk is its expectation. `aurc` is the mean risk over the n coverages, 0 to 1,
    less is better. `coverage` and `risk` are where the system really stood.
    """
    number = len(judged)
    if not number:
        return {"of": 0, "aurc": None, "coverage": None, "risk": None, "curve": []}
    curve = _curve([(confidence, wrong) for confidence, wrong, _ in judged])
    drawn = np.random.default_rng(SEED).integers(0, number, (RESAMPLES // 20, number))
    areas = [statistics.fmean(r for _, r in _curve([judged[i][:2] for i in row])) for row in drawn]
    low, high = np.percentile(areas, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
    shown = [wrong for _, wrong, answered in judged if answered]
    return {
        "of": number,
        "without_confidence": sum(confidence is None for confidence, _, _ in judged),
        "aurc": _round(statistics.fmean(risk for _, risk in curve)),
        "low": _round(float(low)),
        "high": _round(float(high)),
        "coverage": _round(len(shown) / number),
        "risk": _round(sum(shown) / len(shown)) if shown else None,
        "curve": [[_round(coverage), _round(risk)] for coverage, risk in curve],
    }


def _curve(judged: Sequence[tuple[float | None, bool]]) -> list[tuple[float, float]]:
    def key(each: tuple[float | None, bool]) -> float:
        return float("inf") if each[0] is None else -each[0]

    points: list[tuple[float, float]] = []
    wrong = 0.0
    for _, tied in groupby(sorted(judged, key=key), key):
        group = [each[1] for each in tied]
        for _ in group:
            wrong += sum(group) / len(group)
            points.append(((len(points) + 1) / len(judged), wrong / (len(points) + 1)))
    return points


@lru_cache(maxsize=4)
def _counts(number: int) -> NDArray[np.float64]:
    """How often each of `number` questions is drawn, a row a resample; the first: once each."""
    drawn = np.random.default_rng(SEED).multinomial(
        number, np.full(number, 1 / number), size=RESAMPLES
    )
    return np.vstack([np.ones(number), drawn])


def _array(parts: Sequence[Contribution]) -> NDArray[np.float64]:
    return np.asarray(parts, dtype=np.float64)  # questions, pairs, (numerator, denominator)


def _ratios(told: NDArray[np.float64]) -> NDArray[np.float64]:
    """The figure of the questions as they are, then of each resample; nan where `of` is 0."""
    if not told.size:
        return np.full(1, np.nan)
    sums = np.tensordot(_counts(len(told)), told, axes=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((sums[..., 0] / sums[..., 1]).mean(axis=-1))


def _estimate(values: NDArray[np.float64]) -> tuple[float | None, float | None, float | None]:
    if not np.isfinite(values[0]):
        return None, None, None
    told = values[1:][np.isfinite(values[1:])]
    low, high = np.percentile(told, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
    return _round(float(values[0])), _round(float(low)), _round(float(high))


def _round(value: float) -> float:
    return round(value, 4)

"""The promise: exact bounds against published values, and what it is worth over many samples."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from rag.evaluation.calibrate.risk import (
    Shown,
    Trial,
    answers_needed,
    candidate_thresholds,
    certify,
    estimate,
    first_test,
    least_threshold,
    show,
    upper_bound,
)


@pytest.mark.parametrize(
    ("wrong", "shown", "level", "bound"),
    [
        (0, 29, 0.95, 0.0981),  # 1 - 0.05 ** (1 / 29)
        (0, 28, 0.95, 0.1015),
        (0, 59, 0.95, 0.0495),
        # two-sided 95% intervals, whose upper ends are one-sided at 97.5% (Clopper and Pearson)
        (0, 10, 0.975, 0.3085),
        (1, 10, 0.975, 0.4450),
        (5, 10, 0.975, 0.8129),
        (10, 100, 0.975, 0.1762),
        (10, 10, 0.95, 1.0),
        (0, 0, 0.95, 1.0),
    ],
)
def test_upper_bound_is_that_of_clopper_and_pearson(wrong, shown, level, bound):
    assert upper_bound(wrong, shown, level) == pytest.approx(bound, abs=5e-5)


@pytest.mark.parametrize(
    ("risk", "max_wrong", "count"),
    [(0.0, 0.1, 29), (0.0, 0.05, 59), (0.0, 0.01, 299), (0.1, 0.1, None), (0.2, 0.1, None)],
)
def test_answers_needed(risk, max_wrong, count):
    assert answers_needed(risk, max_wrong, 0.95) == count


def test_answers_needed_at_a_risk_are_just_enough():
    count = answers_needed(0.05, 0.1, 0.95)
    assert count == 129
    assert upper_bound(7, 129, 0.95) <= 0.1 < upper_bound(7, 128, 0.95)
    assert answers_needed(0.0999, 0.1, 0.95) is None  # more than a million


def test_show_counts_from_the_threshold_on():
    trials = [Trial(0.9, False), Trial(0.6, True), Trial(0.5, False), Trial(0.2, True)]
    assert show(trials, 0.5) == Shown(0.5, 3, 1)
    assert show(trials, 0.5).risk == pytest.approx(1 / 3)
    assert show(trials, 0.95) == Shown(0.95, 0, 0)
    assert show(trials, 0.95).risk == 0.0


def test_candidate_thresholds_are_spaced_in_coverage_and_end_with_everything():
    trials = [Trial(n / 100, False) for n in range(100)]
    thresholds = candidate_thresholds(trials)
    assert len(thresholds) == 20
    assert thresholds[0] == 0.95
    assert [show(trials, each).shown for each in thresholds[:3]] == [5, 10, 15]
    assert thresholds[-1] == 0.0
    assert candidate_thresholds([]) == ()


def test_certify_stops_at_the_first_threshold_that_fails():
    sequence = [Shown(0.5, 40, 0), Shown(0.3, 44, 4), Shown(0.1, 244, 4)]
    assert upper_bound(4, 44, 0.95) > 0.1 > upper_bound(4, 244, 0.95)
    assert certify(sequence, 0.1, 0.95) == [Shown(0.5, 40, 0)]
    assert certify(sequence[2:], 0.1, 0.95) == [Shown(0.1, 244, 4)]
    assert certify(sequence[1:], 0.1, 0.95) == []
    assert certify([], 0.1, 0.95) == []


def test_the_sequence_starts_where_a_test_is_likeliest_to_succeed():
    fitting = [Shown(0.9, 10, 0), Shown(0.6, 60, 0), Shown(0.3, 80, 10), Shown(0.0, 100, 30)]
    assert first_test(fitting, 1.0, 0.1, 0.95) == 1
    # of ten times as many answers, the strictest shows enough and is the safest
    assert first_test([Shown(0.9, 30, 0), *fitting[2:]], 10.0, 0.1, 0.95) == 0
    # of half as many it shows 5, too few to succeed even without a wrong one
    assert first_test([Shown(0.9, 10, 0), Shown(0.6, 60, 3)], 0.5, 0.1, 0.95) == 1
    assert first_test([], 1.0, 0.1, 0.95) == 0


def test_estimate_shows_most_within_the_risk_or_else_least_wrong():
    outcomes = [Shown(0.9, 0, 0), Shown(0.8, 2, 0), Shown(0.6, 3, 1), Shown(0.0, 4, 1)]
    assert estimate(outcomes, 0.1) == Shown(0.8, 2, 0)
    assert estimate(outcomes, 0.25) == Shown(0.0, 4, 1)
    assert estimate(outcomes[2:], 0.1) == Shown(0.0, 4, 1)
    assert estimate(outcomes[:1], 0.1) == Shown(0.9, 0, 0)
    with pytest.raises(ValueError, match="no threshold"):
        estimate([], 0.1)


def test_the_least_threshold_is_one_that_no_collection_refutes():
    candidates = (0.9, 0.5, 0.0)
    easy = [Trial(n / 200, False) for n in range(200)]
    hard = [Trial(n / 40, n < 20) for n in range(40)]
    few = [Trial(0.3, True), Trial(0.6, False), Trial(0.7, False)]
    assert least_threshold([easy], candidates, 0.1, 0.95) == 0.0
    assert least_threshold([easy, hard], candidates, 0.1, 0.95) == 0.5
    assert least_threshold([easy, hard], candidates, 0.5, 0.95) == 0.0
    assert least_threshold([easy, few], candidates, 0.1, 0.95) == 0.0  # 1 of 3 refutes nothing
    assert least_threshold([], candidates, 0.1, 0.95) == 0.0
    worst = [Trial(0.95, True) for _ in range(5)]
    assert least_threshold([worst], candidates, 0.1, 0.95) == 0.9


DRAWS, ANSWERS, MAX_WRONG = 300, 200, 0.1


def falling(confidence: float) -> float:
    """The probability of a wrong answer: from 0.3 on the risk is 0.1, from 0.5 on it is 0.02."""
    return 0.02 if confidence >= 0.5 else 0.3


def overconfident(confidence: float) -> float:
    """The most confident are the worst: no threshold keeps the promise but those below 0.5."""
    return 0.5 if confidence > 0.9 else 0.01


def true_risk(wrong: Callable[[float], float], threshold: float) -> float:
    grid = [threshold + (1 - threshold) * (n + 0.5) / 400 for n in range(400)]
    return sum(map(wrong, grid)) / len(grid)


def sample(draw: random.Random, wrong: Callable[[float], float]) -> list[Trial]:
    confidences = [draw.random() for _ in range(ANSWERS)]
    return [Trial(each, draw.random() < wrong(each)) for each in confidences]


@pytest.mark.parametrize("wrong", [falling, overconfident])
def test_the_promise_holds_in_at_least_95_of_100_samples(wrong):
    draw = random.Random(20240607)
    broken = promised = naive = 0
    for _ in range(DRAWS):
        fitting, certifying = sample(draw, wrong), sample(draw, wrong)
        thresholds = candidate_thresholds(fitting)
        start = first_test([show(fitting, t) for t in thresholds], 1.0, MAX_WRONG, 0.95)
        tested = [show(certifying, t) for t in thresholds]
        certified = certify(tested[start:], MAX_WRONG, 0.95)
        if certified:
            promised += 1
            broken += true_risk(wrong, certified[-1].threshold) > MAX_WRONG
        naive += true_risk(wrong, estimate(tested, MAX_WRONG).threshold) > MAX_WRONG
    assert broken <= 0.05 * DRAWS
    if wrong is falling:
        assert promised > 0.8 * DRAWS  # a promise is not rare where it can be kept
        assert naive > 0.3 * DRAWS  # which an estimate alone does not keep

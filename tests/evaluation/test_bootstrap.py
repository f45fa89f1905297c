"""Bootstrap intervals, paired differences and the risk-coverage curve, by hand."""

from __future__ import annotations

import pytest

from rag.evaluation.bootstrap import (
    JudgedAnswer,
    bootstrap_ci,
    latency_percentiles,
    paired_difference,
    ratio,
    risk_at,
    risk_coverage,
)


def contributions(*values):
    return [((0.0, 0.0) if v is None else (float(v), 1.0),) for v in values]


def test_bootstrap_ci_by_hand():
    estimate = bootstrap_ci(contributions(1, None, 0, 1))
    assert (estimate["n"], estimate["of"], estimate["value"]) == (2, 3, 0.6667)
    assert bootstrap_ci([])["value"] is None
    assert bootstrap_ci(contributions(None))["value"] is None
    # sentences: 1 of 2 and 0 of 3 are 1 of 5, not the mean of 1/2 and 0
    assert bootstrap_ci([((1, 2),), ((0, 3),)])["value"] == 0.2
    # balanced accuracy: 1 of 2 right, 3 of 4 refused: the mean of 0.5 and 0.75
    yes, no = (1.0, 1.0), (0.0, 0.0)
    rows = [(yes, no), ((0, 1), no), *[(no, yes)] * 3, (no, (0, 1))]
    assert bootstrap_ci(rows)["value"] == 0.625


def test_bootstrap_ci_is_that_of_the_binomial_and_deterministic():
    # 50 of 100: 0.5 ± 1.96 · sqrt(0.25 / 100)
    estimate = bootstrap_ci(contributions(*[1, 0] * 50))
    assert estimate["low"] == pytest.approx(0.402, abs=0.01)
    assert estimate["high"] == pytest.approx(0.598, abs=0.01)
    assert estimate == bootstrap_ci(contributions(*[1, 0] * 50))


def test_bootstrap_ci_of_none_in_a_hundred_is_exact():
    estimate = bootstrap_ci(contributions(*[0] * 100))
    assert (estimate["low"], estimate["high"]) == (0.0, 0.0362)  # 1 - 0.025 ** (1 / 100)
    assert bootstrap_ci(contributions(*[1] * 100))["low"] == 0.9638


def test_bootstrap_ci_of_a_score_that_may_be_negative():
    # two right, two wrong: the sum is 0, which is not none of 4
    estimate = bootstrap_ci(contributions(1, 1, -1, -1), share=False)
    assert (estimate["n"], estimate["of"], estimate["value"]) == (0, 4, 0)
    assert (estimate["low"], estimate["high"]) == (-1.0, 1.0)
    assert bootstrap_ci(contributions(0, 0), share=False)["high"] == 0.0


def test_paired_difference_resamples_both_alike():
    ours, other = contributions(*[1, 0] * 50), contributions(*[1, 0] * 49, 0, 0)
    difference = paired_difference(ours, other)
    assert (difference["of"], difference["value"], difference["low"]) == (100, 0.01, 0.0)
    assert difference["high"] <= 0.04  # unpaired it would be about 0.15
    assert paired_difference(contributions(None), contributions(None))["value"] is None
    with pytest.raises(ValueError, match="1 questions against 2"):
        paired_difference(contributions(1), contributions(1, 0))


def test_ratio_by_hand():
    assert ratio([2.0, 4.0], [1.0, 2.0]) == {
        "of": 2, "value": 2.0, "low": 2.0, "high": 2.0,
    }  # fmt: skip
    assert ratio([], [])["value"] is None


def test_risk_coverage_by_hand():
    # by confidence: right, wrong, right, and without one: wrong
    judged = [
        JudgedAnswer(None, wrong=True, answered=False),
        JudgedAnswer(0.9, wrong=False, answered=True),
        JudgedAnswer(0.2, wrong=False, answered=False),
        JudgedAnswer(0.5, wrong=True, answered=True),
    ]
    report = risk_coverage(judged)
    assert report["curve"] == [[0.25, 0.0], [0.5, 0.5], [0.75, 0.3333], [1.0, 0.5]]
    assert report["aurc"] == 0.3333  # (0 + 1/2 + 1/3 + 1/2) / 4
    assert (report["coverage"], report["risk"]) == (0.5, 0.5)  # two answered, one of them wrong
    assert report["without_confidence"] == 1
    assert risk_coverage([])["aurc"] is None


def test_risk_coverage_of_ties_does_not_depend_on_their_order():
    judged = [JudgedAnswer(0.5, wrong, answered=True) for wrong in (True, False)]
    report = risk_coverage(judged)
    assert report["curve"] == [[0.5, 0.5], [1.0, 0.5]]
    assert report == risk_coverage(judged[::-1])


def test_risk_at_a_coverage_by_hand():
    curve = [[0.25, 0.0], [0.5, 0.5], [0.75, 0.3333], [1.0, 0.5]]
    assert [risk_at(curve, each) for each in (0.1, 0.5, 0.6, 1.0)] == [0.0, 0.5, 0.3333, 0.5]
    thirds = [[0.3333, 0.0], [0.6667, 0.1], [1.0, 0.2]]
    assert risk_at(thirds, 1 / 3) == 0.0
    assert risk_at([], 0.5) is None


def test_latency_percentiles_by_hand():
    assert latency_percentiles([3.0, 1.0, None, 2.0]) == {
        "of": 3,
        "median": 2.0,
        "p95": 3.0,
    }
    assert latency_percentiles([float(n) for n in range(1, 101)])["p95"] == 95.0

"""How wrong the answers shown may be: an upper bound, and the threshold that keeps a promise.

In:  answers as `Trial`s: a confidence, and whether showing the answer is wrong. One half (the
     fitting half) plans the tests, the other (the certifying half) takes them.
Out: the most permissive threshold at which the risk, the share of wrong answers among those shown,
     is certified to be at most `max_wrong` at a level of confidence; or how many answers that
     would need; the least threshold that none of several collections refutes.
Left to others: where the confidences come from (`fit`), the report (`text`).

Sources: the exact upper bound of a binomial proportion by Clopper and Pearson, "The use of
confidence or fiducial limits illustrated in the case of the binomial", Biometrika 1934. Fixed
sequence testing as in Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei, 2021,
arXiv:2110.01052): hypotheses "the risk at this threshold is above `max_wrong`" are tested one by
one, each at the full level, up to the first that is not rejected. The probability that any
rejected one is true is at most 1 - level, whatever the model and the data, as long as thresholds
and order do not depend on the answers that test them. Here the fitting half alone decides both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple

_STEPS = 20  # thresholds that are tried, evenly spaced in coverage
_MOST = 1_000_000  # answers; whoever needs more is not helped by a number
_DECIMALS = 4  # of a threshold
_LIKELY = 0.9  # probability with which a test succeeds


class Trial(NamedTuple):
    """An answer: its confidence, 0 to 1, and whether showing it is wrong."""

    confidence: float
    wrong: bool


class Shown(NamedTuple):
    """What a threshold shows: how many answers, and how many of them are wrong."""

    threshold: float
    shown: int
    wrong: int

    @property
    def risk(self) -> float:
        """The share of wrong ones among those shown; 0 where none is shown."""
        return self.wrong / self.shown if self.shown else 0.0


def upper_bound(wrong: int, shown: int, level: float) -> float:
    """The one-sided upper bound of Clopper and Pearson, 0 to 1, where `wrong` of `shown` are wrong.

    The true proportion is above it in at most a share 1 - `level` of samples. 1 where nothing is
    shown.
    """
    if wrong >= shown:
        return 1.0
    from scipy.special import betaincinv

    return float(betaincinv(wrong + 1, shown - wrong, level))


def answers_needed(risk: float, max_wrong: float, level: float) -> int | None:
    """How many answers shown certify `max_wrong` where the share `risk` of them is wrong.

    None where no number does, because `risk` is not below `max_wrong`, or more than a million.
    """

    def enough(count: int) -> bool:
        wrong = math.ceil(risk * count - 1e-9)
        return upper_bound(wrong, count, level) <= max_wrong

    if risk >= max_wrong:
        return None
    high = 1
    while not enough(high):
        high *= 2
        if high > _MOST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def show(trials: Sequence[Trial], threshold: float) -> Shown:
    """What `threshold` shows of `trials`: those whose confidence is not below it."""
    wrong = [each.wrong for each in trials if each.confidence >= threshold]
    return Shown(threshold, len(wrong), sum(wrong))


def candidate_thresholds(fitting: Sequence[Trial]) -> tuple[float, ...]:
    """Thresholds that show one twentieth, two twentieths ... of `fitting`; strictest first.

    The last is 0, which shows everything. None where `fitting` is empty.
    """
    confidences = sorted((each.confidence for each in fitting), reverse=True)
    if not confidences:
        return ()
    counts = (math.ceil(len(confidences) * step / _STEPS) for step in range(1, _STEPS))
    scale = 10**_DECIMALS
    thresholds = {math.floor(confidences[count - 1] * scale) / scale for count in counts}
    return tuple(sorted(thresholds | {0.0}, reverse=True))


def first_test(fitting: Sequence[Shown], scale: float, max_wrong: float, level: float) -> int:
    """The position of the threshold at which the fixed sequence starts, by the fitting half alone.

    `fitting` is what each threshold shows of it, strictest first; the certifying half is `scale`
    times as large. Stricter thresholds show so few that their tests are bound to fail: the
    sequence starts at the strictest whose test succeeds in nine of ten cases, else where a test is
    likeliest to succeed, and goes down from there. 0 where `fitting` is empty.
    """
    chances = [_chance(each, scale, max_wrong, level) for each in fitting]
    enough = min(_LIKELY, max(chances, default=0.0))
    return next((n for n, chance in enumerate(chances) if chance >= enough), 0)


def certify(sequence: Sequence[Shown], max_wrong: float, level: float) -> list[Shown]:
    """Those of `sequence` before the first that fails: the last shows most.

    `sequence` is what the thresholds, in the order of their tests, show of the certifying half. A
    test succeeds if the upper bound of the risk is at most `max_wrong`, which is the exact
    binomial test.
    """
    return list(takewhile(lambda s: upper_bound(s.wrong, s.shown, level) <= max_wrong, sequence))


def estimate(outcomes: Sequence[Shown], max_wrong: float) -> Shown:
    """The most permissive of `outcomes` (strictest first) whose observed risk is within the share.

    Where none is, the one of least risk by Laplace's rule of succession, so that a few answers
    without a wrong one do not count as safe; of equal ones that which shows most. Thresholds that
    show nothing do not count, unless all show nothing: then it is the strictest.

    Raises:
        ValueError: `outcomes` are empty.
    """
    if not outcomes:
        raise ValueError("no threshold to choose from")
    showing = [each for each in outcomes if each.shown] or [outcomes[0]]
    within = [each for each in showing if each.risk <= max_wrong]
    if within:
        return max(within, key=lambda each: each.shown)
    return min(showing, key=lambda each: (_expected_risk(each), -each.shown))


def least_threshold(
    collections: Iterable[Sequence[Trial]],
    candidates: Sequence[float],
    max_wrong: float,
    level: float,
) -> float:
    """The most permissive of `candidates` (strictest first) that no collection refutes.

    A collection refutes a threshold where, at `level`, more than `max_wrong` of what it shows there
    are wrong (the lower bound of Clopper and Pearson). The strictest where all are refuted.
    """
    trials = list(collections)
    return next(
        (
            threshold
            for threshold in reversed(candidates)
            if all(_lower_bound(show(each, threshold), level) <= max_wrong for each in trials)
        ),
        candidates[0],
    )


def _lower_bound(shown: Shown, level: float) -> float:
    """The one-sided lower bound of Clopper and Pearson; 0 where nothing is shown."""
    right = shown.shown - shown.wrong
    return 1.0 - upper_bound(right, shown.shown, level) if shown.wrong else 0.0


def _chance(fitting: Shown, scale: float, max_wrong: float, level: float) -> float:
    """How likely a test succeeds, by what the fitting half shows at the same threshold.

    The certifying half is `scale` times as large; the risk is that of `_expected_risk`, so that
    few answers promise little.
    """
    from scipy.special import bdtr

    count = round(fitting.shown * scale)
    most = math.floor(count * max_wrong)  # wrong ones with which a test succeeds
    while most >= 0 and upper_bound(most, count, level) > max_wrong:
        most -= 1
    if most < 0:
        return 0.0
    return float(bdtr(most, count, _expected_risk(fitting)))


def _expected_risk(shown: Shown) -> float:
    """The risk by Laplace's rule of succession."""
    return (shown.wrong + 1) / (shown.shown + 2)

"""The result of a calibration as lines for a terminal. Pure functions.

In:  a `CalibrationResult`, the share of wrong answers that is to be promised.
Out: text: the weights, the promise or a plain no, and what the threshold costs on each collection.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.evaluation.calibrate.promise import CalibrationResult, Half, Shortfall
from rag.evaluation.calibrate.risk import Shown, show, upper_bound
from rag.grounding.calibration import Calibration, RiskThreshold
from rag.grounding.confidence_text import at_most_wrong, share_in_words

_TABLE = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)  # shares that are printed


def render_calibration(judges: str, result: CalibrationResult, max_wrong: float) -> str:
    """Everything about the threshold for `max_wrong`."""
    choice = result.calibration.threshold(max_wrong)
    lines = [*_weights(judges, result)]
    if choice.certified:
        shown = show(result.certifying.trials, choice.threshold)
        lines += _promise(choice, result.calibration.level, shown)
    else:
        lines += _refusal(result, choice)
    return "\n".join([*lines, *_costs(result, choice)])


def render_table(result: CalibrationResult) -> str:
    """The threshold of some shares, with what it shows of the half that certifies."""
    lines = ["may be wrong  threshold  certified  shown  wrong  upper bound"]
    level = result.calibration.level
    for share in _TABLE:
        choice = result.calibration.threshold(share)
        shown = show(result.certifying.trials, choice.threshold)
        certified = "yes" if choice.certified else "no"
        bound = upper_bound(shown.wrong, shown.shown, level)
        lines.append(
            f"{share:>12.2f}  {choice.threshold:>9.3f}  {certified:>9}  {shown.shown:>5}  "
            f"{shown.wrong:>5}  {bound:>11.3f}"
        )
    return "\n".join(lines)


def render_promises(judges: str, calibration: Calibration, certifying: Half) -> str:
    """What each threshold shows of the answers that certify, and what it promises."""
    lines = [
        f"{judges}: thresholds in use, certified on {_half(certifying)}",
        "may be wrong  threshold  shown  wrong  upper bound  promise",
    ]
    for share in _TABLE:
        row = calibration.threshold(share)
        shown = show(certifying.trials, row.threshold)
        bound = upper_bound(shown.wrong, shown.shown, calibration.level)
        promise = "none" if row.promise is None else f"{row.promise:.2f}"
        lines.append(
            f"{share:>12.2f}  {row.threshold:>9.3f}  {shown.shown:>5}  {shown.wrong:>5}  "
            f"{bound:>11.3f}  {promise:>7}"
        )
    return "\n".join(lines)


def _weights(judges: str, result: CalibrationResult) -> Iterator[str]:
    calibration = result.calibration
    if result.auc is None:
        yield (
            f"{judges}: {_half(result.fitting)} are too few to fit weights on: those in use stay, "
            "and only the threshold is new"
        )
    else:
        yield (
            f"{judges}: weights fitted on {_half(result.fitting)}; area under the ROC curve, "
            f"cross-validated, {result.auc:.3f}"
        )
    for name, weight in zip(calibration.features, calibration.weights, strict=True):
        yield f"  {name:<17} {weight:+.2f}"
    yield f"certified on {_half(result.certifying)}, which nothing was fitted on"


def _half(half: Half) -> str:
    sets = ", ".join(f"{name} {count}" for name, count in half.counts().items())
    return f"{len(half.trials)} answers to {len(half.answers)} questions ({sets or 'none'})"


def _promise(choice: RiskThreshold, level: float, shown: Shown) -> Iterator[str]:
    bound = upper_bound(shown.wrong, shown.shown, level)
    yield ""
    yield (
        f"yes: from a confidence of {choice.threshold:.3f} on, of the answers shown "
        f"{at_most_wrong(choice.max_wrong)}, at {level:.0%} confidence"
    )
    yield f"  {shown.wrong} of {shown.shown} shown were wrong, upper bound {bound:.3f}"
    yield "  This holds for questions and collections like these, and for the settings in use."


def _refusal(result: CalibrationResult, choice: RiskThreshold) -> Iterator[str]:
    shortfall, level = result.shortfall(choice.max_wrong), result.calibration.level
    best = shortfall.best
    bound = upper_bound(best.wrong, best.shown, level)
    yield ""
    yield (
        f"no: that of the answers shown {at_most_wrong(choice.max_wrong)} cannot be promised, "
        f"at {level:.0%} confidence"
    )
    yield (
        f"  the best estimate, a threshold of {best.threshold:.3f}, shows {best.shown} of the "
        f"answers that certify, {best.wrong} of them wrong: upper bound {bound:.3f}"
    )
    yield from _needs(shortfall)
    if smallest := result.smallest_promise():
        yield (
            f"  with these answers {share_in_words(smallest.max_wrong)} could be promised: "
            f"--wrong {smallest.max_wrong:g}"
        )


def _needs(shortfall: Shortfall) -> Iterator[str]:
    yield (
        f"  needed, if none of those shown is wrong: {shortfall.shown_needed} shown"
        f"{_questions(shortfall.questions_needed)}"
    )
    risk = f"at the risk observed, {shortfall.best.risk:.3f}"
    if shortfall.shown_at_risk is None:
        yield f"  {risk}, no number of questions is enough: the answers must become better"
    else:
        questions = _questions(shortfall.questions_at_risk)
        yield f"  needed, {risk}: {shortfall.shown_at_risk} shown{questions}"


def _questions(count: int | None) -> str:
    return f", so about {count:,} questions in all" if count else ""


def _costs(result: CalibrationResult, choice: RiskThreshold) -> Iterator[str]:
    yield ""
    yield f"at that threshold{'' if choice.certified else ', as an estimate'}:"
    for cost in result.costs(choice.threshold):
        yield (
            f"  {cost.collection}: coverage {cost.coverage:.3f} ({cost.shown} of {cost.questions} "
            f"questions answered), {cost.wrong} wrong; {cost.right_refused} of {cost.right} right "
            "answers refused"
        )

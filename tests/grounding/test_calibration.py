from __future__ import annotations

import json
import math

import pytest

from rag.errors import ModelError
from rag.grounding.calibration import Calibration, calibration_file, load_calibration
from rag.grounding.verifier import FEATURES
from tests.conftest import VERIFIER_ALONE


def test_probability_is_the_logistic_of_standardised_signals():
    fitted = Calibration(("verifier_logit", "cosine"), (1.0, 0.5), (2.0, 0.1), (0.8, -0.3), 0.2, ())
    log_odds = 0.2 + 0.8 * (3.0 - 1.0) / 2.0 - 0.3 * (0.6 - 0.5) / 0.1
    expected = 1 / (1 + math.exp(-log_odds))
    assert fitted.probability({"verifier_logit": 3.0, "cosine": 0.6}) == pytest.approx(expected)
    assert fitted.probability({"verifier_logit": 1e9, "cosine": 0.0}) == pytest.approx(1.0)


def test_the_threshold_is_chosen_by_what_it_costs():
    assert VERIFIER_ALONE.threshold(0.0) == 0.1
    assert VERIFIER_ALONE.threshold(0.02) == 0.5
    assert VERIFIER_ALONE.threshold(0.89) == 0.5
    assert VERIFIER_ALONE.threshold(1.0) == 0.999
    assert Calibration((), (), (), (), 0.0, ()).threshold(0.5) == 0.0


def test_the_project_has_a_fitted_default_model():
    fitted = load_calibration("qwen2.5-coder-1.5b")
    assert fitted is not None
    assert fitted.features == FEATURES
    low, high = (dict.fromkeys(FEATURES, 0.5) | {"verifier_logit": r} for r in (-3.0, 3.0))
    assert fitted.probability(low) < fitted.probability(high)
    costs = [(right, wrong) for _, right, wrong in fitted.curve]
    assert costs == sorted(costs)
    told = json.loads(calibration_file().read_text())["models"]["qwen2.5-coder-1.5b"]
    assert told["auc"] > 0.7


def test_nothing_fitted_and_a_broken_file(tmp_path):
    assert load_calibration("no such model") is None
    assert load_calibration("any", tmp_path / "missing.json") is None
    broken = tmp_path / "broken.json"
    broken.write_text('{"models": {"any": {"signals": ["charm"]}}}')
    with pytest.raises(ModelError, match=r"broken\.json is broken"):
        load_calibration("any", broken)

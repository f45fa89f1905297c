from __future__ import annotations

import json
import math

import pytest

from rag.errors import ModelError
from rag.grounding.calibration import Calibration, calibration_file, load_calibration
from rag.grounding.verifier import FEATURES
from rag.types import rename_signals
from tests.conftest import VERIFIER_ALONE

OLD_NAMES = {"reading": "verifier_logit", "least": "min_token_logprob", "kind": "answer_type"}


def test_probability_is_the_logistic_of_standardised_features():
    features = ("verifier_logit", "cosine")
    calibration = Calibration(features, (1.0, 0.5), (2.0, 0.1), (0.8, -0.3), 0.2, ())
    log_odds = 0.2 + 0.8 * (3.0 - 1.0) / 2.0 - 0.3 * (0.6 - 0.5) / 0.1
    expected = 1 / (1 + math.exp(-log_odds))
    near = {"verifier_logit": 3.0, "cosine": 0.6}
    assert calibration.probability(near) == pytest.approx(expected)
    assert calibration.probability({"verifier_logit": 1e9, "cosine": 0.0}) == pytest.approx(1.0)


def test_threshold_is_the_highest_within_the_false_refusal_rate():
    assert VERIFIER_ALONE.threshold(0.0) == 0.1
    assert VERIFIER_ALONE.threshold(0.02) == 0.5
    assert VERIFIER_ALONE.threshold(0.89) == 0.5
    assert VERIFIER_ALONE.threshold(1.0) == 0.999
    assert Calibration((), (), (), (), 0.0, ()).threshold(0.5) == 0.0


def test_load_calibration_has_the_default_model():
    calibration = load_calibration("qwen2.5-coder-1.5b")
    assert calibration is not None
    assert calibration.features == FEATURES
    low, high = (dict.fromkeys(FEATURES, 0.5) | {"verifier_logit": r} for r in (-3.0, 3.0))
    assert calibration.probability(low) < calibration.probability(high)
    costs = [(right, wrong) for _, right, wrong in calibration.curve]
    assert costs == sorted(costs)
    entry = json.loads(calibration_file().read_text())["models"]["qwen2.5-coder-1.5b"]
    assert entry["auc"] > 0.7


def test_load_calibration_of_an_unknown_model_a_missing_and_a_broken_file(tmp_path):
    assert load_calibration("no such model") is None
    assert load_calibration("any", tmp_path / "missing.json") is None
    broken = tmp_path / "broken.json"
    broken.write_text('{"models": {"any": {"signals": ["charm"]}}}')
    with pytest.raises(ModelError, match=r"broken\.json is broken"):
        load_calibration("any", broken)


def test_load_calibration_accepts_the_feature_names_of_version_0_1(tmp_path):
    models = json.loads(calibration_file().read_text())["models"]
    renamed = {new: old for old, new in OLD_NAMES.items()}
    for entry in models.values():
        entry["signals"] = [renamed.get(name, name) for name in entry["signals"]]
    old = tmp_path / "confidence.json"
    old.write_text(json.dumps({"version": 1, "models": models}))
    assert "verifier_logit" not in old.read_text()
    for model in models:
        assert load_calibration(model, old) == load_calibration(model)


def test_rename_signals_gives_signals_of_version_0_1_their_new_names():
    signals = {"reading": 1.5, "least": -0.25, "cosine": 0.5, "kind": 1.0}
    assert rename_signals(signals) == dict(zip(FEATURES, signals.values(), strict=True))
    assert rename_signals(rename_signals(signals)) == rename_signals(signals)

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest

from rag.errors import ModelError, QuestionError
from rag.grounding.calibration import (
    SHARES,
    Calibration,
    RiskThreshold,
    checked_share,
    load_calibration,
    own_calibration_file,
    read_calibrations,
    shipped_calibration_file,
)
from rag.grounding.verifier import FEATURES
from rag.settings import Settings
from rag.types import rename_signals
from tests.conftest import VERIFIER_ALONE

NOWHERE = Path("nowhere")
OF_0_1 = {
    "signals": ["reading", "least", "cosine", "kind"],
    "means": [1.5, -0.9, 0.6, 0.9],
    "scales": [1.0, 0.3, 0.1, 0.2],
    "weights": [1.2, 0.4, 0.4, 0.1],
    "bias": 0.6,
    # threshold, share of right answers withheld, share of wrong ones withheld
    "curve": [[0.1, 0.0, 0.0], [0.4, 0.1, 0.5], [0.7, 0.4, 0.9], [0.9, 1.0, 1.0]],
    "answers": 200,
    "right": 100,
}


def test_probability_is_the_logistic_of_standardised_features():
    features = ("verifier_logit", "cosine")
    calibration = Calibration(features, (1.0, 0.5), (2.0, 0.1), (0.8, -0.3), 0.2)
    log_odds = 0.2 + 0.8 * (3.0 - 1.0) / 2.0 - 0.3 * (0.6 - 0.5) / 0.1
    expected = 1 / (1 + math.exp(-log_odds))
    near = {"verifier_logit": 3.0, "cosine": 0.6, "witnesses": 2.0}
    assert calibration.probability(near) == pytest.approx(expected)
    assert calibration.probability({"verifier_logit": 1e9, "cosine": 0.0}) == pytest.approx(1.0)


def test_a_calibration_applies_to_answers_with_all_its_features():
    assert VERIFIER_ALONE.applies_to({"verifier_logit": 0.0, "support": 1.0})
    assert not VERIFIER_ALONE.applies_to({"support": 1.0})


@pytest.mark.parametrize(
    ("score", "known", "may"),
    [
        (0.5, {}, True),  # 0.5 + 1.0 for agreement: 0.82
        (0.2, {}, False),  # 0.2 + 1.0: 0.77
        (0.5, {"agreement": 0.0}, False),  # what is known is not hoped for
        (0.5, {"doubt": 0.5}, False),
        (1.0, {"doubt": 0.5}, True),
    ],
)
def test_an_answer_may_be_shown_where_the_most_favourable_opinion_would_show_it(score, known, may):
    calibration = Calibration(
        ("score", "agreement", "doubt"),
        (0.0, 0.0, 0.0),
        (1.0, 1.0, 1.0),
        (1.0, 1.0, -1.0),
        0.0,
        (RiskThreshold(0.1, 0.8, 0.1),),
    )
    ranges = {"agreement": (0.0, 1.0), "doubt": (0.0, 2.0)}
    assert calibration.may_show({"score": score, **known}, 0.1, ranges) is may
    assert calibration.may_show({"score": score, **known}, 1.0, ranges)
    assert calibration.may_show({"score": score}, 0.1, {})  # without a range: anything


def test_a_known_feature_outside_of_its_range_is_kept():
    assert VERIFIER_ALONE.may_show({"verifier_logit": 1.0}, 0.1, {"verifier_logit": (-2.0, -1.0)})
    assert not VERIFIER_ALONE.may_show({}, 0.1, {"verifier_logit": (-2.0, -1.0)})


@pytest.mark.parametrize("share", [0, 0.009, 1.01, -1, math.nan, True, "0.1", None, [0.1]])
def test_a_share_that_cannot_be_allowed_is_rejected(share):
    with pytest.raises(QuestionError, match="give a share"):
        checked_share(share)


def test_a_share_may_be_a_whole_number():
    assert [checked_share(share) for share in (1, 0.01, 0.25)] == [1.0, 0.01, 0.25]


def test_threshold_is_that_of_the_largest_stored_share_within():
    assert VERIFIER_ALONE.threshold(0.1) == RiskThreshold(0.1, 0.5, 0.1)
    assert VERIFIER_ALONE.threshold(0.299) == RiskThreshold(0.1, 0.5, 0.1)
    assert VERIFIER_ALONE.threshold(0.3) == RiskThreshold(0.3, 0.1)
    assert VERIFIER_ALONE.threshold(0.9) == RiskThreshold(0.3, 0.1)
    assert VERIFIER_ALONE.threshold(0.005) == RiskThreshold(0.005, 0.999)
    everything = RiskThreshold(1.0, 0.0)
    assert VERIFIER_ALONE.threshold(1.0) == everything
    assert Calibration((), (), (), (), 0.0).threshold(0.1).threshold == 0.0


def test_every_value_of_the_setting_has_a_threshold():
    thresholds = tuple(RiskThreshold(each, each, each) for each in SHARES)
    calibration = Calibration((), (), (), (), 0.0, thresholds)
    for hundredths in range(1, 31):
        assert calibration.threshold(float(f"0.{hundredths:02}")).max_wrong == hundredths / 100


def test_the_shipped_calibration_has_the_default_model():
    calibration = load_calibration(Settings().model, NOWHERE)
    assert calibration is not None
    low, high = (dict.fromkeys(calibration.features, 0.5) | {"verifier_logit": r} for r in (-3, 3))
    assert calibration.probability(low) < calibration.probability(high)
    assert [each.max_wrong for each in calibration.thresholds] == list(SHARES)
    thresholds = [each.threshold for each in calibration.thresholds if not each.certified]
    assert thresholds == sorted(thresholds, reverse=True)


def test_load_calibration_prefers_that_of_the_index(tmp_path):
    shipped = read_calibrations(shipped_calibration_file())
    assert load_calibration("no such judges", tmp_path) is None
    own = {"version": 2, "calibrations": {"new": OF_0_1}}
    own_calibration_file(tmp_path).write_text(json.dumps(own))
    assert load_calibration("new", tmp_path).bias == 0.6
    judges = Settings().model
    assert load_calibration(judges, tmp_path) == shipped[judges]  # the index has none for these
    own["calibrations"][judges] = OF_0_1
    own_calibration_file(tmp_path).write_text(json.dumps(own))
    assert load_calibration(judges, tmp_path).bias == 0.6
    assert load_calibration(judges, NOWHERE) == shipped[judges]


def test_a_changed_file_is_read_again(tmp_path):
    file = own_calibration_file(tmp_path)
    for number, bias in enumerate((0.25, 0.75)):
        file.write_text(json.dumps({"calibrations": {"toy": OF_0_1 | {"bias": bias}}}))
        os.utime(file, ns=(number, number))
        assert load_calibration("toy", tmp_path).bias == bias


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"models": {"any": {"signals": ["charm"]}}}',
        json.dumps({"models": {"any": OF_0_1 | {"means": [1.0]}}}),
    ],
)
def test_a_broken_file_is_named_with_what_to_do(tmp_path, content):
    broken = tmp_path / "broken.json"
    broken.write_text(content)
    with pytest.raises(ModelError, match=r"broken\.json is broken .*type `rag calibrate"):
        read_calibrations(broken)


def test_a_missing_file_has_no_calibrations(tmp_path):
    assert read_calibrations(tmp_path / "missing.json") == {}
    (tmp_path / "file").write_text("")
    assert read_calibrations(tmp_path / "file" / "missing.json") == {}


def test_an_estimate_with_the_promise_of_a_larger_share(tmp_path):
    rows = [
        {"max_wrong": 0.05, "threshold": 0.9, "certified": False, "promise": 0.15},
        {"max_wrong": 0.1, "threshold": 0.8, "certified": True, "promise": 0.1},
        {"max_wrong": 0.15, "threshold": 0.7, "certified": True},  # before there was a promise
        {"max_wrong": 0.2, "threshold": 0.7, "certified": False},
    ]
    entry = {"features": ["score"], "means": [0], "scales": [1], "weights": [1], "bias": 0}
    file = tmp_path / "confidence.json"
    file.write_text(json.dumps({"calibrations": {"toy": {**entry, "thresholds": rows}}}))
    calibration = read_calibrations(file)["toy"]
    assert [each.promise for each in calibration.thresholds] == [0.15, 0.1, 0.15, None]
    assert [each.certified for each in calibration.thresholds] == [False, True, True, False]
    assert calibration.decide({"score": 3.0}, 0.05).max_wrong == 0.15
    assert not any(each.promise for each in calibration.without_promise().thresholds)


def test_a_file_of_version_0_1_keeps_its_threshold_and_promises_nothing(tmp_path):
    old = tmp_path / "confidence.json"
    old.write_text(json.dumps({"version": 1, "models": {"toy": OF_0_1}}))
    calibration = read_calibrations(old)["toy"]
    assert calibration.features == FEATURES
    assert not any(each.certified for each in calibration.thresholds)
    # at 0.4 a tenth of the right answers is withheld, at 0.1 none
    assert calibration.threshold(0.15).threshold == 0.1
    assert calibration.threshold(0.01).threshold == 0.1
    assert calibration.threshold(1.0).threshold == 0.0


def test_rename_signals_gives_signals_of_version_0_1_their_new_names():
    signals = {"reading": 1.5, "least": -0.25, "cosine": 0.5, "kind": 1.0}
    assert rename_signals(signals) == dict(zip(FEATURES, signals.values(), strict=True))
    assert rename_signals(rename_signals(signals)) == rename_signals(signals)

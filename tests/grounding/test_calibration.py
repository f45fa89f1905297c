from __future__ import annotations

import json
import math
import random

import pytest

from rag.errors import ModelError, QuestionError
from rag.evaluation import calibrate as fit
from rag.evaluation.dataset import held_out
from rag.grounding.calibration import FEATURES, Calibration, calibration_file, load_calibration
from tests.conftest import READING_ALONE


def test_probability_is_the_logistic_of_standardised_signals():
    fitted = Calibration(("reading", "cosine"), (1.0, 0.5), (2.0, 0.1), (0.8, -0.3), 0.2, ())
    log_odds = 0.2 + 0.8 * (3.0 - 1.0) / 2.0 - 0.3 * (0.6 - 0.5) / 0.1
    expected = 1 / (1 + math.exp(-log_odds))
    assert fitted.probability({"reading": 3.0, "cosine": 0.6}) == pytest.approx(expected)
    assert fitted.probability({"reading": 1e9, "cosine": 0.0}) == pytest.approx(1.0)


def test_the_threshold_is_chosen_by_what_it_costs():
    assert READING_ALONE.threshold(0.0) == 0.1
    assert READING_ALONE.threshold(0.02) == 0.5
    assert READING_ALONE.threshold(0.89) == 0.5
    assert READING_ALONE.threshold(1.0) == 0.999
    assert Calibration((), (), (), (), 0.0, ()).threshold(0.5) == 0.0


def test_the_project_has_a_fitted_default_model():
    fitted = load_calibration("qwen2.5-coder-1.5b")
    assert fitted is not None
    assert fitted.features == FEATURES
    low, high = (dict.fromkeys(FEATURES, 0.5) | {"reading": r} for r in (-3.0, 3.0))
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


def run(folder, count, model="toy"):
    """A run whose answers are right where the reading is high, with some noise."""
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps({"settings": {"model": model}}))
    draw = random.Random(7)
    with (folder / "predictions.jsonl").open("w") as file:
        for n in range(count):
            right = n % 3 > 0
            signals = {name: draw.random() for name in FEATURES}
            signals["reading"] = draw.gauss(2.0 if right else -2.0, 1.0)
            line = {
                "id": f"q{n}",
                "question": "How much?",
                "query": "How much?",
                "answerable": True,
                "answers": ["18 million"],
                "text": "x",
                "abstained": True,
                "sentences": [],
                "citations": [],
                "draft": "It cost 18 million." if right else "It cost 25 million.",
                "signals": signals,
            }
            file.write(json.dumps(line) + "\n")


def test_fitting_finds_the_signal_that_tells(tmp_path, capsys):
    run(tmp_path / "a", 300)
    into = tmp_path / "confidence.json"
    assert fit.main([str(tmp_path / "a"), "--into", str(into)]) == 0
    told = json.loads(into.read_text())["models"]["toy"]
    weights = dict(zip(told["signals"], told["weights"], strict=True))
    assert weights["reading"] == max(weights.values()) > 1
    assert told["auc"] > 0.95
    assert told["answers"] == sum(not held_out(f"q{n}") for n in range(300))
    thresholds = [t for t, _, _ in told["curve"]]
    assert thresholds == sorted(thresholds)
    fitted = load_calibration("toy", into)
    assert fitted.threshold(0.5) > fitted.threshold(0.02)
    assert "area under the ROC curve" in capsys.readouterr().out


def test_questions_for_several_things_are_left_out_of_the_fit(tmp_path):
    folder = tmp_path / "a"
    run(folder, 20)
    assert fit.training_examples(folder)
    lines = (folder / "predictions.jsonl").read_text().splitlines()
    for query in (
        "How much did it cost, and who paid for it?",
        "How much did it cost, by the different accounts?",
    ):
        told = [json.dumps({**json.loads(each), "query": query}) for each in lines]
        (folder / "predictions.jsonl").write_text("\n".join(told) + "\n")
        assert fit.training_examples(folder) == []


def test_fitting_keeps_the_other_models(tmp_path):
    into = tmp_path / "confidence.json"
    for name in ("one", "two"):
        run(tmp_path / name, 200, model=name)
        assert fit.main([str(tmp_path / name), "--into", str(into)]) == 0
    assert set(json.loads(into.read_text())["models"]) == {"one", "two"}


def test_what_cannot_be_fitted_is_said(tmp_path, capsys):
    run(tmp_path / "few", 30)
    run(tmp_path / "other", 200, model="other")
    (tmp_path / "empty").mkdir()
    into = ["--into", str(tmp_path / "confidence.json")]
    for folders, said in (
        (["few"], "too few to fit on"),
        (["few", "other"], "fit one model at a time"),
        (["empty"], "no run.json"),
    ):
        assert fit.main([*(str(tmp_path / each) for each in folders), *into]) == 1
        assert said in capsys.readouterr().err
    assert not (tmp_path / "confidence.json").exists()
    with pytest.raises(QuestionError):
        fit.fit_calibration([dict.fromkeys(FEATURES, 0.0)] * 99, [True] * 99)

"""Fitting a calibration on the tuning halves of runs."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from rag.errors import QuestionError
from rag.evaluation import calibrate
from rag.evaluation.dataset import held_out
from rag.grounding.calibration import load_calibration
from rag.grounding.verifier import FEATURES


def write_run(folder: Path, count: int, model: str = "toy") -> None:
    """A run whose drafts are correct where the verifier's log-odds are high, with some noise."""
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps({"settings": {"model": model}}))
    draw = random.Random(7)
    with (folder / "predictions.jsonl").open("w") as file:
        for n in range(count):
            correct = n % 3 > 0
            signals = {name: draw.random() for name in FEATURES}
            signals["verifier_logit"] = draw.gauss(2.0 if correct else -2.0, 1.0)
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
                "draft": "It cost 18 million." if correct else "It cost 25 million.",
                "signals": signals,
            }
            file.write(json.dumps(line) + "\n")


def test_calibrate_finds_the_feature_that_predicts_correctness(tmp_path, capsys):
    write_run(tmp_path / "a", 300)
    into = tmp_path / "confidence.json"
    assert calibrate.main([str(tmp_path / "a"), "--into", str(into)]) == 0
    entry = json.loads(into.read_text())["models"]["toy"]
    weights = dict(zip(entry["signals"], entry["weights"], strict=True))
    assert weights["verifier_logit"] == max(weights.values()) > 1
    assert entry["auc"] > 0.95
    assert entry["answers"] == sum(not held_out(f"q{n}") for n in range(300))
    thresholds = [t for t, _, _ in entry["curve"]]
    assert thresholds == sorted(thresholds)
    calibration = load_calibration("toy", into)
    assert calibration.threshold(0.5) > calibration.threshold(0.02)
    assert "area under the ROC curve" in capsys.readouterr().out


def test_training_examples_leave_out_questions_with_sub_questions(tmp_path):
    folder = tmp_path / "a"
    write_run(folder, 20)
    assert calibrate.training_examples(folder)
    lines = (folder / "predictions.jsonl").read_text().splitlines()
    for query in (
        "How much did it cost, and who paid for it?",
        "How much did it cost, by the different accounts?",
    ):
        changed = [json.dumps({**json.loads(each), "query": query}) for each in lines]
        (folder / "predictions.jsonl").write_text("\n".join(changed) + "\n")
        assert calibrate.training_examples(folder) == []


def test_calibrate_keeps_the_entries_of_other_models(tmp_path):
    into = tmp_path / "confidence.json"
    for name in ("one", "two"):
        write_run(tmp_path / name, 200, model=name)
        assert calibrate.main([str(tmp_path / name), "--into", str(into)]) == 0
    assert set(json.loads(into.read_text())["models"]) == {"one", "two"}


def test_calibrate_names_what_cannot_be_fitted(tmp_path, capsys):
    write_run(tmp_path / "few", 30)
    write_run(tmp_path / "other", 200, model="other")
    (tmp_path / "empty").mkdir()
    into = ["--into", str(tmp_path / "confidence.json")]
    for folders, message in (
        (["few"], "too few to fit on"),
        (["few", "other"], "calibrate one model at a time"),
        (["empty"], "no run.json"),
    ):
        assert calibrate.main([*(str(tmp_path / each) for each in folders), *into]) == 1
        assert message in capsys.readouterr().err
    assert not (tmp_path / "confidence.json").exists()
    with pytest.raises(QuestionError):
        calibrate.fit_calibration([dict.fromkeys(FEATURES, 0.0)] * 99, [True] * 99)

"""Fitting and certifying a calibration: labels, halves, the file, the maintainers' command."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import QuestionError
from rag.evaluation.calibrate import __main__ as command
from rag.evaluation.calibrate.fit import feature_names, fit
from rag.evaluation.calibrate.labels import (
    LabelledAnswer,
    certifies,
    feedback_labels,
    labelled_answers,
    with_features,
)
from rag.evaluation.calibrate.promise import (
    CalibrationPlan,
    calibrate,
    recertify,
    write_calibration,
)
from rag.evaluation.calibrate.risk import upper_bound
from rag.evaluation.calibrate.text import render_calibration
from rag.evaluation.dataset import EvalQuestion, held_out
from rag.evaluation.prediction import Prediction
from rag.grounding.calibration import SHARES, read_calibrations
from rag.grounding.verifier import FEATURES
from rag.types import Answer
from tests.conftest import VERIFIER_ALONE

QUESTION = EvalQuestion("q", "How much?", True, ("18 million",), ())


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


def toy_answers(count: int, collection: str = "toy", seed: int = 3) -> list[LabelledAnswer]:
    """A third are wrong; one feature tells them apart with noise, the other says nothing."""
    draw = random.Random(seed)
    answers = []
    for n in range(count):
        right = n % 3 > 0
        features = {"margin": draw.gauss(2.0 if right else -2.0, 1.0), "noise": draw.random()}
        answers.append(LabelledAnswer(f"{collection}{n}", collection, features, right))
    return answers


def answer(**fields: object) -> Answer:
    return Answer(
        "How much?", "How much?", **{"text": "", "abstained": False, "reason": None} | fields
    )  # type: ignore[arg-type]


def test_a_shown_answer_is_judged_by_its_text_and_a_withheld_one_by_its_draft():
    signals = {"margin": 1.0}
    shown = answer(text="“It cost 18 million.” [1]", draft="It cost 25 million.", signals=signals)
    withheld = answer(abstained=True, draft="It cost 18 million.", signals=signals)
    refused = answer(abstained=True)
    labels = labelled_answers([Prediction(QUESTION, a) for a in (shown, withheld, refused)], "toy")
    assert [each.right for each in labels] == [True, True, False]
    assert [dict(each.features) for each in labels] == [signals, signals, {}]
    unweighed = Prediction(QUESTION, answer(text="18 million"))  # at no threshold, as it was shown
    assert labelled_answers([unweighed], "toy") == []
    unjudged = replace(QUESTION, answerable=None, answers=())
    assert labelled_answers([Prediction(unjudged, shown)], "toy") == []


def test_questions_with_sub_questions_are_left_out():
    for query in (
        "How much did it cost, and who paid for it?",
        "How much did it cost, by the different accounts?",
    ):
        several = replace(answer(text="18 million", signals={"margin": 1.0}), query=query)
        assert labelled_answers([Prediction(QUESTION, several)], "toy") == []
        assert feedback_labels([("a", several, True)]).answers == []


def test_thumbs_are_labels_where_the_answer_has_features():
    signals = {"margin": 1.0}
    shown, withheld = answer(signals=signals), answer(abstained=True, signals=signals)
    labels = feedback_labels(
        [
            ("up", shown, True),
            ("down", shown, False),
            ("well refused", withheld, True),
            ("refused in vain", withheld, False),
            ("old", answer(), True),
        ]
    )
    assert [(each.id, each.right) for each in labels.answers] == [
        ("up", True),
        ("down", False),
        ("well refused", False),
    ]
    assert (labels.without_features, labels.undecided) == (1, 1)
    assert with_features(labels.answers, ["margin"]) == (labels.answers, 0)
    assert with_features(labels.answers, ["margin", "support"]) == ([], 3)


def test_the_half_that_certifies_is_independent_of_the_held_out_half():
    ids = [f"q{n}" for n in range(2000)]
    both = sum(certifies(id) and held_out(id) for id in ids)
    assert 900 < sum(map(certifies, ids)) < 1100
    assert 430 < both < 570


def test_fit_knows_features_by_name_alone():
    result = fit(toy_answers(120))
    assert result.calibration.features == ("margin", "noise")
    assert result.calibration.weights[0] > 1 > abs(result.calibration.weights[1])
    assert result.auc > 0.95
    assert fit(toy_answers(120), ["margin"]).calibration.features == ("margin",)


def test_a_missing_feature_is_named():
    answers = toy_answers(120)
    answers[50] = replace(answers[50], features={"margin": 1.0})
    with pytest.raises(QuestionError, match=r"toy: the answer to question 'toy50' lacks .* noise"):
        fit(answers)
    assert feature_names(answers, ["margin"]) == ("margin",)


def test_fit_names_what_is_too_few():
    with pytest.raises(QuestionError, match="30 answers in the fitting half, 20 of them right"):
        fit(toy_answers(30))
    with pytest.raises(QuestionError, match="at least 10 of them right and 10 wrong"):
        fit([replace(each, right=True) for each in toy_answers(90)])


def test_calibrate_certifies_on_the_half_that_it_does_not_fit_on():
    result = calibrate(toy_answers(400), CalibrationPlan())
    assert {each.id for each in result.certifying.answers} == {
        f"toy{n}" for n in range(400) if certifies(f"toy{n}")
    }
    assert not {e.id for e in result.fitting.answers} & {e.id for e in result.certifying.answers}
    assert [each.max_wrong for each in result.calibration.thresholds] == list(SHARES)
    tenth = result.calibration.threshold(0.1)
    assert tenth.certified
    (cost,) = result.costs(tenth.threshold)
    assert cost.wrong / cost.shown < 0.1
    assert cost.right_refused == cost.right - (cost.shown - cost.wrong)
    assert cost.coverage == cost.shown / cost.questions
    # one in a hundred would take 299 answers without a wrong one
    assert not result.calibration.threshold(0.01).certified
    text = render_calibration("toy", result, 0.1)
    assert "of the answers shown at most 10 in 100 are wrong, at 95% confidence" in text
    assert f"toy: coverage {cost.coverage:.3f}" in text


def test_estimated_thresholds_never_fall_as_the_share_gets_smaller():
    thresholds = calibrate(toy_answers(130), CalibrationPlan()).calibration.thresholds
    estimated = [each.threshold for each in thresholds if not each.certified]
    assert len(estimated) > 3
    assert estimated == sorted(estimated, reverse=True)


def test_an_easy_collection_does_not_hide_a_hard_one():
    draw = random.Random(5)

    def answers(collection, count, wrong):
        scores = [draw.uniform(-3, 3) for _ in range(count)]
        return [
            LabelledAnswer(f"{collection}{n}", collection, {"score": s}, draw.random() >= wrong(s))
            for n, s in enumerate(scores)
        ]

    easy = answers("easy", 900, lambda score: 0.01 if score > -2 else 0.5)
    hard = answers("hard", 200, lambda score: 0.01 if score > 1 else 0.5)
    alone, both = (calibrate(each, CalibrationPlan()) for each in (easy, easy + hard))
    choice = both.calibration.threshold(0.1)
    assert choice.certified and alone.calibration.threshold(0.1).certified
    (cost,) = (each for each in both.costs(choice.threshold) if each.collection == "hard")
    assert cost.shown > 20 and cost.wrong / cost.shown < 0.2
    pooled = [each.__class__(each.id, "one", each.features, each.right) for each in easy + hard]
    choice = calibrate(pooled, CalibrationPlan()).calibration.threshold(0.1)
    (_, cost) = both.costs(choice.threshold)
    assert choice.certified and cost.wrong / cost.shown > 0.3  # what one pool would have hidden


def test_an_estimate_promises_the_share_that_its_threshold_is_certified_for():
    draw = random.Random(8)
    scores = [draw.uniform(-3, 3) for _ in range(240)]
    answers = [
        LabelledAnswer(f"a{n}", "one", {"score": s}, draw.random() > (0.06 if s > 0 else 0.7))
        for n, s in enumerate(scores)
    ]
    calibration = calibrate(answers, CalibrationPlan()).calibration
    tenth = calibration.threshold(0.1)
    assert not tenth.certified and tenth.promise is not None and 0.1 < tenth.promise <= 0.2
    assert calibration.threshold(tenth.promise).certified
    assert calibration.threshold(tenth.promise).threshold <= tenth.threshold
    assert all(
        row.promise is None or row.promise >= row.max_wrong for row in calibration.thresholds
    )


def test_questions_refused_before_anything_was_weighed_count_as_not_answered():
    refused = [LabelledAnswer(f"r{n}", "toy", {}, False) for n in range(100)]
    with_refusals = calibrate([*toy_answers(400), *refused], CalibrationPlan())
    without = calibrate(toy_answers(400), CalibrationPlan())
    assert with_refusals.calibration == without.calibration
    assert with_refusals.costs(0.0)[0].coverage < without.costs(0.0)[0].coverage == 1.0


def test_too_few_answers_to_fit_on_are_certified_with_the_weights_in_use():
    answers = [
        LabelledAnswer(f"a{n}", "own", {"verifier_logit": 3.0 + n / 100}, True) for n in range(80)
    ]
    result = calibrate(answers, CalibrationPlan(weights=VERIFIER_ALONE))
    assert result.auc is None
    assert result.calibration.weights == VERIFIER_ALONE.weights
    assert result.calibration.threshold(0.1).certified
    assert result.to_json()["fitted_on"] == {}
    assert "only the threshold is new" in render_calibration("toy", result, 0.1)
    with pytest.raises(QuestionError, match="too few to fit on"):
        calibrate(answers, CalibrationPlan())


def test_where_nothing_can_be_promised_it_says_how_many_are_needed():
    answers = [LabelledAnswer(f"a{n}", "own", {"verifier_logit": 3.0}, True) for n in range(20)]
    result = calibrate(answers, CalibrationPlan(weights=VERIFIER_ALONE))
    assert not result.calibration.threshold(0.1).certified
    shortfall = result.shortfall(0.1)
    certifying = len(result.certifying.answers)
    assert shortfall.best.shown == certifying
    assert (shortfall.shown_needed, shortfall.shown_at_risk) == (29, 29)
    assert shortfall.questions_needed == -(-29 * 20 // certifying)
    text = render_calibration("toy", result, 0.1)
    assert "no: that of the answers shown at most 10 in 100 are wrong cannot be promised" in text
    assert f"29 shown, so about {shortfall.questions_needed} questions in all" in text


def test_where_answers_are_too_bad_no_number_of_questions_is_enough():
    answers = [
        LabelledAnswer(f"a{n}", "own", {"verifier_logit": 3.0}, n % 2 > 0) for n in range(60)
    ]
    result = calibrate(answers, CalibrationPlan(weights=VERIFIER_ALONE))
    assert result.shortfall(0.1).shown_at_risk is None
    assert "no number of questions is enough" in render_calibration("toy", result, 0.1)


def test_the_written_entry_is_the_calibration(tmp_path):
    into = tmp_path / "confidence.json"
    result = calibrate(toy_answers(200, "a") + toy_answers(100, "b", 4), CalibrationPlan(0.9))
    write_calibration(into, "reader alone", result.to_json())
    write_calibration(into, "reader and model", result.to_json())
    read = read_calibrations(into)
    assert set(read) == {"reader alone", "reader and model"}
    assert read["reader alone"] == result.calibration
    entry = json.loads(into.read_text())["calibrations"]["reader alone"]
    assert set(entry["fitted_on"]) == set(entry["certified_on"]) == {"a", "b"}
    assert (entry["level"], entry["answers"]) == (0.9, 300)


def test_the_command_fits_on_the_tuning_half_and_prints_the_result(tmp_path, capsys):
    write_run(tmp_path / "a", 500)
    into = tmp_path / "confidence.json"
    assert command.main([str(tmp_path / "a"), "--into", str(into)]) == 0
    entry = json.loads(into.read_text())["calibrations"]["toy"]
    assert entry["answers"] == sum(not held_out(f"q{n}") for n in range(500))
    assert (
        sum(entry["fitted_on"].values()) + sum(entry["certified_on"].values()) == entry["answers"]
    )
    assert set(entry["features"]) == set(FEATURES)
    weights = dict(zip(entry["features"], entry["weights"], strict=True))
    assert weights["verifier_logit"] == max(weights.values()) > 1
    out = capsys.readouterr().out
    assert "area under the ROC curve" in out
    assert "may be wrong  threshold  certified" in out


def test_promises_come_from_other_answers_and_thresholds_stay():
    calibration = calibrate(toy_answers(400), CalibrationPlan()).calibration
    certain, low = {"margin": 50.0, "noise": 0.5}, {"margin": -50.0, "noise": 0.5}
    wrong = [LabelledAnswer(f"w{n}", "unread", certain, False) for n in range(30)]
    right = [LabelledAnswer(f"r{n}", "unread", certain, True) for n in range(170)]
    never = [LabelledAnswer(f"n{n}", "unread", low, False) for n in range(50)]
    new, half = recertify(calibration, [*wrong, *right, *never])
    assert [r.threshold for r in new.thresholds] == [r.threshold for r in calibration.thresholds]
    assert (new.weights, new.bias) == (calibration.weights, calibration.bias)
    assert 0.19 < upper_bound(30, 200, 0.95) < 0.2
    assert calibration.threshold(0.1).promise == 0.1
    assert new.threshold(0.1).promise == 0.2 and not new.threshold(0.1).certified
    assert new.threshold(0.2).promise == 0.2 and new.threshold(0.2).certified
    assert half.counts() == {"unread": 250}
    hopeless, _ = recertify(calibration, wrong)
    assert not any(each.promise for each in hopeless.thresholds)
    with pytest.raises(QuestionError, match="margin"):
        recertify(calibration, [LabelledAnswer("x", "unread", {"other": 1.0}, True)])


def test_the_command_takes_promises_from_sets_that_are_named(tmp_path, capsys):
    write_run(tmp_path / "worked-on", 300)
    write_run(tmp_path / "unread", 200)
    into = tmp_path / "confidence.json"
    certify = ["--certify", str(tmp_path / "unread"), "--into", str(into)]
    assert command.main(certify) == 1
    assert "has no entry toy: name runs that fit one" in capsys.readouterr().err
    assert command.main([str(tmp_path / "worked-on"), *certify]) == 0
    entry = json.loads(into.read_text())["calibrations"]["toy"]
    assert entry["certified_on"] == {"unread": 200}  # none of them is held out
    assert sum(entry["fitted_on"].values()) < sum(not held_out(f"q{n}") for n in range(300))
    out = capsys.readouterr().out
    assert "toy: thresholds in use, certified on 200 answers to 200 questions (unread 200)" in out
    stored = read_calibrations(into)["toy"]
    assert command.main(certify) == 0
    assert read_calibrations(into)["toy"] == stored
    with pytest.raises(SystemExit):
        command.main(["--into", str(into)])


def test_the_command_takes_the_features_that_are_named(tmp_path, capsys):
    write_run(tmp_path / "a", 300)
    lines = (tmp_path / "a/predictions.jsonl").read_text().splitlines()
    tuning = next(n for n in range(300) if not held_out(f"q{n}"))
    several = json.loads(lines[tuning]) | {"query": "How much did it cost, and who paid for it?"}
    lines[tuning] = json.dumps(several)
    (tmp_path / "a/predictions.jsonl").write_text("\n".join(lines))
    into = tmp_path / "confidence.json"
    arguments = [str(tmp_path / "a"), "--into", str(into), "--features", "cosine,verifier_logit"]
    assert command.main(arguments) == 0
    assert read_calibrations(into)["toy"].features == ("cosine", "verifier_logit")
    assert "1 answers left out, which ask several things" in capsys.readouterr().err


def test_the_command_keeps_the_entries_of_other_judges(tmp_path):
    into = tmp_path / "confidence.json"
    for name in ("one", "two"):
        write_run(tmp_path / name, 300, model=name)
        assert command.main([str(tmp_path / name), "--into", str(into)]) == 0
    assert set(read_calibrations(into)) == {"one", "two"}


def test_the_command_names_what_cannot_be_fitted(tmp_path, capsys):
    write_run(tmp_path / "few", 30)
    write_run(tmp_path / "other", 200, model="other")
    (tmp_path / "empty").mkdir()
    into = ["--into", str(tmp_path / "confidence.json")]
    for folders, message in (
        (["few"], "too few to fit on"),
        (["few", "other"], "calibrate one at a time"),
        (["empty"], "no run.json"),
    ):
        assert command.main([*(str(tmp_path / each) for each in folders), *into]) == 1
        assert message in capsys.readouterr().err
    assert not (tmp_path / "confidence.json").exists()

"""`rag eval`: asking both systems, resuming an interrupted run, comparing two runs."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.cli import build_parser
from rag.errors import EvaluationInterrupted, ModelError, QuestionError
from rag.evaluation import baseline
from rag.evaluation.dataset import held_out
from rag.evaluation.reports.text import render_text
from rag.evaluation.runner import EvaluationCallbacks, EvaluationOptions, evaluate
from rag.index.build import build_index
from rag.runtime.cancellation import CancelToken
from rag.settings import Settings
from tests.conftest import ROOT
from tests.evaluation.conftest import QUESTIONS, SCRIPT

WITH_BASELINE = EvaluationOptions(baseline=True)
OF_VERSION_0_1 = Path(__file__).parent / "run_of_0_1"


def test_evaluate_writes_its_files_and_metrics(assistant, questions, tmp_path, records):
    report = evaluate(assistant, questions, tmp_path / "out")
    predictions = records(tmp_path / "out/predictions.jsonl")
    assert [each["id"] for each in predictions] == [each["id"] for each in QUESTIONS]
    assert json.loads((tmp_path / "out/report.json").read_text()) == report
    assert (tmp_path / "out/run.json").exists()
    assert not (tmp_path / "out/baseline.jsonl").exists()
    by_id = {each["id"]: each for each in predictions}
    assert not by_id["cost"]["abstained"]
    metrics = report["figures"]
    assert (report["right"]["of"], report["unscored"]) == (3, 1)
    assert metrics["refused_right"]["of"] == 1
    assert metrics["recall@10"]["value"] == 1.0
    assert report["questions"] == 5
    assert "baseline" not in report
    for key, estimate in metrics.items():
        value = estimate["value"]
        assert value is None or estimate["low"] <= value <= estimate["high"], key


def test_evaluate_asks_the_baseline_and_does_not_check_it(
    assistant, questions, tmp_path, model, records
):
    report = evaluate(assistant, questions, tmp_path / "out", WITH_BASELINE)
    answers = {each["id"]: each for each in records(tmp_path / "out/baseline.jsonl")}
    assert list(answers) == [each["id"] for each in QUESTIONS]
    assert answers["lost"]["text"] == SCRIPT["How much wheat"]  # wrong, and shown
    assert answers["cook"]["abstained"] is True
    assert answers["cook"]["citations"] == []
    assert answers["sank"]["text"].endswith("[9].")
    assert answers["sank"]["phantom_citations"] == 1
    assert [each["number"] for each in answers["sank"]["citations"]] == [1]
    assert answers["sank"]["citations"][0]["quote"] == answers["sank"]["passages"][0]["text"]
    assert report["baseline"]["phantom_citations"] == 1
    assert report["phantom_citations"] == 0
    assert report["baseline"]["right"] == {"n": 2, "of": 3, "share": 0.6667}
    difference = report["difference"]["right"]["value"]
    assert difference == pytest.approx(report["right"]["share"] - 2 / 3, abs=1e-3)
    assert report["difference"]["seconds_ratio"]["value"] > 0
    prompts = [each for each in model.prompts if "the bridge over the Sund?" in each]
    assert len(prompts) == 2  # once with checks, once without
    assert "instructions alone" in render_text(report)


def test_evaluate_alternates_which_system_is_asked_first(
    assistant, questions, tmp_path, monkeypatch
):
    order = []
    ask, ask_baseline = Assistant.ask, baseline.ask
    monkeypatch.setattr(Assistant, "ask", lambda *a, **k: order.append("ours") or ask(*a, **k))
    monkeypatch.setattr(
        "rag.evaluation.baseline.ask", lambda *a: order.append("baseline") or ask_baseline(*a)
    )
    evaluate(assistant, questions, tmp_path / "out", replace(WITH_BASELINE, limit=3))
    assert order == ["ours", "baseline", "baseline", "ours", "ours", "baseline"]


def test_evaluate_resumes_an_interrupted_run(assistant, questions, tmp_path, model, records):
    out = tmp_path / "out"
    model.failing = "How much wheat"
    with pytest.raises(ModelError):
        evaluate(assistant, questions, out, WITH_BASELINE)
    before = records(out / "predictions.jsonl"), records(out / "baseline.jsonl")
    assert [len(each) for each in before] == [2, 2]
    with (out / "predictions.jsonl").open("a") as file:
        file.write('{"id": "lost", "answ')  # cut in half by the interruption
    model.failing, model.prompts, messages = None, [], []
    callbacks = EvaluationCallbacks(message=messages.append)
    report = evaluate(assistant, questions, out, WITH_BASELINE, callbacks)
    assert records(out / "predictions.jsonl")[:2] == before[0]
    assert len(records(out / "predictions.jsonl")) == len(records(out / "baseline.jsonl")) == 5
    assert not any("cost of the bridge" in prompt for prompt in model.prompts)
    assert messages == ["resuming the interrupted run"]
    assert report["recall"]["10"]["of"] == 3  # of the answers of both runs
    assert report["baseline"]["phantom_citations"] == 1


def test_evaluate_stops_before_the_next_question_where_it_is_cancelled(
    assistant, questions, tmp_path, records
):
    done = []
    callbacks = EvaluationCallbacks(lambda number, total: done.append((number, total)))
    cancel = CancelToken(lambda: done[-1][0] == 2)
    with pytest.raises(EvaluationInterrupted, match="stopped after 2 of 5 questions"):
        evaluate(assistant, questions, tmp_path / "out", callbacks=callbacks, cancel=cancel)
    assert done == [(0, 5), (1, 5), (2, 5)]
    assert len(records(tmp_path / "out/predictions.jsonl")) == 2


def test_evaluate_starts_over_after_a_finished_run(assistant, questions, tmp_path, model, records):
    messages = []
    first, callbacks = EvaluationOptions(limit=1), EvaluationCallbacks(message=messages.append)
    evaluate(assistant, questions, tmp_path / "out", first)
    prompts = len(model.prompts)
    evaluate(assistant, questions, tmp_path / "out", first, callbacks)
    out = tmp_path / "out"
    held = f"{out} holds a finished run: starting over; it is kept in {out / 'previous'}"
    assert (len(model.prompts), messages) == (2 * prompts, [held])
    assert len(records(tmp_path / "out/predictions.jsonl")) == 1


def test_evaluate_takes_one_split_of_the_set(assistant, questions, tmp_path, records):
    ids = {}
    for split in ("held out", "tuning"):
        evaluate(assistant, questions, tmp_path / split, EvaluationOptions(split=split))
        ids[split] = [each["id"] for each in records(tmp_path / split / "predictions.jsonl")]
    assert all(map(held_out, ids["held out"]))
    assert sorted(ids["held out"] + ids["tuning"]) == sorted(each["id"] for each in QUESTIONS)
    assert ids["held out"]
    assert ids["tuning"]


def test_evaluate_passes_on_history_and_filters(assistant, model, tmp_path, records):
    lines = [
        {"id": "turn", "question": "And what did it cost?", "answers": ["18 million"],
         "articles": ["bridge"], "history": [["What is new?", "The bridge over the Sund. [1]"]]},
        {"id": "before", "question": "What was the cost of the bridge over the Sund?",
         "answerable": False, "until": "2001"},
        {"id": "other", "question": "What was the cost of the bridge over the Sund?",
         "answerable": False, "outlets": ["Kurier"], "since": "2030"},
    ]  # fmt: skip
    (tmp_path / "set.jsonl").write_text("\n".join(map(json.dumps, lines)))
    model.script = {"what did it cost": "What was the cost of the bridge over the Sund?", **SCRIPT}
    report = evaluate(assistant, tmp_path / "set.jsonl", tmp_path / "out")
    turn, before, other = records(tmp_path / "out/predictions.jsonl")
    assert turn["query"] == "What was the cost of the bridge over the Sund?"
    assert turn["history"] == [["What is new?", "The bridge over the Sund. [1]"]]
    assert (before["until"], before["reason"]) == ("2001", "outside_filter")
    assert (other["outlets"], other["reason"]) == (["Kurier"], "outside_filter")
    assert report["right"] == {"n": 1, "of": 1, "share": 1.0}
    assert report["refused_right"]["n"] == 2
    assert report["figures"]["recall@10"]["n"] == 1  # by the query as rewritten


def test_evaluate_ranks_a_question_with_a_filter_under_its_filter(assistant, tmp_path, records):
    line = {"id": "bridge", "question": QUESTIONS[0]["question"], "answers": ["18 million"],
            "articles": ["bridge"]}  # fmt: skip
    path = tmp_path / "set.jsonl"
    for fields, recall in (({}, 1.0), ({"since": "2030"}, 0.0)):
        path.write_text(json.dumps(line | fields))
        report = evaluate(assistant, path, tmp_path / "out")
        assert report["figures"]["recall@10"]["value"] == recall


def test_evaluate_leaves_kinds_out(assistant, questions, tmp_path, records):
    options = EvaluationOptions(without_kinds=("number",))
    report = evaluate(assistant, questions, tmp_path / "out", options)
    ids = [each["id"] for each in records(tmp_path / "out/predictions.jsonl")]
    assert ids == ["sank", "cook", "open"]
    assert list(report["by_kind"]) == ["date"]
    text = render_text(report)
    assert text.startswith("3 questions (all, without number); ")
    assert "3 questions (all, without number)" in (tmp_path / "out/report.html").read_text()


def test_evaluate_compares_with_an_earlier_run(assistant, questions, tmp_path, model):
    evaluate(assistant, questions, tmp_path / "old", EvaluationOptions(limit=4))
    model.script = {**SCRIPT, "How much wheat": "Farmers in Tarn lost a third of their wheat [1]."}
    options = EvaluationOptions(compare_to=tmp_path / "old")
    report = evaluate(assistant, questions, tmp_path / "new", options)
    comparison = report["against"]
    assert comparison["questions"] == 4
    (change,) = comparison["flips"]
    assert (change["id"], change["after"]) == ("lost", "right")
    assert change["before"] in ("wrong", "refused")
    assert comparison["difference"]["right"]["value"] == 0.3333
    assert f"lost: {change['before']} -> right" in render_text(report)
    page = (tmp_path / "new/report.html").read_text()
    assert change["answer_before"] in page


def test_evaluate_compares_with_a_run_of_version_0_1(assistant, questions, tmp_path, records):
    options = EvaluationOptions(compare_to=OF_VERSION_0_1)
    report = evaluate(assistant, questions, tmp_path / "out", options)
    comparison = report["against"]
    old = {each["id"]: each for each in records(OF_VERSION_0_1 / "predictions.jsonl")}
    assert comparison["questions"] == len(old) == 5
    assert comparison["difference"]["seconds_ratio"]["value"] > 0
    ours = report["figures"]["right"]["value"]
    theirs = json.loads((OF_VERSION_0_1 / "report.json").read_text())["figures"]["right"]["value"]
    assert comparison["difference"]["right"]["value"] == pytest.approx(ours - theirs, abs=1e-3)
    for change in comparison["flips"]:
        assert change["answer_before"] == old[change["id"]]["text"]


def test_evaluate_rejects_a_folder_without_an_earlier_run(assistant, questions, tmp_path, model):
    def compare_to(folder: Path):
        return evaluate(
            assistant, questions, tmp_path / "out", EvaluationOptions(compare_to=folder)
        )

    with pytest.raises(QuestionError, match="rag eval"):
        compare_to(tmp_path / "nowhere")
    with pytest.raises(QuestionError, match="writes into"):
        compare_to(tmp_path / "out")
    other = tmp_path / "other"
    other.mkdir()
    row = {"id": "cost", "question": "Another?", "text": "", "abstained": True, "sentences": [],
           "citations": []}  # fmt: skip
    (other / "predictions.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(QuestionError, match="none of its 1 questions"):
        compare_to(other)
    (other / "predictions.jsonl").write_text('{"id": 1}\n')
    with pytest.raises(QuestionError, match="line 1"):
        compare_to(other)
    assert model.prompts == []


def test_eval_takes_one_split_flag_at_most():
    parse = build_parser().parse_args
    assert parse(["eval", "x"]).split is None
    assert parse(["eval", "x", "--held-out", "--baseline"]).split == "held out"
    assert parse(["eval", "x", "--tuning"]).split == "tuning"
    with pytest.raises(SystemExit):
        parse(["eval", "x", "--tuning", "--held-out"])


def test_eval_takes_kinds_separated_by_commas():
    parse = build_parser().parse_args
    assert parse(["eval", "x"]).without_kinds == ()
    kinds = parse(["eval", "x", "--without-kinds", "overview, metadata,"]).without_kinds
    assert kinds == ("overview", "metadata")


@pytest.mark.real
def test_evaluate_with_a_real_model(tmp_path):
    """The tiny model over seeds/: it answers poorly, but every file is complete."""
    loaded = Settings.load({k: v for k, v in os.environ.items() if k == "RAG_MODELS"})
    settings = replace(
        loaded,
        corpus=ROOT / "seeds",
        index=tmp_path / "index",
        model="smollm2-135m",
        reader="reader",
        max_tokens=24,
    )
    build_index(settings)
    assistant = Assistant.open(settings)
    try:
        report = evaluate(
            assistant,
            ROOT / "tests/questions/seeds.jsonl",
            tmp_path / "out",
            replace(WITH_BASELINE, limit=2),
        )
    finally:
        assistant.close()
    assert report["baseline"]["seconds"]["total"]["of"] == 2
    assert report["baseline"]["seconds"]["total"]["median"] > 0
    assert (tmp_path / "out/report.html").stat().st_size > 10_000

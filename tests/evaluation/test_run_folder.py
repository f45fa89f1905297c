"""The signature of a run, predictions on disk, folders of version 0.1."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import QuestionError
from rag.evaluation import run_folder
from rag.evaluation.dataset import read_questions
from rag.evaluation.prediction import Prediction, from_record, to_record
from rag.evaluation.run_folder import RunFolder, load_predictions, run_signature
from rag.types import Answer, Hit, Note, Passage, Sentence, Timings
from tests.conftest import ROOT
from tests.evaluation.examples import answer_of, cite, eval_question
from tests.evaluation.test_runner import OF_VERSION_0_1


@pytest.fixture
def prediction() -> Prediction:
    answer = Answer(
        "Who?",
        "Who is it?",
        "Kim [1].",
        abstained=False,
        reason=None,
        sentences=(Sentence("Kim.", (1,), supported=True),),
        citations=(cite(1, "Kim came."),),
        passages=(Hit(Passage("a", 0, 9, "Kim came."), 0.5, 0.0, 0.0),),
        draft="Kim [1].",
        timings=Timings(0.1, 0.2, 0.3, 0.4, 1.0),
        confidence=0.75,
        signals={"cosine": 0.5},
        notes=(Note("time_intent", "Of the newest articles."),),
    )
    question = eval_question(id="x", question="Who?", articles=(), parts=(("Kim",), ("Un", "un")))
    return Prediction(question, answer)


def test_prediction_survives_the_way_through_json(prediction):
    for phantoms in (None, 0, 2):
        own = prediction._replace(phantom_citations=phantoms)
        assert from_record(json.loads(json.dumps(to_record(own)))) == own
    assert "phantom_citations" not in to_record(prediction)


def test_a_line_holds_the_whole_question(prediction):
    question = replace(
        prediction.question,
        articles=("a", "b"),
        kind="follow_up",
        must_not=("Moon",),
        also_right=("nobody",),
        history=(("Who came?", "Kim [1]."),),
        since="2021",
        until="2022-03",
        outlets=("Kurier",),
    )
    own = prediction._replace(question=question)
    assert from_record(json.loads(json.dumps(to_record(own)))) == own


def test_from_record_names_a_field_that_evidence_lacks(prediction):
    with pytest.raises(ValueError, match="article"):
        from_record({**to_record(prediction), "evidence": [{"text": "Kim."}]})


def test_from_record_rejects_what_is_no_prediction(prediction):
    record = to_record(prediction)
    for name in ("id", "question", "text", "abstained", "sentences", "citations"):
        with pytest.raises(ValueError, match=name):
            from_record({key: value for key, value in record.items() if key != name})
    for broken in ([], 7, {**record, "sentences": [{"text": "?"}]}, {**record, "citations": [1]}):
        with pytest.raises(ValueError, match="not a prediction"):
            from_record(broken)


def test_run_signature_depends_on_what_changes_answers(toy, questions, monkeypatch):
    every = read_questions(questions)
    signature = run_signature(questions, every, toy, baseline=False)
    other_page = replace(toy, upload=True)
    assert signature == run_signature(questions, every, other_page, baseline=False)
    assert json.loads(json.dumps(signature)) == signature
    other_answers = [replace(every[0], answers=("x",)), *every[1:]]
    for other in (
        run_signature(questions, every[1:], toy, baseline=False),
        run_signature(questions, other_answers, toy, baseline=False),
        run_signature(questions, every, replace(toy, k=3), baseline=False),
        run_signature(questions, every, replace(toy, threads=7), baseline=False),
        run_signature(questions, every, replace(toy, model="other"), baseline=False),
        run_signature(questions, every, toy, baseline=True),
    ):
        assert other != signature
    monkeypatch.setattr(run_folder, "ANSWER_VERSION", run_folder.ANSWER_VERSION + 1)
    assert run_signature(questions, every, toy, baseline=False) != signature


def test_run_signature_does_not_depend_on_the_text_of_the_code(toy, questions, tmp_path):
    shutil.copytree(ROOT / "rag", tmp_path / "rag", ignore=shutil.ignore_patterns("__pycache__"))
    for path in (tmp_path / "rag").rglob("*.py"):
        path.write_text(path.read_text(encoding="utf-8") + "\n# a comment\n", encoding="utf-8")
    program = (
        "import json, sys; from pathlib import Path\n"
        "from rag.settings import Settings; from rag.evaluation.dataset import read_questions\n"
        "from rag.evaluation.run_folder import run_signature\n"
        "path, index = map(Path, sys.argv[1:])\n"
        "settings = Settings(index=index, reader='none')\n"
        "signature = run_signature(path, read_questions(path), settings, baseline=False)\n"
        "print(json.dumps([sys.modules['rag'].__file__, signature]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(questions), str(toy.index)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    file, signature = json.loads(done.stdout)
    assert Path(file).is_relative_to(tmp_path)
    assert signature == run_signature(questions, read_questions(questions), toy, baseline=False)


def interrupted(folder: Path, signature: dict, prediction: Prediction) -> None:
    """Leave a run of one prediction in the folder."""
    RunFolder(folder, signature).append("predictions.jsonl", prediction)


def test_run_folder_resumes_a_run_of_the_same_signature(tmp_path, prediction):
    interrupted(tmp_path, {"k": 4, "answer_version": 1}, prediction)
    resumed = RunFolder(tmp_path, {"k": 4, "answer_version": 1})
    assert resumed.message == "resuming the interrupted run"
    question = replace(prediction.question, articles=("a",), kind="person")
    (stored,) = resumed.predictions("predictions.jsonl", [question])
    assert stored == prediction._replace(question=question)
    other = replace(question, id="y")
    assert resumed.predictions("predictions.jsonl", [other]) == []
    assert (tmp_path / "predictions.jsonl").read_text() == ""


def test_run_folder_starts_over_with_another_signature_and_names_what_changed(tmp_path, prediction):
    interrupted(tmp_path, {"k": 4, "answer_version": 1}, prediction)
    restarted = RunFolder(tmp_path, {"k": 5, "answer_version": 1})
    previous = tmp_path / "previous"
    assert restarted.message == (
        f"{tmp_path} holds an interrupted run with other k: starting over; it is kept in {previous}"
    )
    assert not (tmp_path / "predictions.jsonl").exists()
    assert list(load_predictions(previous)) == [prediction.question.id]
    assert json.loads((previous / "run.json").read_text())["k"] == 4


def test_a_finished_run_is_moved_aside_by_the_next_and_only_the_last_one_stays(
    tmp_path, prediction
):
    signature = {"k": 4}
    for number in range(3):
        folder = RunFolder(tmp_path, signature)
        folder.append("predictions.jsonl", prediction)
        folder.finish({"number": number}, f"<p>{number}")
    previous = tmp_path / "previous"
    message = f"{tmp_path} holds a finished run: starting over; it is kept in {previous}"
    assert folder.message == message
    assert json.loads((previous / "report.json").read_text()) == {"number": 1}
    assert (previous / "report.html").read_text() == "<p>1"
    assert list(load_predictions(previous)) == [prediction.question.id]
    assert json.loads((tmp_path / "report.json").read_text()) == {"number": 2}


def test_a_report_alone_does_not_make_the_next_run_a_finished_one(tmp_path, prediction):
    (tmp_path / "report.json").write_text("{}")
    RunFolder(tmp_path, {"k": 4}).append("predictions.jsonl", prediction)
    assert (tmp_path / "previous/report.json").is_file()
    assert RunFolder(tmp_path, {"k": 4}).message == "resuming the interrupted run"


def test_run_folder_starts_over_after_an_interrupted_run_of_version_0_1(toy, questions, tmp_path):
    folder = tmp_path / "out"
    shutil.copytree(OF_VERSION_0_1, folder)
    (folder / "report.json").unlink()
    signature = run_signature(questions, read_questions(questions), toy, baseline=True)
    restarted = RunFolder(folder, signature)
    assert restarted.message == (
        f"{folder} holds an interrupted run of Footnoted 0.1: starting over; "
        f"it is kept in {folder / 'previous'}"
    )
    assert sorted(path.name for path in folder.iterdir()) == ["previous", "run.json"]
    assert json.loads((folder / "run.json").read_text()) == signature


def test_load_predictions_reads_a_run_of_version_0_1():
    predictions = load_predictions(OF_VERSION_0_1)
    assert list(predictions) == ["cost", "sank", "lost", "cook", "open"]
    lines = (OF_VERSION_0_1 / "predictions.jsonl").read_text().splitlines()
    for line, prediction in zip(lines, predictions.values(), strict=True):
        old, new = json.loads(line), json.loads(json.dumps(to_record(prediction)))
        new["signals"] = {name: new["signals"][name] for name in old["signals"]}  # both names
        assert new["timings"].pop("evidence") is None  # 0.1 had no such time
        for each in new["citations"]:  # nor record citations, their places, corrections
            later = [each.pop(name) for name in ("field", "page", "where", "outlets", "corrected")]
            later += [each.pop(name) for name in ("author", "fragment", "selector")]
            assert later == [None, None, {}, [], [], None, None, []]
        assert {name: new[name] for name in old} == old


def test_run_folder_rejects_a_file(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(QuestionError, match="is a file: name a folder"):
        RunFolder(tmp_path / "out", {})


def test_answers_without_optional_fields_are_loaded(tmp_path):
    record = {"id": 1, "question": "Who?", "text": "Kim.", "abstained": False, "sentences": [],
              "citations": []}  # fmt: skip
    (tmp_path / "predictions.jsonl").write_text(json.dumps(record) + "\n")
    (prediction,) = load_predictions(tmp_path).values()
    assert prediction.question.id == "1"
    assert prediction.answer == replace(answer_of("Kim.", quotes=()), question="Who?", query="Who?")

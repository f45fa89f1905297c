"""An exam from the articles of an index to its folder: questions, answers, counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from rag.assistant import Assistant
from rag.errors import EvaluationInterrupted, QuestionError
from rag.evaluation.dataset import read_questions
from rag.evaluation.exam.run import REMARK, ExamPlan, take_exam
from rag.evaluation.exam.text import render_exam
from rag.evaluation.runner import EvaluationCallbacks
from rag.index.build import build_index
from rag.models.llm.scripted import ScriptedModel
from rag.runtime.cancellation import CancelToken
from rag.settings import Settings
from tests.conftest import VERIFIER_ALONE

SCRIPT = {
    "passengers did Halvard Ferries carry in 2019": "Halvard Ferries carried 612,000 passengers "
    "in 2019 [1].",
    "managing director of Halvard": "Yusra Haddon, the managing director of Halvard Ferries, "
    "praised the crews [1].",
    "of Halvard Ferries?": "Yusra Haddon is the managing director of Halvard Ferries [1].",
    "Who is Lena Holt": "Ivo Brandt, the pilot of the Maren, lives near Sund [1].",
}


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(SCRIPT)


@pytest.fixture
def assistant(
    indexed_for_exam: Settings, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Assistant]:
    """Over five articles; it shows what its model writes where the quotes support it."""
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: VERIFIER_ALONE)
    assistant = Assistant.open(indexed_for_exam, load_model=lambda settings: model)
    yield assistant
    assistant.close()


def test_it_writes_a_question_set_and_the_run_of_rag_eval(assistant, tmp_path, records):
    out = tmp_path / "exam"
    result = take_exam(assistant, out, ExamPlan(12, 1))
    rows = records(out / "questions.jsonl")
    questions = read_questions(out / "questions.jsonl")
    assert [each.id for each in questions] == [f"exam-{n:03}" for n in range(1, len(rows) + 1)]
    assert {"predictions.jsonl", "report.json", "report.html", "run.json", "questions.jsonl"} == {
        each.name for each in out.iterdir()
    }
    assert REMARK in (out / "report.html").read_text()
    assert json.loads((out / "report.json").read_text())["remark"] == REMARK
    every_text = "\n".join(assistant.article(id).text for id in assistant.article_ids())
    for row in rows:
        text = assistant.article(row["articles"][0]).text if row["answerable"] else ""
        assert row["answerable"] == bool(row["answers"])
        assert row["answerable"] == ("near_miss_of" not in row)
        assert row["sentence"] in (text or every_text)
        assert row["kind"].startswith("near_miss_") != row["answerable"]
    answerable = [each for each in questions if each.answerable]
    assert sum(result.answerable.values()) == len(answerable)
    assert sum(result.near_misses.values()) == len(questions) - len(answerable)


def test_right_wrong_and_refused_are_counted_and_faults_are_listed(assistant, tmp_path):
    result = take_exam(assistant, tmp_path / "exam", ExamPlan(30, 1))
    by_question = {each.question: each for each in result.faults}
    assert "How many passengers did Halvard Ferries carry in 2019?" not in by_question
    assert result.answerable["right"] >= 1
    wrong = by_question["Who is Lena Holt?"]
    assert (wrong.outcome, wrong.expected) == ("wrong", ("mayor",))
    answered = [each for each in result.faults if not each.expected]
    assert all(each.kind.startswith("near_miss_") for each in answered)
    assert all("Halvard" in each.answer or "Brandt" in each.answer for each in answered)
    assert result.near_misses["answered"] == len(answered) >= 1
    assert result.answerable["refused"] == sum(each.outcome == "refused" for each in result.faults)
    text = render_exam(result)
    assert "made by machine" in text
    assert "rag calibrate" in text
    assert f"right {result.answerable['right']}, wrong shown {result.answerable['wrong']}" in text
    assert f"answered wrongly {len(answered)}" in text
    assert "expected: mayor" in text


def test_an_interrupted_exam_is_resumed(assistant, model, tmp_path):
    out, cancel, lines = tmp_path / "exam", CancelToken(), []
    done = EvaluationCallbacks(lambda n, total: cancel.cancel() if n == 3 else None)
    with pytest.raises(EvaluationInterrupted):
        take_exam(assistant, out, ExamPlan(10, 1), done, cancel=cancel)
    assert len((out / "predictions.jsonl").read_text().splitlines()) == 3
    before = len(model.prompts)
    take_exam(assistant, out, ExamPlan(10, 1), EvaluationCallbacks(message=lines.append))
    assert "resuming the interrupted run" in lines
    total = len((out / "predictions.jsonl").read_text().splitlines())
    assert len(model.prompts) - before <= 2 * (total - 3)
    assert (out / "report.json").exists()


def test_fewer_questions_than_were_asked_for_are_said(assistant, tmp_path):
    lines: list[str] = []
    callbacks = EvaluationCallbacks(message=lines.append)
    result = take_exam(assistant, tmp_path / "exam", ExamPlan(500, 1), callbacks)
    count = sum(result.answerable.values()) + sum(result.near_misses.values())
    assert f"{count} questions could be made of 5 articles, 500 were asked for" in lines


def test_reading_is_reported_article_by_article(assistant, tmp_path):
    steps: list[tuple[int, int]] = []
    take_exam(
        assistant, tmp_path / "exam", ExamPlan(2, 1), reading=lambda *step: steps.append(step)
    )
    assert steps == [(n, 5) for n in range(1, 6)]


def test_articles_without_a_sentence_that_fits_are_a_plain_error(toy, tmp_path):
    for path in toy.corpus.iterdir():
        path.unlink()
    (toy.corpus / "a.txt").write_text("It rained.\n\nIt rained again, and it was cold.\n")
    build_index(toy)
    assistant = Assistant.open(toy, load_model=lambda settings: ScriptedModel({}))
    with pytest.raises(QuestionError, match=r"no question could be made of the 1 articles of"):
        take_exam(assistant, tmp_path / "exam", ExamPlan(10, 1))
    assert not (tmp_path / "exam").exists()
    assistant.close()


@pytest.mark.parametrize("name", ["notes.txt", "predictions.jsonl", "questions.jsonl"])
def test_a_folder_that_holds_something_else_is_left_alone(assistant, tmp_path, name):
    out = tmp_path / "mine"
    out.mkdir()
    (out / name).write_text('{"id": "q1", "question": "What?"}\n')
    with pytest.raises(QuestionError, match="holds something else than an exam"):
        take_exam(assistant, out, ExamPlan(4, 1))
    assert [each.name for each in out.iterdir()] == [name]
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(QuestionError, match="is a file: name a folder"):
        take_exam(assistant, file, ExamPlan(4, 1))


@pytest.mark.real
def test_an_exam_on_seeds_with_the_real_reader(real_settings, tmp_path):
    assistant = Assistant.open(replace(real_settings, model="none"))
    result = take_exam(assistant, tmp_path / "exam", ExamPlan(8, 1))
    assistant.close()
    assert sum(result.answerable.values()) == 4
    assert result.answerable["right"] >= 3
    assert sum(result.near_misses.values()) == 4
    assert result.near_misses["refused"] >= 2

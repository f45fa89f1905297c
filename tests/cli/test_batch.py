"""`rag ask --file`: questions of a file, answers in a file; a stopped run goes on where it was."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
import time

import pytest

from rag.errors import ModelCrashed, QuestionError
from rag.export.batch.answer_log import AnswerLog
from rag.export.batch.asking import ask_all
from rag.export.batch.question_file import read_questions
from rag.export.batch.table import write_table
from rag.export.dossier import Entry
from rag.types import Answer
from tests.cli.conftest import COST
from tests.conftest import ROOT
from tests.export.support import ANSWER

LOCK = "What did the lock of Osby cost?"
QUESTIONS = [COST, LOCK, "Who leads the union?"]


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "questions.txt"
    path.write_text("\n".join(QUESTIONS) + "\n")
    return path


@pytest.fixture
def out(tmp_path):
    return tmp_path / "answers.jsonl"


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def answer_to(question):
    return Answer(question, question, f"About {question}", True, "not_stated")


def test_json_lines_have_whole_answers_in_order(ask, questions, out):
    _, err = ask("--file", str(questions), "--out", str(out), model="none")
    values = lines_of(out)
    assert [each["question"] for each in values] == QUESTIONS
    single = json.loads(ask(COST, "--json", model="none").out)
    assert values[0]["text"] == single["text"]
    assert values[0]["citations"] == single["citations"]
    assert f"answers: {out}" in err


def test_answers_that_are_there_are_not_asked_again(ask, questions, out, reader):
    ask("--file", str(questions), "--out", str(out), model="none")
    first, asked_before = out.read_text(), len(reader.questions)
    _, err = ask("--file", str(questions), "--out", str(out), model="none")
    assert "3 of 3 questions are answered in" in err
    assert (out.read_text(), len(reader.questions)) == (first, asked_before)
    lines = first.splitlines(keepends=True)
    out.write_text(lines[0] + lines[1][:50])  # as a killed run leaves it
    _, err = ask("--file", str(questions), "--out", str(out), model="none")
    assert "1 of 3 questions are answered in" in err
    assert [each["question"] for each in lines_of(out)] == QUESTIONS
    assert out.read_text().startswith(lines[0])


def test_a_new_question_is_asked_beside_the_old_ones(ask, questions, out):
    ask("--file", str(questions), "--out", str(out), model="none")
    questions.write_text("\n".join(["What sank?", *QUESTIONS]))
    ask("--file", str(questions), "--out", str(out), model="none")
    assert [each["question"] for each in lines_of(out)] == [*QUESTIONS, "What sank?"]


def test_answers_of_another_run_are_kept_and_named(ask, questions, out):
    ask("--file", str(questions), "--out", str(out), model="none")
    before = out.read_text()
    _, err = ask("--file", str(questions), "--out", str(out), "--since", "2024", model="none")
    assert "3 answers in" in err
    assert "other settings, filters or another index" in err
    assert out.read_text() == before


@pytest.mark.parametrize("ending", ["csv", "md", "html"])
def test_a_table_is_written_at_the_end_and_resumed_from_its_log(
    ask, questions, tmp_path, ending, reader
):
    out = tmp_path / f"answers.{ending}"
    _, err = ask("--file", str(questions), "--out", str(out), model="none")
    assert f"each answer is kept in {out}.jsonl" in err
    written, asked_before = out.read_bytes(), len(reader.questions)
    out.unlink()
    ask("--file", str(questions), "--out", str(out), model="none")
    assert (out.read_bytes(), len(reader.questions)) == (written, asked_before)
    text = written.decode()
    assert "18 million crowns" in text
    assert all(each in re.sub(r"\\", "", text) for each in QUESTIONS)


def test_a_table_has_a_row_for_each_question_and_no_formula(tmp_path):
    out = tmp_path / "a.csv"
    formula = "=HYPERLINK(1)"
    write_table(out, [Entry(ANSWER.question, ANSWER), Entry(formula, None, "@fault")])
    rows = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines(keepends=True)))
    assert [each["question"] for each in rows] == ["What happened?", f"'{formula}"]
    assert (rows[0]["answer"], rows[0]["abstained"]) == (ANSWER.text, "no")
    assert rows[0]["sources"].startswith(
        "[1] Ferry sinks, Kurier & Söhne, Ana Lucía van der Meer, Mary O’Brien-Lee, 2024-05-03, "
        "https://kurier.example/a_b?x=1"
    )
    assert len(rows[0]["quotes"].splitlines()) == len(ANSWER.citations)
    assert (rows[1]["answer"], rows[1]["fault"]) == ("", "'@fault")


def test_without_out_the_answers_go_to_stdout(ask, questions):
    out = ask("--file", str(questions), model="none").out
    assert all(each in " ".join(out.split()) for each in QUESTIONS)
    values = json.loads(ask("--file", str(questions), "--json", model="none").out)
    assert [each["question"] for each in values] == QUESTIONS


@pytest.mark.parametrize("count", [1, 2])
def test_without_out_the_form_does_not_depend_on_the_count_and_no_question_is_dropped(
    ask, questions, count
):
    lines = [COST, "x" * 3_000][:count]
    questions.write_text("\n".join(lines))
    status = count - 1
    out, err = ask("--file", str(questions), "--json", model="none", status=status)
    values = json.loads(out)
    assert [each["question"] for each in values] == lines
    assert ["text" in each for each in values] == [True, False][:count]
    for name in ("text", "markdown", "html"):
        out = ask("--file", str(questions), "--format", name, model="none", status=status).out
        assert COST in out
        assert ("shorten it to 2,000" in out) == (count == 2)
    assert ("not answered" in err) == (count == 2)


def test_a_csv_gives_its_column(tmp_path):
    path = tmp_path / "q.csv"
    path.write_bytes('\ufeffid;Question\r\n1;"Who; and\nwhen?"\r\n2;\r\n3;Why?\r\n'.encode())
    assert read_questions(path) == ["Who; and when?", "Why?"]
    path.write_text('question,id\n"Who said ""no"", and why?",1\n')
    assert read_questions(path) == ['Who said "no", and why?']


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("q.csv", b"id,text\n1,Why?\n", "no column `question` (it has id, text)"),
        ("q.csv", b'question\n"Why?\n', "no CSV table"),
        ("q.txt", b"\n \n", "has no question"),
        ("q.csv", b"", "no column `question`"),
        ("q.txt", b"caf\xe9?\n", "is not UTF-8"),
        ("absent.txt", None, "No such file"),
    ],
)
def test_a_file_without_questions_is_refused(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(QuestionError, match=re.escape(message)):
        read_questions(path)


@pytest.mark.parametrize(
    "content",
    [
        *("mine\n", "mine", '{"id": "a", "text": "b"}\n', "[]\n", '{"question": "Why?"}'),
        *(f"{'[' * 50_000}\n", "[" * 50_000),
    ],
    ids=range(7),
)
def test_a_file_of_somebody_else_is_left_alone(ask, questions, out, content):
    out.write_text(content)
    _, err = ask("--file", str(questions), "--out", str(out), model="none", status=1)
    assert "name another --out" in err
    assert out.read_text() == content


def test_a_table_of_somebody_else_is_left_alone(ask, questions, tmp_path):
    out = tmp_path / "mine.csv"
    out.write_text("a,b\n")
    _, err = ask("--file", str(questions), "--out", str(out), model="none", status=1)
    assert "name another --out" in err
    assert out.read_text() == "a,b\n"


def test_an_unknown_ending_is_refused_before_anything_is_asked(ask, questions, tmp_path, reader):
    _, err = ask("--file", str(questions), "--out", "a.docx", model="none", status=1)
    assert "end the name in .jsonl, .csv, .md or .html" in err
    assert reader.questions == []


def test_a_question_that_fails_does_not_stop_the_others_and_is_asked_again(out):
    def failing(question):
        if question == "b":
            raise QuestionError("malformed")
        if question == "c":
            raise ModelCrashed("SIGSEGV")
        return answer_to(question)

    log = AnswerLog.open(out, "x")
    progress = []
    entries = ask_all(
        ["a", "b", "c", "a", "d"], failing, log, lambda *steps: progress.append(steps)
    )
    assert [each.question for each in entries] == ["a", "b", "c", "a", "d"]
    assert [each.fault[:9] for each in entries] == ["", "malformed", "the model", "", ""]
    assert progress == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    assert [each["question"] for each in lines_of(out)] == ["a", "d"]
    asked_again = []
    again = AnswerLog.open(out, "x")
    ask_all(["a", "b", "c", "d"], lambda q: asked_again.append(q) or answer_to(q), again, print)
    assert asked_again == ["b", "c"]


def test_a_failing_question_makes_the_command_fail(ask, questions, tmp_path):
    questions.write_text(f"{COST}\n" + "x" * 3_000 + "\n")
    _, err = ask("--file", str(questions), "--out", str(tmp_path / "a.md"), model="none", status=1)
    assert "shorten it to 2,000" in err
    text = (tmp_path / "a.md").read_text()
    assert "18 million crowns" in text
    assert "*the question has 3,000 characters: shorten it to 2,000*" in text


SLOW = """
import sys, time
from pathlib import Path
from rag.export.batch.answer_log import AnswerLog
from rag.export.batch.asking import ask_all
from rag.types import Answer

def ask(question):
    time.sleep(0.02)
    return Answer(question, question, "About " + question, True, "not_stated")

ask_all([str(n) for n in range(200)], ask, AnswerLog.open(Path(sys.argv[1]), "x"), lambda *_: None)
"""


def test_a_killed_run_loses_no_answer_and_asks_none_twice(out):
    rounds, questions = 0, []
    while len(questions) < 60:
        process = subprocess.Popen([sys.executable, "-c", SLOW, str(out)], cwd=ROOT)
        wait_for_bytes(out, (out.stat().st_size if out.exists() else 0) + 5_000)
        process.send_signal(signal.SIGKILL)
        process.wait()
        whole, _, half = out.read_bytes().rpartition(b"\n")
        out.write_bytes(whole + b"\n" + (half or b'{"question": "ha'))
        questions = [json.loads(line)["question"] for line in whole.split(b"\n")]
        assert questions == [str(n) for n in range(len(questions))]
        rounds += 1
    assert rounds >= 2


def wait_for_bytes(path, size):
    deadline = time.monotonic() + 60
    while not path.exists() or path.stat().st_size < size:
        assert time.monotonic() < deadline
        time.sleep(0.01)

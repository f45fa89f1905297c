"""The real models end to end: the same answer in Python, on the command line, in `rag eval`."""

from __future__ import annotations

import json
import os
import re

import pytest

from rag import Assistant, answer
from tests.conftest import ROOT
from tests.preloaded import run_rag

pytestmark = pytest.mark.real

QUESTION = "What did Kim Jong Un call Putin in his birthday message?"


@pytest.fixture(scope="module")
def assistant(real_settings):
    opened = Assistant.open(real_settings)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def first_answer(assistant):
    return assistant.ask(QUESTION)


def rag(settings, *arguments):
    environ = {
        **{k: v for k, v in os.environ.items() if not k.startswith("RAG_")},
        "RAG_INDEX": str(settings.index),
        "RAG_MODELS": str(settings.models),
        "PYTHONPATH": str(ROOT),
    }
    return run_rag([*map(str, arguments)], environ, settings.index.parent)


def test_an_answer_cites_its_quotes(assistant, first_answer):
    assert "closest comrade" in first_answer.text
    assert not first_answer.abstained
    assert {int(n) for n in re.findall(r"\[(\d+)\]", first_answer.text)} == {
        each.number for each in first_answer.citations
    }
    for each in first_answer.citations:
        assert assistant.article(each.article).text[each.start : each.end] == each.quote
    assert any("closest comrade" in each.quote for each in first_answer.citations)


def same(one, other):
    return {k: v for k, v in one.items() if k != "timings"} == {
        k: v for k, v in other.items() if k != "timings"
    }


def test_python_and_the_command_line_give_the_same_answer(real_settings, assistant, first_answer):
    values = first_answer.to_dict()
    assistant.ask("Who is Artyom Lukin?")
    assert same(answer(QUESTION, settings=real_settings).to_dict(), values)
    process = rag(real_settings, "ask", QUESTION, "--json")
    assert process.returncode == 0, process.stderr
    assert same(json.loads(process.stdout), values)


def test_a_follow_up_is_rewritten_before_the_search(assistant, first_answer):
    history = [(QUESTION, first_answer.text)]
    follow_up = assistant.ask("And which news agency reported it?", history=history)
    assert follow_up.query != follow_up.question
    assert "Putin" in follow_up.query or "Kim" in follow_up.query
    assert any("KCNA" in hit.passage.text for hit in follow_up.passages)


def test_a_question_outside_the_corpus_is_refused_without_a_citation(assistant):
    refusal = assistant.ask("What is the boiling point of ethanol?")
    assert refusal.abstained
    assert refusal.citations == ()
    assert refusal.text.startswith("The articles do not say")


def test_eval_writes_predictions_and_reports(real_settings, tmp_path):
    lines = (ROOT / "tests/questions/seeds.jsonl").read_text().splitlines()
    questions = tmp_path / "set.jsonl"
    two_lines = [lines[0], next(line for line in lines if "Mongolia" in line)]
    questions.write_text("\n".join(two_lines))
    process = rag(real_settings, "eval", questions, "--out", tmp_path / "out")
    assert process.returncode == 0, process.stderr
    predictions = [json.loads(x) for x in (tmp_path / "out/predictions.jsonl").open()]
    assert [each["id"] for each in predictions] == [json.loads(x)["id"] for x in two_lines]
    report = json.loads((tmp_path / "out/report.json").read_text())
    assert report["refused_right"] == {"n": 1, "of": 1, "share": 1.0}
    page = (tmp_path / "out/report.html").read_text()
    assert "<svg" in page
    assert not re.search(r"(src|href)=[\"']?https?:", page)


def test_doctor_finds_no_fault(real_settings):
    process = rag(real_settings, "doctor")
    assert process.returncode == 0, process.stdout + process.stderr
    assert "generates; uses" in process.stdout

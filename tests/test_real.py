"""The whole way with the real models: the same answer in Python, on the command line, in eval."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from rag import Assistant, answer
from tests.conftest import ROOT

pytestmark = pytest.mark.real

QUESTION = "What did Kim Jong Un call Putin in his birthday message?"


@pytest.fixture(scope="module")
def assistant(real_settings):
    opened = Assistant.open(real_settings)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def asked(assistant):
    return assistant.ask(QUESTION)


def rag(settings, *arguments):
    environ = {
        **{k: v for k, v in os.environ.items() if not k.startswith("RAG_")},
        "RAG_INDEX": str(settings.index),
        "RAG_MODELS": str(settings.models),
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(
        [sys.executable, "-m", "rag", *map(str, arguments)],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        cwd=settings.index.parent,
    )


def test_a_question_gets_its_cited_answer(assistant, asked):
    assert "closest comrade" in asked.text
    assert not asked.abstained
    assert {int(n) for n in re.findall(r"\[(\d+)\]", asked.text)} == {
        each.number for each in asked.citations
    }
    for each in asked.citations:
        assert assistant.article(each.article).text[each.start : each.end] == each.quote
    assert any("closest comrade" in each.quote for each in asked.citations)


def same(one, other):
    return {k: v for k, v in one.items() if k != "timings"} == {
        k: v for k, v in other.items() if k != "timings"
    }


def test_the_same_answer_from_python_and_on_the_command_line(real_settings, assistant, asked):
    plain = asked.to_dict()
    assistant.ask("Who is Artyom Lukin?")
    assert same(answer(QUESTION, settings=real_settings).to_dict(), plain)
    told = rag(real_settings, "ask", QUESTION, "--json")
    assert told.returncode == 0, told.stderr
    assert same(json.loads(told.stdout), plain)


def test_a_follow_up_is_made_self_contained(assistant, asked):
    followed = assistant.ask("And which news agency reported it?", history=[(QUESTION, asked.text)])
    assert followed.query != followed.question
    assert "Putin" in followed.query or "Kim" in followed.query
    assert any("KCNA" in hit.passage.text for hit in followed.passages)


def test_nothing_about_it_is_refused_without_a_citation(assistant):
    told = assistant.ask("What is the boiling point of ethanol?")
    assert told.abstained
    assert told.citations == ()
    assert told.text.startswith("The articles do not say")


def test_eval_writes_its_three_files(real_settings, tmp_path):
    lines = (ROOT / "tests/questions/seeds.jsonl").read_text().splitlines()
    questions = tmp_path / "set.jsonl"
    chosen = [lines[0], next(line for line in lines if "Mongolia" in line)]
    questions.write_text("\n".join(chosen))
    done = rag(real_settings, "eval", questions, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    predictions = [json.loads(x) for x in (tmp_path / "out/predictions.jsonl").open()]
    assert [each["id"] for each in predictions] == [json.loads(x)["id"] for x in chosen]
    report = json.loads((tmp_path / "out/report.json").read_text())
    assert report["refused_right"] == {"n": 1, "of": 1, "share": 1.0}
    page = (tmp_path / "out/report.html").read_text()
    assert "<svg" in page
    assert not re.search(r"(src|href)=[\"']?https?:", page)


def test_doctor_finds_nothing_wrong(real_settings):
    done = rag(real_settings, "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "generates; uses" in done.stdout

"""Question sets: reading, splitting, sampling."""

from __future__ import annotations

import json

import pytest

from rag.errors import QuestionError
from rag.evaluation.dataset import held_out, read_questions, select, spread_sample
from tests.evaluation.examples import eval_question


def test_read_questions_takes_one_article_or_several(tmp_path):
    path = tmp_path / "set.jsonl"
    lines = [
        {"question": "Who?", "answers": ["Kim"], "article": "a", "id": "x"},
        {"question": "Why?", "answerable": False, "articles": []},
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    first, second = read_questions(path)
    assert (first.id, first.articles, first.answerable) == ("x", ("a",), True)
    assert (second.id, second.answerable) == ("2", False)


def test_held_out_is_fixed_and_about_half():
    assert [held_out(id) for id in ("s001", "s002", "s003", "s004")] == [False, False, True, True]
    assert 450 < sum(held_out(str(n)) for n in range(1_000)) < 550


def test_spread_sample_keeps_the_order_of_the_set():
    questions = [eval_question(id=str(n)) for n in range(100)]
    sample = spread_sample(questions, 10)
    assert sample == sorted(sample, key=lambda q: int(q.id))
    assert len(sample) == 10
    assert spread_sample(questions[::-1], 10) == sample[::-1]
    assert int(sample[-1].id) > 50


def test_select_takes_the_split_before_the_sample():
    questions = [eval_question(id=str(n)) for n in range(100)]
    selected = select(questions, split="held out", sample=10)
    assert len(selected) == 10
    assert all(held_out(each.id) for each in selected)
    rest = select(questions, split="tuning")
    assert not any(held_out(each.id) for each in rest)
    assert len(rest) + len(select(questions, split="held out")) == 100
    assert [each.id for each in select(questions, limit=2)] == ["0", "1"]
    with pytest.raises(QuestionError, match="--held-out"):
        select([eval_question(id="s001")], split="held out")


@pytest.mark.parametrize(
    "text",
    ["", "not json", '{"id": 1}', "[]", '{"question": "a?", "id": 1}\n{"question": "b?", "id": 1}'],
)
def test_read_questions_rejects_a_broken_set(tmp_path, text):
    path = tmp_path / "set.jsonl"
    path.write_text(text)
    with pytest.raises(QuestionError):
        read_questions(path)

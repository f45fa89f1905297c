from __future__ import annotations

import json

import pytest

from rag.errors import QuestionError
from rag.evaluate import metrics
from rag.evaluate.questions import Question, held_out, read_questions, sample
from rag.types import Passage


def question(**more) -> Question:
    told = {
        "id": "1",
        "question": "?",
        "answerable": True,
        "answers": ("7,000",),
        "articles": ("a",),
    }
    return Question(**{**told, **more})


def answer(text="It was 7000 [1].", quotes=("7,000 men",), abstained=False):
    return {
        "text": text,
        "abstained": abstained,
        "reason": None,
        "citations": [{"quote": quote} for quote in quotes],
    }


@pytest.mark.parametrize(
    ("text", "accepted", "expected"),
    [
        ("He sent 7,000 men", ["7000"], True),
        ("The “closest comrade”", ["closest comrade"], True),
        ("It was Kim Jong-un.", ["Kim Jong Un"], True),
        ("seventeen", ["seven"], False),
        ("It is the U.S.", ["U.S."], True),
        ("anything", [""], False),
        ("An apple", ["the apple"], True),
    ],
)
def test_holds(text, accepted, expected):
    assert metrics.holds(text, accepted) is expected


def test_right_and_cited_right():
    assert metrics.right(question(), answer()) is True
    assert metrics.cited_right(question(), answer(quotes=("some men",))) is False
    assert metrics.right(question(), answer(abstained=True)) is False
    assert metrics.right(question(answers=()), answer()) is None


def test_every_part_must_be_stated():
    two = question(answers=("7,000", "Tarn"), parts=(("7,000",), ("Tarn",)))
    assert metrics.right(two, answer()) is False
    assert metrics.right(two, answer("7,000 in Tarn [1].")) is True


def test_found_looks_at_the_right_article_and_rank():
    ranked = [Passage("b", 0, 5, "7,000"), Passage("a", 0, 5, "7,000")]
    assert metrics.found(question(), ranked, 1) is False
    assert metrics.found(question(), ranked, 2) is True


def test_refusals_count_where_they_apply():
    assert metrics.refused_right(question(answerable=False), answer(abstained=True)) is True
    assert metrics.refused_right(question(), answer(abstained=True)) is None
    assert metrics.refused_wrong(question(), answer(abstained=True)) is True
    assert metrics.refused_wrong(question(answerable=None), answer(abstained=True)) is None


def test_share_and_spread_by_hand():
    assert metrics.share([True, None, False, True]) == {"n": 2, "of": 3, "share": 0.6667}
    assert metrics.share([]) == {"n": 0, "of": 0, "share": None}
    assert metrics.spread([3.0, 1.0, None, 2.0]) == {"of": 3, "median": 2.0, "p95": 3.0}
    assert metrics.spread([float(n) for n in range(1, 101)])["p95"] == 95.0


def test_a_set_is_read(tmp_path):
    path = tmp_path / "set.jsonl"
    lines = [
        {"question": "Who?", "answers": ["Kim"], "article": "a", "id": "x"},
        {"question": "Why?", "answerable": False, "articles": []},
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    first, second = read_questions(path)
    assert (first.id, first.articles, first.answerable) == ("x", ("a",), True)
    assert (second.id, second.answerable) == ("2", False)
    assert len(read_questions(path, limit=1)) == 1


def test_the_split_is_fixed_and_about_half():
    assert [held_out(id) for id in ("s001", "s002", "s003", "s004")] == [False, False, True, True]
    assert 450 < sum(held_out(str(n)) for n in range(1_000)) < 550


def test_a_sample_is_spread_and_keeps_the_order():
    questions = [question(id=str(n)) for n in range(100)]
    drawn = sample(questions, 10)
    assert drawn == sorted(drawn, key=lambda q: int(q.id))
    assert len(drawn) == 10
    assert sample(questions[::-1], 10) == drawn[::-1]
    assert int(drawn[-1].id) > 50


@pytest.mark.parametrize(
    "text",
    ["", "not json", '{"id": 1}', "[]", '{"question": "a?", "id": 1}\n{"question": "b?", "id": 1}'],
)
def test_a_broken_set_is_refused(tmp_path, text):
    path = tmp_path / "set.jsonl"
    path.write_text(text)
    with pytest.raises(QuestionError):
        read_questions(path)

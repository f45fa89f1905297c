"""Question sets: reading, splitting, sampling."""

from __future__ import annotations

import json

import pytest

from rag.errors import QuestionError
from rag.evaluation.dataset import EvalQuestion, held_out, read_questions, select, spread_sample
from rag.retrieval.filters import SearchFilter
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


def test_read_questions_reads_every_field(tmp_path):
    path = tmp_path / "set.jsonl"
    line = {
        "id": "trap", "kind": "year_trap", "question": "And in 2021?", "answerable": True,
        "answers": ["9.4 million"], "parts": [["9.4 million", "9.4m"], [2021]],
        "articles": ["a", "b"], "must_not": ["38.2"], "also_right": ["no profit"],
        "history": [["What of 2019?", "It made 38.2 million. [1]"], ["Why?", "Ships. [1]"]],
        "since": "2021-01-01", "until": "2021", "outlets": ["Kurier"],
    }  # fmt: skip
    path.write_text(json.dumps(line))
    (question,) = read_questions(path)
    assert question == EvalQuestion(
        id="trap",
        question="And in 2021?",
        answerable=True,
        answers=("9.4 million",),
        articles=("a", "b"),
        parts=(("9.4 million", "9.4m"), ("2021",)),
        kind="year_trap",
        must_not=("38.2",),
        also_right=("no profit",),
        history=(("What of 2019?", "It made 38.2 million. [1]"), ("Why?", "Ships. [1]")),
        since="2021-01-01",
        until="2021",
        outlets=("Kurier",),
    )
    assert question.filters == SearchFilter("2021-01-01", "2021", ("Kurier",))


def test_read_questions_takes_all_for_parts_of_one_spelling(tmp_path):
    path = tmp_path / "set.jsonl"
    both = {"question": "Which?", "all": ["340", "290"]}
    path.write_text(json.dumps(both) + "\n" + json.dumps(both | {"parts": [["340"]], "id": "x"}))
    first, second = read_questions(path)
    assert (first.parts, first.answerable) == ((("340",), ("290",)), True)
    assert second.parts == (("340",),)


def test_read_questions_takes_null_for_a_missing_field(tmp_path):
    path = tmp_path / "set.jsonl"
    names = ("answerable", "answers", "all", "parts", "articles", "kind", "must_not", "also_right",
             "history", "since", "until", "outlets")  # fmt: skip
    path.write_text(json.dumps({"question": "Who?", **dict.fromkeys(names)}))
    assert read_questions(path) == [EvalQuestion("1", "Who?", None, (), ())]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"answerable": "no"}, "answerable is 'no': write true or false"),
        ({"answers": "Kim"}, "answers is not a list of strings"),
        ({"answers": [None]}, "answers is not a list of strings"),
        ({"all": [["Kim"]]}, "all is not a list of strings"),
        ({"articles": [["a"]]}, "articles is not a list of strings"),
        ({"parts": ["Kim"]}, "parts is not a list of lists"),
        ({"parts": [[]]}, "parts is not a list of lists"),
        ({"must_not": "900"}, "must_not is not a list of strings"),
        ({"also_right": {"no": 1}}, "also_right is not a list of strings"),
        ({"history": "Who?"}, "history is not a list of pairs"),
        ({"history": [["Who?"]]}, "history is not a list of pairs"),
        ({"history": [["Who?", 3]]}, "history is not a list of pairs"),
        ({"since": 2021}, "since is 2021: write a date as"),
        ({"until": "soon"}, "the end “soon” is not a date: write it as"),
        ({"since": "2022", "until": "2021"}, "the start 2022 is after the end 2021: swap them"),
        ({"outlets": [True]}, "outlets is not a list of strings"),
    ],
)
def test_read_questions_names_the_line_of_a_malformed_field(tmp_path, fields, message):
    path = tmp_path / "set.jsonl"
    path.write_text('{"question": "Why?"}\n' + json.dumps({"question": "Who?", **fields}))
    with pytest.raises(QuestionError) as caught:
        read_questions(path)
    assert str(caught.value).startswith(f"{path}, line 2: {message}")


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


def test_select_leaves_kinds_out():
    kinds = ("fact", "overview", "", "metadata")
    questions = [eval_question(id=str(n), kind=kind) for n, kind in enumerate(kinds)]
    rest = select(questions, without_kinds=("overview", "metadata"))
    assert [each.id for each in rest] == ["0", "2"]
    with pytest.raises(QuestionError, match=r"'facts': .* some of fact, metadata, overview"):
        select(questions, without_kinds=("facts",))
    with pytest.raises(QuestionError, match="this one has none"):
        select([eval_question()], without_kinds=("fact",))
    with pytest.raises(QuestionError, match="leaves no question"):
        select(questions[:1], without_kinds=("fact",))


@pytest.mark.parametrize(
    "text",
    [
        *("", "not json", '{"id": 1}', "[]", "[" * 50_000),
        '{"question": "a?", "id": 1}\n{"question": "b?", "id": 1}',
    ],
    ids=range(6),
)
def test_read_questions_rejects_a_broken_set(tmp_path, text):
    path = tmp_path / "set.jsonl"
    path.write_text(text)
    with pytest.raises(QuestionError):
        read_questions(path)

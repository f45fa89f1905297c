"""What the measurements are made with: by hand, without a model."""

from __future__ import annotations

import importlib.util
import json

import numpy as np

from benchmarks.__main__ import DOCUMENT, MODULES, PARTS
from benchmarks.common import middle, table, tuning_questions
from benchmarks.lookup import looked_up, quoted
from benchmarks.pictures import by_size
from benchmarks.retrieval import MadeUp, corpus
from rag.evaluation.dataset import held_out


def test_each_part_is_there_and_has_its_place_in_the_document():
    told = DOCUMENT.read_text()
    for part in PARTS:
        assert importlib.util.find_spec(f"benchmarks.{MODULES.get(part, part)}")
        assert told.count(f"<!-- {part} -->") == told.count(f"<!-- /{part} -->") == 1


def test_what_followed_the_last_tokens_is_looked_up():
    assert looked_up([1, 2, 3, 4, 5, 1, 2, 3], 2) == [4, 5]
    assert looked_up([1, 2, 3, 9, 1, 2, 3, 8, 1, 2, 3], 1) == [8]  # the last time it stood there
    assert looked_up([7, 2, 3, 4, 5, 1, 2, 3], 9) == [4, 5, 1, 2, 3]  # two alike, not three
    assert looked_up([1, 2, 3], 5) == []
    assert quoted([1, 2, 3, 4, 5], [0, 1, 2, 3, 4]) == 0.5


def test_questions_that_are_held_out_are_not_measured_with():
    assert len(tuning_questions(8)) == 8
    assert not any(held_out(each.id) for each in tuning_questions(99))


def test_made_up_articles_are_the_same_each_time(tmp_path):
    for name in ("a", "b"):
        corpus(tmp_path / name, 40)
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text()
    articles = [json.loads(line) for line in (tmp_path / "a").read_text().splitlines()]
    assert [len(each["text"].split("\n")) for each in articles] == [4] * 10
    made = MadeUp(np.eye(5, dtype=np.float32))
    texts = [each["text"] for each in articles]
    assert np.array_equal(made.encode(texts), made.encode(texts))
    assert np.allclose(np.linalg.norm(made.encode(texts), axis=1), 1)


def test_a_table_and_a_picture(tmp_path):
    assert table(["a", "b"], [[1, 2.0], ["x", 0.125]]) == (
        "| a | b |\n| --- | --- |\n| 1 | 2.00 |\n| x | 0.12 |"
    )
    assert middle([3.0, 1.0, 2.0]) == 2.0
    told = {n: {do: {"all": 1.0 * n} for do in ("build", "search", "add")} for n in (10, 100)}
    by_size(told, tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text().count("<path") > 10

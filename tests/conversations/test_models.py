"""The JSON form of a turn and of an answer loses nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from rag.conversations.models import ChatTurn, Feedback
from rag.errors import QuestionError
from rag.retrieval.filters import SearchFilter
from rag.types import Answer
from tests.conversations.support import COST, make_turn

TURN = make_turn(
    COST, filters=SearchFilter("2024", "", ("Kurier",)), feedback=Feedback(True, "ja", "2026")
)


def as_json(values: Any) -> Any:
    """The same after a way through a file."""
    return json.loads(json.dumps(values))


def test_an_answer_comes_back_equal_from_its_dict_with_all_scores() -> None:
    assert Answer.from_dict(as_json(COST.to_dict(all_scores=True))) == COST


def test_an_answer_without_all_scores_comes_back_but_for_those() -> None:
    hits = tuple(replace(hit, cosine=0.0, keyword=0.0) for hit in COST.passages)
    assert Answer.from_dict(as_json(COST.to_dict())) == replace(COST, passages=hits)
    assert "cosine" not in COST.to_dict()["passages"][0]


def test_a_turn_comes_back_equal_from_its_json() -> None:
    assert ChatTurn.from_json(as_json(TURN.to_json())) == TURN


def test_a_turn_ignores_keys_of_a_later_version() -> None:
    later = TURN.to_json() | {"new": 1}
    later["answer"] |= {"mood": "glad"}
    later["feedback"] |= {"mood": "glad"}
    assert ChatTurn.from_json(later) == TURN


def test_a_turn_accepts_the_keys_of_version_0_1() -> None:
    old = TURN.to_json()
    old["asked"], old["verdict"] = old.pop("asked_at"), old.pop("feedback")
    old |= old.pop("filters")
    assert ChatTurn.from_json(as_json(old)) == TURN
    begun = old | {"stage": "begun", "answer": None}
    assert ChatTurn.from_json(begun).stage == "interrupted"


@pytest.mark.parametrize("stage", ["waiting", "searching", "reading", "writing"])
def test_a_turn_under_way_is_written_as_interrupted(stage: Any) -> None:
    turn = replace(TURN, stage=stage)
    assert turn.under_way and turn.to_json()["stage"] == "interrupted"


@pytest.mark.parametrize("wrong", [{}, {"filters": {"since": "May"}}, {"answer": {"text": ""}}])
def test_values_that_are_no_turn_are_rejected(wrong: dict[str, Any]) -> None:
    values = TURN.to_json() | wrong if wrong else {}
    with pytest.raises((KeyError, TypeError, ValueError, QuestionError)):
        ChatTurn.from_json(values)

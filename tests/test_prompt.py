"""What a model reads: its layout, and worked examples that keep our own rules."""

from itertools import pairwise

import pytest

from rag.grounding import claims_of, supports
from rag.kinds import plainly_unanswered
from rag.orders import readable
from rag.prompt import FRAMES, answer_prompt
from rag.worked import ANSWERS, READINGS


def test_a_number_stands_behind_its_passage_and_is_read_in_its_place():
    asked = answer_prompt("chatml", "Who sang?", ["Children sang. [7]", "It\nrained."])
    told = [(piece.text, piece.alone) for piece in asked.rest if not piece.frame]
    assert told == [
        ("Children sang.", True),
        (" [1]\n", False),
        ("It rained.", True),
        (" [2]\n", False),
        ("\nQuestion: Who sang?", False),
    ]


@pytest.mark.parametrize("frame", FRAMES)
def test_the_constant_part_is_the_same_for_every_question(frame):
    one = answer_prompt(frame, "Who sang?", ["Children sang."])
    other = answer_prompt(frame, "When?", [])
    assert one.constant == other.constant
    assert not any(piece.alone for piece in one.constant)


@pytest.mark.parametrize(("passages", "question", "told"), ANSWERS)
def test_worked_answers_pass_our_own_check(passages, question, told):
    assert [readable(text) for text in passages] == list(passages)
    for claim in claims_of(told, len(passages)):
        (named,) = claim.passages
        assert named in {each.passage for each in supports(claim, passages, question)}
    assert not plainly_unanswered(question, told)


def test_worked_readings_say_yes_and_no_of_each_quote_and_never_twice_of_one():
    quotes = [quote for quote, *_ in READINGS]
    for each in set(quotes):
        assert {right for quote, _, _, right in READINGS if quote == each} == {True, False}
    assert all(one != other for one, other in pairwise(quotes))

"""Who did it, and to whom."""

from __future__ import annotations

import random

from rag.training.examples import Example
from rag.training.roles import make_role_examples

LENDERS = [Example("x", str(n), "", f"The {n} lamps were lit.", None) for n in range(5)]


def test_half_is_answered_by_a_party_or_the_thing_and_the_twin_is_not():
    drawn = make_role_examples(400, LENDERS, random.Random(4))
    assert len(drawn) == 400
    for answered, twin in zip(drawn[::2], drawn[1::2], strict=True):
        ((start, end),) = answered.spans
        answer = answered.passage[start:end]
        assert answered.answers is True
        assert answer.strip() == answer != ""
        assert answer not in answered.first
        assert (twin.answers, twin.spans, twin.passage) == (False, (), answered.passage)
        assert twin.first != answered.first
        assert "lamps were lit." in twin.passage
        assert answered.group == twin.group


def test_a_verb_that_is_told_of_one_is_not_asked_of_the_other():
    beaten = [
        e for e in make_role_examples(4000, LENDERS, random.Random(5)) if " beat " in e.passage
    ]
    for example in beaten:
        winner = example.passage.split(" beat ")[0].split("lit. ")[-1]
        if example.first.endswith(f"beat {winner}?") and example.first.startswith("Who beat"):
            assert example.answers is False
        if example.first == f"Who did {winner} beat?":
            assert example.answers is True
    assert len(beaten) > 20


def test_no_lender_no_examples():
    assert make_role_examples(5, [], random.Random(3)) == []

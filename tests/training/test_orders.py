"""Orders planted in passages."""

from __future__ import annotations

import random

from rag.training.examples import Example
from rag.training.orders import KINDS_HELD_OUT, ORDERS, plant_orders


def examples() -> list[Example]:
    return [
        Example(
            "x", str(n), f"Who won race {n}?", f"Anna{n} won it.", True, ((0, len(f"Anna{n}")),)
        )
        for n in range(40)
    ]


def test_half_of_the_planted_passages_still_answer_by_their_own_words():
    planted = plant_orders(examples(), 200, random.Random(3))
    assert len(planted) == 200
    answered = [each for each in planted if each.answers]
    assert 70 <= len(answered) <= 130
    for each in answered:
        ((start, end),) = each.spans
        assert each.passage[start:end] == f"Anna{each.group}"
        assert len(each.passage) > len(f"Anna{each.group} won it.")
    assert all(each.spans == () for each in planted if not each.answers)


def test_five_of_ten_kinds_are_kept_from_training():
    assert len(ORDERS) == 10
    assert len(KINDS_HELD_OUT) == 5
    assert set(KINDS_HELD_OUT) < set(ORDERS)
    text = "\n".join(each.passage for each in plant_orders(examples(), 300, random.Random(3)))
    for kind, sentence in (("authority", "By order of the publisher"), ("hint", "Suggested reply")):
        assert kind in KINDS_HELD_OUT
        assert sentence not in text


def test_no_examples_or_one_answer_alone_give_no_orders():
    assert plant_orders([], 5, random.Random(3)) == []
    assert plant_orders(examples()[:1], 5, random.Random(3)) == []

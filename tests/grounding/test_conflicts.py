from __future__ import annotations

import pytest

from rag.grounding.conflicts import find_conflict
from rag.text.stemming import stem_tokens
from rag.types import Hit, Passage

QUESTION = "How much did the bridge over the Sund cost?"
CLAIM = "The bridge over the Sund cost 18 million crowns."


def hits(**texts):
    return [Hit(Passage(id, 0, len(t), t), 0.1, 0.5, 1.0) for id, t in texts.items()]


def found(claim=CLAIM, question=QUESTION, own=("a",), **others):
    rarity = dict.fromkeys(stem_tokens([question])[0], 1.0)
    told = find_conflict(claim, question, rarity, hits(a=claim, **others), own)
    return told.text if told else None


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("It rained. The bridge over the Sund cost 25 million crowns. It snowed.", True),
        ("The bridge over the Sund cost 18 million crowns.", False),
        ("The bridge over the Sund cost eighteen million crowns.", False),
        ("The bridge over the Sund cost 25 lives.", False),  # another kind
        ("The ferry cost 25 million crowns.", False),  # another thing
        ("The bridge over the Sund cost a fortune.", False),
        ("The bridge over the Sund cost 18 million crowns, not 25 million crowns.", False),
    ],
)
def test_a_different_figure_for_the_same_thing(other, expected):
    told = found(b=other)
    assert (told is not None) is expected
    if told:
        assert told == "The bridge over the Sund cost 25 million crowns."


def test_dates_are_compared_with_dates():
    question = "When was the bridge over the Sund opened?"
    claim = "The bridge over the Sund was opened on May 3."
    assert found(claim, question, b="The bridge over the Sund was opened on 4 May 1987.")
    assert not found(claim, question, b="The bridge over the Sund was opened on 3 May.")
    assert not found(claim, question, b="The bridge over the Sund was opened with 12 trumpets.")
    assert not found(claim, question, b="The bridge over the Sund was opened by Maren Junker.")


def test_the_same_article_does_not_disagree_with_itself():
    assert found(own=("a", "b"), b="The bridge over the Sund cost 25 million crowns.") is None


def test_the_span_lies_in_the_passage():
    text = "It rained.  The bridge over the Sund cost 25 million crowns.  It snowed."
    rarity = dict.fromkeys(stem_tokens([QUESTION])[0], 1.0)
    told = find_conflict(CLAIM, QUESTION, rarity, hits(b=text), [])
    assert text[slice(*told.span)] == told.text
    assert told.hit == 0

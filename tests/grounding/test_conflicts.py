from __future__ import annotations

import pytest

from rag.grounding.conflicts import find_conflict
from rag.text.stemming import stem_tokens
from rag.types import Hit, Passage

QUESTION = "How much did the bridge over the Sund cost?"
CLAIM = "The bridge over the Sund cost 18 million crowns."


def hits_of(start=0, **texts):
    return [Hit(Passage(id, start, start + len(t), t), 0.1, 0.5, 1.0) for id, t in texts.items()]


def equal_idf(question):
    return dict.fromkeys(stem_tokens([question])[0], 1.0)


def conflict_text(claim=CLAIM, question=QUESTION, cited=("a",), **others):
    hits = hits_of(a=claim, **others)
    conflict = find_conflict(claim, question, equal_idf(question), hits, cited)
    return conflict.text if conflict else None


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
def test_find_conflict_finds_another_number_for_the_same_fact(other, expected):
    text = conflict_text(b=other)
    assert (text is not None) is expected
    if text:
        assert text == "The bridge over the Sund cost 25 million crowns."


def test_find_conflict_compares_dates_with_dates():
    question = "When was the bridge over the Sund opened?"
    claim = "The bridge over the Sund was opened on May 3."
    opened = "The bridge over the Sund was opened"
    assert conflict_text(claim, question, b=f"{opened} on 4 May 1987.")
    assert not conflict_text(claim, question, b=f"{opened} on 3 May.")
    assert not conflict_text(claim, question, b=f"{opened} with 12 trumpets.")
    assert not conflict_text(claim, question, b=f"{opened} by Maren Junker.")


def test_find_conflict_ignores_articles_that_are_cited():
    other = "The bridge over the Sund cost 25 million crowns."
    assert conflict_text(cited=("a", "b"), b=other) is None


def test_find_conflict_gives_the_span_in_the_article():
    text = "It rained.  The bridge over the Sund cost 25 million crowns.  It snowed."
    hits = hits_of(start=7, b=text)
    conflict = find_conflict(CLAIM, QUESTION, equal_idf(QUESTION), hits, [])
    assert ("." * 7 + text)[conflict.start : conflict.end] == conflict.text
    assert conflict.article == "b"

"""What speaks against the words found."""

from __future__ import annotations

import pytest

from rag.retrieval.evidence.doubts import is_counted_from_event
from rag.types import SpanReading

ALARM = "The alarm of the Sula went off two days before she ran aground, a deckhand has told us."


def counted(question: str, text: str, words: str) -> bool:
    start = text.index(words)
    return is_counted_from_event(question, text, SpanReading(start, start + len(words), 1.0, 1.0))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When did the Sula run aground?", "two days before she ran aground"),
        ("On what day did the Sula run aground?", "two days"),
        ("When did the Sula run aground?", "before she ran aground"),
    ],
)
def test_a_time_counted_from_the_event_does_not_tell_when_it_was(question: str, words: str) -> None:
    assert counted(question, ALARM, words)


@pytest.mark.parametrize(
    ("question", "text", "words"),
    [
        ("When did the alarm go off?", ALARM, "two days before she ran aground"),
        ("How long before the Sula ran aground did the alarm go off?", ALARM, "two days"),
        ("When did Ane Moe resign?", "Ane Moe resigned a week after the vote.", "a week after"),
        ("When was the vote?", "The vote was on 3 May, a week before she resigned.", "3 May"),
        ("When did the Sula sail?", "The Sula sailed on 3 May, two days before Easter.", "3 May"),
    ],
)
def test_a_time_counted_from_something_else_does(question: str, text: str, words: str) -> None:
    assert not counted(question, text, words)

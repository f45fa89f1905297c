"""What speaks against the words found."""

from __future__ import annotations

import pytest

from rag.retrieval.evidence.doubts import (
    is_counted_from_event,
    is_no_winner,
    is_not_asserted,
    is_of_other_edition,
)
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


def other_edition(question: str, text: str, words: str) -> bool:
    start = text.index(words)
    return is_of_other_edition(question, text, SpanReading(start, start + len(words), 1.0, 1.0))


@pytest.mark.parametrize(
    ("question", "text", "words"),
    [
        ("Who won the Brim Cup?", "Ada Ley won the Junior Brim Cup on Sunday.", "Ada Ley"),
        ("Who won the Brim Cup?", "Tarn won the women's Brim Cup.", "Tarn"),
        ("Where was the Brim Cup held?", "The under-21 edition took place in Tarn.", "Tarn"),
        ("Who won the Orr Prize for fiction?", "The sister prize went to Ivo Ek.", "Ivo Ek"),
        ("Who won the Orr Prize for fiction?", "Ivo Ek won it for non-fiction.", "Ivo Ek"),
        ("Who won the marathon?", "Ivo Ek won the wheelchair race.", "Ivo Ek"),
    ],
)
def test_another_edition_is_not_the_one_asked_for(question: str, text: str, words: str) -> None:
    assert other_edition(question, text, words)


@pytest.mark.parametrize(
    ("question", "text", "words"),
    [
        ("Who won the Junior Brim Cup?", "Ada Ley won the Junior Brim Cup.", "Ada Ley"),
        ("Which women won the Brim Cup?", "Tarn won the women's Brim Cup.", "Tarn"),
        ("Who won the under-21 cup?", "Tarn won the Under-21 cup.", "Tarn"),
        ("Who won the Brim Cup?", "Tarn won the Brim Cup. The junior cup is on Monday.", "Tarn"),
        ("Who chairs the bank?", "Ada Ley chairs the bank, which pays student loans.", "Ada Ley"),
        ("Who leads the youth club?", "The youth club is led by Ivo Ek.", "Ivo Ek"),
        ("How many boats did Tarn sell?", "Tarn sold nine boats of its reserve.", "nine"),
        ("What share is white?", "The non-Hispanic white share is half.", "half"),
        ("How many does the ferry take?", "Her sister ship takes ninety people.", "ninety"),
    ],
)
def test_an_edition_that_is_asked_for_or_not_spoken_of_is(
    question: str, text: str, words: str
) -> None:
    assert not other_edition(question, text, words)


def not_asserted(question: str, text: str, words: str) -> bool:
    start = text.index(words)
    return is_not_asserted(question, text, SpanReading(start, start + len(words), 1.0, 1.0))


@pytest.mark.parametrize(
    ("question", "text", "words"),
    [
        ("When did Ane Moe die?", "Rumours that Ane Moe died on 5 May are false.", "5 May"),
        ("When did Ane Moe die?", "Her agent denied reports that she died on 5 May.", "5 May"),
        ("How many boats sank?", "An untrue story of nine boats went round.", "nine"),
        ("Who is suing the bank?", "The guild has decided not to sue the bank.", "The guild"),
        ("Who wrote The Mill?", "Ane Moe is often asked whether she wrote The Mill.", "Ane Moe"),
    ],
)
def test_what_a_sentence_says_is_not_so_is_no_answer(question: str, text: str, words: str) -> None:
    assert not_asserted(question, text, words)


@pytest.mark.parametrize(
    ("question", "text", "words"),
    [
        ("Which rumour was false?", "The rumour that she died is false.", "that she died"),
        ("Who did not sue the bank?", "The guild decided not to sue the bank.", "The guild"),
        ("Who leads the guild?", "Ivo Ek of the guild decided not to sue the bank.", "Ivo Ek"),
        ("When did she die?", "She died on Monday. Reports of a murder are false.", "Monday"),
        ("Who asked for help?", "Ivo Ek asked for help.", "Ivo Ek"),
        ("How many boats sank?", "Reports say that nine boats sank.", "nine"),
    ],
)
def test_what_it_does_assert_is(question: str, text: str, words: str) -> None:
    assert not not_asserted(question, text, words)


def no_winner(question: str, text: str, words: str, years: frozenset[str] = frozenset()) -> bool:
    start = text.index(words)
    span = SpanReading(start, start + len(words), 1.0, 1.0)
    return is_no_winner(question, text, span, years)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who won the Brim Cup?", "Ada Ley gave up at the bridge."),
        ("who won the brim cup", "Ada Ley, the 2019 winner, gave up at the bridge."),
        ("Who was the winner of the Brim Cup?", "The 2019 champion, Ada Ley, did not row."),
        ("Winner of the Brim Cup?", "Ada Ley (Tarn) came in third."),
        ("Which skipper took first place?", "Ada Ley, a potter, finished second in 1:04:10."),
        ("Do you know who was victorious in the Brim Cup?", "Ada Ley lost by a length."),
        ("Who took the Brim Cup title?", "Ada Ley, who was narrowly beaten, wept."),
        ("Who won the Brim Cup in 2021?", "Ada Ley, the 2019 women's champion, capsized."),
        ("Name the winner of the Brim Cup.", "Ada Ley, last year’s winner, rang the bell."),
        ("Who came first in the Brim Cup?", "Ada Ley, the defending champion, was fourth."),
    ],
)
def test_who_gave_up_or_won_another_year_is_not_who_won(question: str, text: str) -> None:
    assert no_winner(question, text, "Ada Ley", frozenset({"2022"}))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who won the Brim Cup?", "Ada Ley won the Brim Cup on Sunday."),
        ("Who won the Brim Cup?", "Ada Ley, the 2019 winner, won again."),
        ("Who won the Brim Cup?", "Ada Ley, the 2022 winner, told us of her blisters."),
        ("Who won the Brim Cup in 2019?", "Ada Ley, the 2019 winner, gave up this time."),
        ("Who won the Brim Cup?", "Ada Ley beat Ivo Ek, who came second."),
        ("Who won the Brim Cup?", "The defending champion, Ada Ley, beat Ivo Ek by a length."),
        ("Who won the Brim Cup?", "Ada Ley, 24, is the third woman to win the Brim Cup."),
        ("Who won the Brim Cup?", "Ada Ley last week won the Brim Cup."),
        ("Who came second in the Brim Cup?", "Ada Ley came second."),
        ("Who gave up?", "Ada Ley gave up at the bridge."),
        ("Who lost to the winner of the Brim Cup?", "Ada Ley lost by a length."),
        ("Who is the defending champion?", "Ada Ley, the defending champion, was fourth."),
        ("Who did the winner beat?", "Ada Ley was beaten by a length."),
    ],
)
def test_who_won_is_the_winner_whatever_else_is_said_of_them(question: str, text: str) -> None:
    assert not no_winner(question, text, "Ada Ley", frozenset({"2022"}))

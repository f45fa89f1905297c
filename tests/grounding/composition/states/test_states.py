"""The latest state of a matter, and what it was before."""

from __future__ import annotations

from rag.grounding.composition.states.holder import compose_holder
from rag.grounding.composition.states.latest import compose_latest
from rag.types import Article
from tests.grounding.composition.judged_passages import material_of
from tests.scripted_reader import ScriptedReader

SPRING = Article(
    "spring", "Kell tunnel", "The tunnel at Kell will cost 30 million crowns.", "Post", "2021-04-01"
)
AUTUMN = Article(
    "autumn", "Kell tunnel", "The tunnel at Kell will cost 41 million crowns.", "Post", "2021-10-01"
)
COST = "What is the latest cost of the tunnel at Kell?"


class CostReader(ScriptedReader):
    """Finds the sum in each passage."""

    def read(self, question, passages, records):  # type: ignore[no-untyped-def]
        amounts = ("30 million", "41 million")
        amount_of = {each: next((a for a in amounts if a in each), "") for each in passages}
        return [self._reading(each, amount_of[each]) for each in passages]


def test_the_state_before_stands_beside_the_latest_one() -> None:
    composed = compose_latest(material_of(COST, [AUTUMN, SPRING], CostReader({})))
    assert composed is not None
    assert [each.text for each in composed.sentences] == [
        "Now, reported on 1 October 2021: “The tunnel at Kell will cost 41 million crowns.”",
        "Before, reported on 1 April 2021: “The tunnel at Kell will cost 30 million crowns.”",
    ]
    assert [each.article for each in composed.citations] == ["autumn", "spring"]


def test_a_matter_that_was_never_told_otherwise_is_left_to_the_quotation() -> None:
    same = Article("same", "Kell tunnel", AUTUMN.text + " Work goes on.", "News", "2021-09-01")
    assert compose_latest(material_of(COST, [AUTUMN, same], CostReader({}))) is None


def test_a_state_of_something_else_is_not_what_it_was_before() -> None:
    other = Article(
        "other",
        "Sund tunnel",
        "The tunnel at Sund will cost 30 million crowns.",
        "Post",
        "2021-04-01",
    )
    assert compose_latest(material_of(COST, [AUTUMN, other], CostReader({}))) is None


HARBOUR = Article(
    "harbour", "Harbour of Kell", "The harbour of Kell is led by Marta Sund.", "Post", "2020-05-02"
)
CHANGE = Article(
    "change",
    "Kell harbour",
    "Marta Sund resigned on Monday as head of the harbour of Kell. "
    "Her successor is Jonas Vik, who comes from the railway.",
    "Post",
    "2021-06-08",
)
READER = ScriptedReader({"harbour": "Marta Sund"})


def test_an_office_is_held_by_whoever_followed() -> None:
    question = "Who leads the harbour of Kell now?"
    composed = compose_latest(material_of(question, [HARBOUR, CHANGE], READER))
    assert composed is not None
    assert [each.text for each in composed.sentences] == [
        "Now, reported on 8 June 2021: “Marta Sund resigned on Monday as head of the harbour of "
        "Kell. Her successor is Jonas Vik, who comes from the railway.”",
        "Before, reported on 2 May 2020: “The harbour of Kell is led by Marta Sund.”",
    ]


def test_who_is_in_office_needs_no_word_for_now() -> None:
    composed = compose_holder(
        material_of("Who is head of the harbour of Kell?", [HARBOUR, CHANGE], READER)
    )
    assert composed is not None
    assert "Jonas Vik" in composed.sentences[0].text


def test_nobody_follows_on_their_own_successor() -> None:
    """An older story that is told again is no second change."""
    again = Article(
        "again",
        "Kell harbour",
        "Jonas Vik has run the harbour of Kell for a year. "
        "He was once replaced by Marta Sund at the railway.",
        "Post",
        "2022-06-08",
    )
    question = "Who leads the harbour of Kell now?"
    composed = compose_latest(material_of(question, [HARBOUR, CHANGE, again], READER))
    assert composed is not None
    assert "Her successor is Jonas Vik" in composed.sentences[0].text


def test_a_successor_of_somebody_else_does_not_count() -> None:
    elsewhere = Article(
        "elsewhere",
        "Sund bank",
        "Olga Brekke left the bank of Sund in March. Her successor is Jonas Vik.",
        "Post",
        "2021-06-08",
    )
    question = "Who leads the harbour of Kell now?"
    assert compose_latest(material_of(question, [HARBOUR, elsewhere], READER)) is None


def test_who_was_in_office_at_a_time_is_by_what_was_told_up_to_then() -> None:
    class Unsure(ScriptedReader):
        """Finds the head only where the question names no time."""

        def read(self, question, passages, records):  # type: ignore[no-untyped-def]
            answer = "" if "2020" in question else "Marta Sund"
            return [self._reading(each, answer) for each in passages]

    question = "Who was head of the harbour of Kell in August 2020?"
    composed = compose_holder(material_of(question, [HARBOUR, CHANGE], Unsure({})))
    assert composed is not None
    assert [each.text for each in composed.sentences] == [
        "Reported on 2 May 2020: “The harbour of Kell is led by Marta Sund.”"
    ]


def test_a_winner_is_no_holder_of_an_office() -> None:
    question = "Who was the winner of the race at Kell in 2020?"
    assert compose_holder(material_of(question, [HARBOUR], READER)) is None

"""The latest state of a matter and what it was before; who holds an office."""

from __future__ import annotations

import pytest

from rag.grounding.composition.states.holder import compose_holder
from rag.grounding.composition.states.latest import compose_latest
from rag.grounding.composition.states.offices import asks_for_holder_now, holds_office
from rag.types import Article, SpanReading
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
    composed = compose_holder(material_of(question, [HARBOUR, CHANGE], READER))
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
    composed = compose_holder(material_of(question, [HARBOUR, CHANGE, again], READER))
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
    assert compose_holder(material_of(question, [HARBOUR, elsewhere], READER)) is None


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


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        (
            "Marta Sund handed over the harbour of Kell in June. It was Jonas Vik who took the "
            "chair at the first meeting. Rain fell.",
            "Marta Sund handed over the harbour of Kell in June. It was Jonas Vik who took the "
            "chair at the first meeting.",
        ),
        (
            "“We have room,” says Jonas Vik. The harbour of Kell made him its head when Marta Sund "
            "retired. Rain fell.",
            "“We have room,” says Jonas Vik. The harbour of Kell made him its head when Marta Sund "
            "retired.",
        ),
        (
            "Marta Sund, who had headed the harbour of Kell since 2012, has gone back to sea.",
            "Marta Sund, who had headed the harbour of Kell since 2012, has gone back to sea.",
        ),
    ],
)
def test_whoever_left_is_not_told_to_be_in_office(text: str, quoted: str) -> None:
    """What is told with the departure names the successor, before it or after; or nobody does."""
    later = Article("later", "Kell", text, "Post", "2022-06-08")
    material = material_of("Head of the harbour of Kell?", [HARBOUR, later], READER)
    composed = compose_holder(material)
    assert composed is not None
    assert composed.sentences[0].text == f"Now, reported on 8 June 2022: “{quoted}”"
    assert "Before, reported on 2 May 2020" in composed.sentences[1].text


class OfficeReader(ScriptedReader):
    """Is sure of Marta Sund, and doubts Jonas Vik."""

    def read(self, question, passages, records):  # type: ignore[no-untyped-def]
        readings = []
        for each in passages:
            start = each.find("Jonas Vik")
            doubted = SpanReading(start, start + len("Jonas Vik"), -1.0, -1.0)
            readings.append(doubted if start >= 0 else self._reading(each, "Marta Sund"))
        return readings


def test_the_very_office_of_somebody_else_in_a_newer_article_counts() -> None:
    text = "Jonas Vik, head of the harbour of Kell, cut the ribbon."
    later = Article("later", "Kell", text, "Post", "2022-06-08")
    question = "Who is head of the harbour of Kell?"
    composed = compose_holder(material_of(question, [HARBOUR, later], OfficeReader({})))
    assert composed is not None
    assert composed.sentences[0].text == f"Now, reported on 8 June 2022: “{text}”"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who chairs the water board?", True),
        ("Artistic director of the Lund festival?", True),
        ("Lund festival: who is the coach?", True),
        ("Current race director, Lund Marathon?", True),
        ("Who's in charge of the Lund plant these days?", True),
        ("Who is now head of the county's Road Service?", True),
        ("Whom would I write to as head of the trust?", True),
        ("Who wrote to the minister?", False),
        ("Who accuses the bank's director of lying?", False),
        ("Who is suing the mayor of Lund?", False),
        ("Who is the mayor's wife?", False),
        ("Letter to the mayor of Lund?", False),
        ("Death of the mayor?", False),
        ("Had the captain of the Teal been drinking?", False),
        ("Who succeeded Ada Holm as chief marshal?", False),
        ("Who was the mayor of Lund in 2020?", False),
        ("What did the mayor of Lund say?", False),
        ("Age of the tram driver?", False),
        ("Former mayor of Lund?", False),
    ],
)
def test_a_question_for_who_holds_an_office_now(question: str, expected: bool) -> None:
    assert asks_for_holder_now(question) is expected


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("Who is the mayor of Lund?", "Mayor Ada Holm of Lund cut the ribbon.", True),
        ("Who is the mayor of Lund?", "Deputy mayor Ada Holm of Lund cut it.", False),
        ("Who is the mayor of Lund?", "Former mayor Ada Holm of Lund cut it.", False),
        ("Who edits the Post?", "Ada Holm, the editor, carried a mug.", True),
        ("Artistic director of the festival?", "Artistic director Ada Holm spoke.", True),
        ("Artistic director of the festival?", "The director Ada Holm won a prize.", False),
        ("Who is the fire chief?", "The police chief, Ada Holm, spoke.", False),
    ],
)
def test_whether_a_sentence_gives_the_office_of_the_question(
    question: str, text: str, expected: bool
) -> None:
    assert holds_office(question, text, "Ada Holm") is expected

"""What an overview is to be about, by the wording of the question."""

from __future__ import annotations

import pytest

from rag.text.questions.topics import Topic, asks_for_overview, names_topic, parse_topic


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What do the articles say about the fire at Lund?", Topic("fire at Lund")),
        ("Please give me a short overview of what is known about eels.", Topic("eels")),
        ("Summarise the article “Eels return”.", Topic("Eels return", True, "Eels return")),
        ("Sum up the article about the eels", Topic("eels", True)),
        ("What do the reports tell of the paper mill?", Topic("paper mill")),
        ("What happened to the Aurora, and what became of the affair?", Topic("Aurora")),
        ("What is known about “Winter Sun”?", Topic("“Winter Sun”")),
        ("How has the shipyard been doing over the years?", Topic("shipyard")),
        ("What was the row over the eels all about?", Topic("eels")),
        ("Brief me on the vote at Lund and its outcome.", Topic("vote at Lund")),
        ("could you walk us through the merger and the consequences", Topic("merger")),
        ("Summarise.", Topic("")),
    ],
)
def test_the_frame_is_taken_off(question: str, topic: Topic) -> None:
    assert parse_topic(question) == topic


def test_who_asks_to_be_told_of_a_matter_asks_for_an_overview() -> None:
    assert asks_for_overview("Brief us on the strike")
    assert asks_for_overview("Please take me through the trial.")
    assert not asks_for_overview("Who briefed me on the strike?")
    assert not asks_for_overview("Take the ferry to Lund")


def test_too_much_is_no_topic() -> None:
    assert names_topic(Topic("fire at Lund"))
    assert not names_topic(Topic(""))
    assert not names_topic(Topic("the fire " * 7))

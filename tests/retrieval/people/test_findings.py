"""Where a passage answers what is asked of a person."""

from __future__ import annotations

import pytest

from rag.retrieval.people.findings import Finding, PassageText, disagrees, find_all
from rag.retrieval.people.requests import PersonRequest, parse_person_request

TEXT = (
    "The ferry Maren sank off Tarn. Harbour master Lena Holt, 44, said the pumps had failed. "
    "“We had three of them and none ran,” she said. She denied that the crew had been drunk. "
    "Marek Dal, an angler, said the crew had sung. “A fine evening,” he said, “until the bell.”"
)


def best(question: str, text: str = TEXT, before: int = 0) -> Finding | None:
    request = parse_person_request(question)
    assert request is not None
    found_here = find_all(request, PassageText(text, "", before))
    return max(found_here, key=lambda each: each.log_odds, default=None)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who is Lena Holt?", "Harbour master"),
        ("What does Marek Dal do for a living?", "an angler"),
        ("who is marek dal", "an angler"),
        ("Who said that the pumps had failed?", "Lena Holt"),
        ("Who denied that the crew had been drunk?", "Lena Holt"),
        ("Who rejected the idea that the crew was drunk?", "Lena Holt"),
        ("Who said “We had three of them”?", "Lena Holt"),
        ("Whose words are these: “a fine evening until the bell”?", "Marek Dal"),
        ("Who said that the crew had sung?", "Marek Dal"),
    ],
)
def test_the_words_that_answer(question: str, answer: str) -> None:
    finding = best(question)
    assert finding is not None
    assert TEXT[finding.answer_start : finding.answer_end] == answer
    assert finding.start <= finding.answer_start and finding.answer_end <= finding.end


@pytest.mark.parametrize(
    "question",
    [
        "Who is Ines Vega?",
        "Who said “there was never any danger at all”?",
        "What did Ines Vega say about the pumps?",
    ],
)
def test_what_is_not_there_is_not_found(question: str) -> None:
    assert best(question) is None


def test_another_saying_is_worth_nothing() -> None:
    finding = best("Who said that the captain had resigned on Monday?")
    assert finding is not None and finding.log_odds <= 0 and not finding.certain


def test_what_stands_before_a_passage_names_the_speaker() -> None:
    place = TEXT.index("She denied")
    finding = best("Who denied that the crew had been drunk?", before=place)
    assert finding is not None and finding.end > place
    assert TEXT[finding.answer_start : finding.answer_end] == "Lena Holt"


def test_a_quotation_asked_for_is_direct_speech() -> None:
    finding = best("How did Lena Holt describe the pumps?")
    assert finding is not None
    assert TEXT[finding.start : finding.end].endswith(
        "“We had three of them and none ran,” she said."
    )


def test_its_head_is_read_behind_the_sentence_that_says_whose() -> None:
    text = "It rained. The anglers want a vote. “Soon,” said its head, Ines Vega. It rained."
    finding = best("Who is Ines Vega?", text)
    assert finding is not None
    assert text[finding.start : finding.end] == (
        "The anglers want a vote. “Soon,” said its head, Ines Vega."
    )
    assert text[finding.answer_start : finding.answer_end] == "its head"


def test_what_speaks_against_a_sentence() -> None:
    passage = PassageText(TEXT)
    role = PersonRequest("role", "Ines Vega")
    assert disagrees(role, "It sank.", passage) < 0
    assert disagrees(PersonRequest("role", "Lena Holt"), "It sank.", passage) == 0
    husband = "Her husband, the baker Ivo Holt, came."
    assert disagrees(PersonRequest("role", "Lena Vik-Holt"), husband, PassageText(husband)) < 0
    quotation = PersonRequest("speaker", words="never any danger", quoted=True)
    assert disagrees(quotation, "It sank.", passage) < 0
    saying = PersonRequest("speaker", words="the captain had resigned")
    assert disagrees(saying, "Marek Dal said it had rained.", passage) < 0
    assert disagrees(saying, "Marek Dal said the captain left.", passage) == 0

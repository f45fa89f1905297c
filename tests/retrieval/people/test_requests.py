"""What a question asks of a person, and where a passage answers it."""

from __future__ import annotations

import pytest

from rag.retrieval.people.requests import PersonRequest, parse_person_request

TEXT = (
    "The ferry Maren sank off Tarn. Harbour master Lena Holt, 44, said the pumps had failed. "
    "“We had three of them and none ran,” she said. She denied that the crew had been drunk. "
    "Marek Dal, an angler, said the crew had sung."
)


@pytest.mark.parametrize(
    ("question", "request_"),
    [
        ("Who is Lena Holt?", PersonRequest("role", "Lena Holt")),
        ("What does Lena Holt do?", PersonRequest("role", "Lena Holt")),
        ("Which office does Lena Holt hold?", PersonRequest("role", "Lena Holt")),
        ("What is Lena Holt's job?", PersonRequest("role", "Lena Holt")),
        (
            "Who said that the pumps had failed?",
            PersonRequest("speaker", words="the pumps had failed"),
        ),
        (
            "Who denied that the crew was drunk?",
            PersonRequest("speaker", words="the crew was drunk", denied=True),
        ),
        (
            "Which angler remarked “none of them ran”?",
            PersonRequest("speaker", words="none of them ran", quoted=True),
        ),
        (
            "What did Lena Holt say about the pumps?",
            PersonRequest("statement", "Lena Holt", "the pumps"),
        ),
        ("What did Lena Holt say?", PersonRequest("statement", "Lena Holt")),
        (
            "With what image did the harbour master Lena Holt describe the pumps?",
            PersonRequest("statement", "Lena Holt", "the pumps", quoted=True),
        ),
        (
            "What did Lena Holt compare the pumps to?",
            PersonRequest("statement", "Lena Holt", "the pumps", quoted=True),
        ),
    ],
)
def test_requests(question: str, request_: PersonRequest) -> None:
    assert parse_person_request(question) == request_


@pytest.mark.parametrize(
    "question",
    [
        "Who is the mayor of Tarn now?",
        "Who is the mayor?",
        "who was this man?",
        "Who won the race?",
        "What did the bridge cost?",
        "When did Lena Holt say that?",
        "Who told Lena Holt?",
    ],
)
def test_other_questions_are_none(question: str) -> None:
    assert parse_person_request(question) is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who is Lena Holt?", "Harbour master"),
        ("Who is Marek Dal?", "an angler"),
        ("who is marek dal", "an angler"),
        ("Who said that the pumps had failed?", "Lena Holt"),
        ("Who denied that the crew had been drunk?", "Lena Holt"),
        ("Who said “We had three of them”?", "Lena Holt"),
        ("Who said that the crew had sung?", "Marek Dal"),
    ],
)
def test_the_words_that_answer(question: str, answer: str) -> None:
    request = parse_person_request(question)
    assert request is not None
    span = request.find(TEXT, "")
    assert span is not None
    assert TEXT[span.answer_start : span.answer_end] == answer
    assert span.start <= span.answer_start and span.answer_end <= span.end


@pytest.mark.parametrize(
    "question",
    [
        "Who is Ines Vega?",
        "Who said that the captain had resigned on Monday?",
        "Who denied that the pumps had failed?",
        "Who said “there was never any danger at all”?",
        "What did Marek Dal say about the pumps?",
        "How did Marek Dal describe the pumps?",
        "How did Lena Holt describe the weather in the north?",
    ],
)
def test_what_is_not_there_is_not_found(question: str) -> None:
    request = parse_person_request(question)
    assert request is not None and request.find(TEXT, "") is None


def test_what_stands_before_a_passage_names_the_speaker() -> None:
    request = parse_person_request("Who denied that the crew had been drunk?")
    assert request is not None
    before = TEXT.index("She denied")
    span = request.find(TEXT, "", before)
    assert span is not None and TEXT[span.answer_start : span.answer_end] == "Lena Holt"
    assert request.find(TEXT[before:], "") is None


def test_a_sentence_that_denies_accords_and_another_saying_does_not() -> None:
    denial = parse_person_request("Who denied that the crew had been drunk?")
    saying = parse_person_request("Who said that the captain had resigned?")
    assert denial is not None and saying is not None
    assert denial.accordance("The owner denies it.", "", "") > 0
    assert saying.accordance("Marek Dal said it had rained.", "", "") < 0
    assert saying.accordance("Marek Dal said the captain left.", "", "") == 0


def test_its_head_is_read_behind_the_sentence_that_says_whose() -> None:
    text = "It rained. The anglers want a vote. “Soon,” said its head, Ines Vega. It rained."
    request = parse_person_request("Who is Ines Vega?")
    assert request is not None
    span = request.find(text, "")
    assert span is not None
    assert text[span.start : span.end] == (
        "The anglers want a vote. “Soon,” said its head, Ines Vega."
    )
    assert text[span.answer_start : span.answer_end] == "its head"


def test_the_only_quotation_of_somebody_is_their_image_of_a_thing() -> None:
    request = parse_person_request("How did Lena Holt describe the pumps?")
    assert request is not None
    span = request.find(TEXT, "")
    assert span is not None
    assert TEXT[span.start : span.end].endswith("“We had three of them and none ran,” she said.")
    twice = f"{TEXT} “They were toys,” said Lena Holt."
    assert request.find(twice, "") is None

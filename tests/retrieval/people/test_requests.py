"""What a question asks of a person, in any wording."""

from __future__ import annotations

import pytest

from rag.retrieval.people.requests import PersonRequest, parse_person_request

ROLE = PersonRequest("role", "Lena Holt")


@pytest.mark.parametrize(
    "question",
    [
        "Who is Lena Holt?",
        "What does Lena Holt do?",
        "What does Lena Holt do for a living?",
        "Which office does Lena Holt hold?",
        "What is Lena Holt's job?",
        "Lena Holt – role?",
        "Tell me who Lena Holt is.",
        "Any idea who Lena Holt is?",
        "Lena Holt: what does she do at Tarn Ferries?",
        "How does Lena Holt earn her living?",
        "Whom does Lena Holt speak for?",
        "In what capacity did Lena Holt act at the harbour vote?",
        "Lena Holt: what is her postion at Tarn Ferries?",
        "What was Lena Holt's role at the trial?",
    ],
)
def test_a_role_is_asked_for_in_any_wording(question: str) -> None:
    assert parse_person_request(question) == ROLE


def test_a_name_typed_in_haste() -> None:
    assert parse_person_request("who is lena holt") == PersonRequest("role", "lena holt")
    assert parse_person_request("tell me who lena holt is") == PersonRequest("role", "lena holt")


@pytest.mark.parametrize(
    "question",
    [
        "Who said “none of them ran”?",
        "“none of them ran” – whose words?",
        "Which angler remarked “none of them ran”?",
        "Somebody said “none of them ran”. Who?",
        "who came up with the line “none of them ran”",
    ],
)
def test_whose_words_these_are(question: str) -> None:
    expected = PersonRequest("speaker", words="none of them ran", quoted=True)
    assert parse_person_request(question) == expected


@pytest.mark.parametrize(
    ("question", "act", "words"),
    [
        ("Who said that the pumps had failed?", "say", "that the pumps had failed"),
        ("Who denied that the crew was drunk?", "deny", "that the crew was drunk"),
        ("Which angler ruled out a race?", "deny", "a race"),
        ("who has publicly confirmed it sank", "confirm", "it sank"),
        ("Who warned of ice?", "warn", "of ice"),
        ("Who wanted the captain out?", "demand", "wanted the captain out"),
    ],
)
def test_who_says_something(question: str, act: str, words: str) -> None:
    request = parse_person_request(question)
    assert request is not None
    assert (request.kind, request.act, request.words) == ("speaker", act, words)


@pytest.mark.parametrize(
    ("question", "words", "quoted"),
    [
        ("What did Lena Holt say about the pumps?", "pumps", False),
        ("What did Lena Holt say?", "", False),
        ("What exactly did Lena Holt say about the pumps?", "pumps", True),
        ("How did Lena Holt describe the pumps, in her own words?", "pumps", True),
        ("What were Lena Holt's exact words about the pumps?", "pumps", True),
        ("What did Lena Holt compare the pumps to?", "pumps", True),
    ],
)
def test_what_somebody_says(question: str, words: str, quoted: bool) -> None:
    request = parse_person_request(question)
    assert request is not None
    assert (request.kind, request.name, request.quoted) == ("statement", "Lena Holt", quoted)
    assert request.words.startswith(words)


@pytest.mark.parametrize(
    "question",
    [
        "Who is the mayor of Tarn now?",
        "who is mayor of tarn now",
        "Who is the mayor?",
        "who was this man?",
        "Who won the race?",
        "What did the bridge cost?",
        "When did Lena Holt say that?",
        "Who painted “Boats at the Quay”?",
        "Who wrote the article about the quay?",
        "Which articles did Lena Holt write?",
        "In which year was “none of them ran” said?",
        "What did Tarn Ferries earn?",
        "Who worked for Lena Holt?",
        "Who represented Lena Holt in court?",
        "Who was with Lena Holt?",
    ],
)
def test_other_questions_are_none(question: str) -> None:
    assert parse_person_request(question) is None

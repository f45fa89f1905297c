"""Questions for a date in their standard form, and the date of a sentence that answers."""

from __future__ import annotations

import pytest

from rag.text.questions.date_requests import parse_date_request, standard_question
from rag.text.questions.event_dates import (
    DatedSentence,
    accordance,
    choose_date,
    is_of_the_report,
)


@pytest.mark.parametrize(
    ("question", "standard"),
    [
        ("Date of the 2021 Tarn Regatta?", "On what day was the 2021 Tarn Regatta?"),
        ("what was the exact date of the fire", "On what day was the fire?"),
        ("On what date did the ferry sink?", "On what day did the ferry sink?"),
        ("when did the ferry sink, exact date please", "On what day did the ferry sink?"),
        ("When did the ferry sink? I need the date.", "On what day did the ferry sink?"),
        ("Day on which Lena Holt quit", "On what day was it that Lena Holt quit?"),
        ("Tell me when Tarn won: day, month, year.", "On what day was it that Tarn won?"),
        ("The bridge opened on which date?", "On what day was it that The bridge opened?"),
        ("Give me the year the mill opened", "In what year was it that the mill opened?"),
        ("In which month and year did it open?", "In which month and year did it open?"),
        ("When did the ferry sink?", "When did the ferry sink?"),
        ("Who won, and in what year?", "Who won, and in what year?"),
        ("Which day nursery closed?", "Which day nursery closed?"),
        ("How many days did the strike last?", "How many days did the strike last?"),
    ],
)
def test_a_question_for_a_date_in_the_standard_form(question, standard) -> None:
    assert standard_question(question) == standard


def test_the_most_precise_unit_that_is_named_is_asked_for() -> None:
    request = parse_date_request("What month did the mill open in, and of which year?")
    assert request is not None
    assert (request.precision, request.event) == ("month", "did the mill open in")
    assert parse_date_request("What time did it open?") is None


def _chosen(question: str, text: str, span: str, published: str = "2024-02-02") -> str | None:
    request = parse_date_request(question)
    assert request is not None
    start = text.index(span)
    date = choose_date(
        request, DatedSentence(text, "", text, published), (start, start + len(span))
    )
    return date and date.words


@pytest.mark.parametrize(
    ("question", "text", "span", "words"),
    [
        (
            "What day did the council vote?",
            "The pool will stay open, the council voted on Thursday, after it met in May.",
            "in May",
            "Thursday, 1 February 2024",
        ),
        (
            "When did the union agree?",
            "The union agreed on Tuesday on a rise of 5 percent from March.",
            "March",
            "Tuesday, 30 January 2024",
        ),
        (
            "When did the bridge close?",
            "The bridge, which closed in March 2021, opened on 3 May 2022.",
            "3 May 2022",
            "March 2021",
        ),
        ("On what day did the mill open?", "The mill opened in May 2023.", "May", None),
        ("When did the ship leave?", "On Friday the ship left at noon.", "at noon", None),
    ],
)
def test_the_date_of_the_event_is_chosen_among_those_of_a_sentence(question, text, span, words):
    assert _chosen(question, text, span) == words


def test_a_sentence_accords_with_the_event_by_the_words_that_both_have() -> None:
    request = parse_date_request("When did the alarm of the Maren ring?")
    assert request is not None

    def share(text: str, headline: str) -> float:
        return accordance(request, DatedSentence(text, headline, "The Maren sank.", None))

    assert share("The alarm rang on 3 May.", "Ferry sinks") == 1.0  # the passage names the Maren
    assert share("The ferry sank on 3 May.", "Ferry sinks") == 0.0


def test_the_day_on_which_something_is_reported_is_not_that_of_the_event() -> None:
    request = parse_date_request("On what day did the ferry run aground?")
    assert request is not None
    text = "The ferry ran aground off Tarn, investigators said in a report published on Friday."
    date = choose_date(request, DatedSentence(text, "", text, "2024-02-02"), (76, 82))
    assert date is not None
    assert is_of_the_report(request, text, date)
    sentence = "The ferry ran aground on Friday, the company said."
    other = choose_date(request, DatedSentence(sentence, "", sentence, "2024-02-02"), (25, 31))
    assert other is not None
    assert not is_of_the_report(request, sentence, other)

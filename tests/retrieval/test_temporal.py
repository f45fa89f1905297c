"""Relative times: counted from the newest article, preferred in the ranking, named in a note."""

from __future__ import annotations

from datetime import date

import pytest

from rag.assistant import Assistant
from rag.models.llm.scripted import ScriptedModel
from rag.retrieval.search import boost_by_date
from rag.retrieval.temporal import (
    TimeIntent,
    TimePreference,
    parse_time_intent,
    without_latest,
)
from rag.types import Hit, Passage
from tests.conftest import VERIFIER_ALONE

NEWEST = "2025-03-12"  # a Wednesday


def preference(question: str, newest: str = NEWEST) -> TimePreference:
    intent = parse_time_intent(question)
    assert intent is not None
    resolved = intent.resolve(newest)
    assert resolved is not None
    return resolved


@pytest.mark.parametrize(
    ("question", "since"),
    [
        ("What has changed since June?", date(2024, 6, 1)),
        ("What has changed since March?", date(2025, 3, 1)),
        ("Who came since late Dec?", date(2024, 12, 1)),
        ("What happened last week?", date(2025, 3, 5)),
        ("What happened over the past three weeks?", date(2025, 2, 19)),
        ("What happened in the last 10 days?", date(2025, 3, 2)),
        ("What happened last month?", date(2025, 2, 1)),
        ("What happened last year?", date(2024, 1, 1)),
        ("What happened in the past year?", date(2024, 1, 1)),
        ("What happened this month?", date(2025, 3, 1)),
        ("What happened this week?", date(2025, 3, 10)),
        ("What was said yesterday?", date(2025, 3, 11)),
        ("What is the latest on the bridge?", None),
        ("Where is the most recent test site?", None),
    ],
)
def test_a_time_intent_counts_from_the_newest_article(question, since):
    assert preference(question).since == since


@pytest.mark.parametrize(
    "question",
    [
        "What happened since June 2024?",
        "Since when does the bridge stand?",
        "Whose wall is seen even today?",
        "Which wall is seen even today?",
        "What did the weekly say?",
        "Who was last?",
    ],
)
def test_a_question_that_names_no_relative_time_has_no_time_intent(question):
    assert parse_time_intent(question) is None


@pytest.mark.parametrize("newest", [None, "some day", ""])
def test_a_time_intent_without_a_dated_article_is_no_preference(newest):
    intent = parse_time_intent("What happened last week?")
    assert intent is not None
    assert intent.resolve(newest) is None


def test_a_time_intent_keeps_what_the_question_says():
    assert parse_time_intent("What was said over the Past Three Weeks?") == TimeIntent(
        "over the Past Three Weeks", "past", unit="week", count="three"
    )
    assert parse_time_intent("What changed since Dec?") == TimeIntent(
        "since Dec", "since", month="Dec"
    )
    assert parse_time_intent("What came yesterday?") == TimeIntent("yesterday", "this")


def test_a_time_intent_of_very_many_years_has_a_first_day():
    assert preference("What happened in the last 999 years?", "2024").since == date(1725, 3, 14)


def test_describe_says_how_the_time_was_interpreted():
    latest = preference("What is the latest on the bridge?")
    published = ["2024-05-01", None, "2023"]
    assert latest.describe(published) == "Newest article on this: 1 May 2024."
    assert latest.describe([None]) == ""
    since = preference("What changed since June?", "2025-03")
    assert since.describe(published) == (
        "“since June” is read as 1 June 2024 and after: the newest article here is of March 2025."
    )


def hits(count: int) -> list[Hit]:
    return [
        Hit(Passage(f"a{n:02}", 0, 1, "x"), 2.5 / (61 + n), 0.5, 0.0) for n in range(count)
    ]  # fused from two rankings that agree


def test_boost_by_date_ranks_the_newest_among_the_best_passages_only():
    latest = preference("the latest?")
    dates: list[str | None] = [None, "2023", "2024-05-01", "2025-03-12", *["2020"] * 8]
    dates[11] = "2026"  # too far from the question
    order = [each.passage.article for each in boost_by_date(hits(12), dates, latest)]
    assert order[:3] == ["a03", "a02", "a01"]
    assert set(order[-2:]) == {"a10", "a11"}


def test_boost_by_date_puts_a_period_first_in_the_order_of_its_passages():
    since = preference("What changed since January?")
    dates = ["2020", None, "2025-02-01", "2025", "2024-12-31"]
    order = [each.passage.article for each in boost_by_date(hits(5), dates, since)]
    assert order == ["a02", "a03", "a00", "a01", "a04"]


@pytest.fixture
def assistant(indexed_toy, monkeypatch):
    model = ScriptedModel({"ferry": "The ferry Maren sank on 3 May [1]."})
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: VERIFIER_ALONE)
    opened = Assistant.open(indexed_toy, load_model=lambda settings: model)
    yield opened
    opened.close()


def test_an_answer_and_an_abstention_carry_the_note_on_time(assistant):
    answer = assistant.ask("Which day is the latest on which the ferry Maren sank?")
    assert not answer.abstained
    assert answer.note.startswith("Newest article on this: ")
    assert answer.to_dict()["note"] == answer.note
    assert answer.to_dict()["notes"] == [{"kind": "time_intent", "text": answer.note}]
    refusal = assistant.ask("What did the harbour of Xanadu cost last month?")
    assert refusal.abstained
    assert refusal.notes[0].text == (
        "“last month” is read as 1 May 2024 and after: the newest article here is of June 2024."
    )
    assert assistant.ask("When did the ferry Maren sink?").note == ""


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who is the mayor of Lund today?", "latest"),
        ("Who leads the party at the moment?", "latest"),
        ("What happened in Lund today?", "this"),
    ],
)
def test_the_state_of_today_is_the_latest_and_its_news_are_of_today(question, kind):
    assert parse_time_intent(question).kind == kind


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many are ill at the moment?", "How many are ill?"),
        ("What has the weir cost so far, going by the last report?", "What has the weir cost?"),
        ("What is the current toll of the flood?", "What is the toll of the flood?"),
        ("Who leads the choir these days?", "Who leads the choir?"),
        ("Who won the race?", None),
        ("Who leads now?", None),
    ],
)
def test_a_question_without_its_words_for_the_newest(question: str, expected: str | None) -> None:
    assert without_latest(question) == expected

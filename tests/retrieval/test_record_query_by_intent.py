"""What is asked of the records in wordings that no rule knows, by the intent of a question."""

from __future__ import annotations

import pytest

from rag.retrieval.query_plan import plan_query
from rag.retrieval.records.by_intent import record_query_of
from rag.retrieval.records.description import RecordQuery
from rag.types import Intent
from tests.retrieval.test_record_query import RECORDS

FOUND = {
    (
        "Maja Öberg, headlines of all she wrote",
        Intent("collection", 0.99, "list", "Maja Öberg"),
    ): RecordQuery("list", bylines=("Maja Öberg",)),
    (
        "The report on the closing of the mill is by which reporter?",
        Intent("metadata", 0.99, "author", "the closing of the mill"),
    ): RecordQuery("field", topic="the closing of the mill", field="author"),
    (
        "Which item of the whole archive goes back furthest?",
        Intent("collection", 0.99, "oldest"),
    ): RecordQuery("article", order="oldest"),
    (
        "The Northern Post: how many texts in the folder?",
        Intent("collection", 0.98, "count"),
    ): RecordQuery("count", bylines=("The Northern Post",)),
}


@pytest.mark.parametrize(("reading", "query"), FOUND.items())
def test_the_intent_tells_what_is_asked_and_names_and_topic_of_what(reading, query) -> None:
    question, intent = reading
    assert record_query_of(question, intent, RECORDS) == query


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        (
            "What does a receiver have to be equipped with?",  # no word for articles
            Intent("collection", 0.94, "summary", ""),
        ),
        ("Which article?", Intent("metadata", 0.99, "author", "")),  # none is described
        ("The article's address?", Intent("metadata", 0.99, "url", "mill")),  # not in the records
        ("What did the paper report that day?", Intent("metadata", 0.99, "day", "")),  # which day?
        ("Which paper was it?", Intent("metadata", 0.99, None, "the mill")),
        (
            "Which news agency's story is the fire article?",
            Intent("metadata", 0.99, "outlet", "fire"),
        ),
    ],
)
def test_what_the_records_cannot_answer_is_asked_of_the_texts(question, intent) -> None:
    assert record_query_of(question, intent, RECORDS) is None


PUBLISHED = Intent("metadata", 0.97, "published", "the fire")


@pytest.mark.parametrize(
    "question",
    [
        "On what day did the harbour board release its report on the fire?",
        "When did the fire office issue its figures?",
        "In what month did the court publish a report about the fire?",
        "Date on which the harbour board presented its report",
        "when was the board's report on the fire published",
        "When was the report by the fire office released?",
    ],
)
def test_what_a_body_releases_is_an_event_that_articles_tell_of(question) -> None:
    assert record_query_of(question, PUBLISHED, RECORDS) is None


@pytest.mark.parametrize(
    "question",
    [
        "When did the story about the fire appear?",
        "When did the mill fire story appear?",
        "On what day did the Northern Post release its report on the fire?",
        "When was the report on the fire published?",
        "Day of Maja Öberg's report on the fire?",
    ],
)
def test_what_an_outlet_or_an_author_publishes_is_a_record(question) -> None:
    query = record_query_of(question, PUBLISHED, RECORDS)
    assert query is not None
    assert query.field == "published"


def test_an_intent_decides_where_it_is_sure_and_no_rule_tells() -> None:
    question = "I have no time to read up on the weighbridge trial. What happened there?"
    overview = Intent("overview", 0.97, None, "the weighbridge trial")
    plan = plan_query(question, RECORDS, overview)
    assert plan.question_type == "overview"
    assert plan.topic is not None and plan.topic.text == "the weighbridge trial"
    assert plan.whole.text == "What is said about the weighbridge trial?"
    unsure = Intent("overview", 0.7, None, "the weighbridge trial")
    assert plan_query(question, RECORDS, unsure).question_type == "fact"


def test_a_rule_is_not_overruled() -> None:
    question = "How much dearer was the bridge than the tunnel?"
    plan = plan_query(question, RECORDS, Intent("latest", 0.99, None, "the bridge"))
    assert plan.question_type == "comparison"


def test_the_newest_state_is_asked_for_in_other_words() -> None:
    plan = plan_query(
        "What did the wing cost when all was paid?",
        RECORDS,
        Intent("latest", 0.96, None, "the wing"),
    )
    assert plan.question_type == "latest"
    assert plan.time_intent is not None and plan.time_intent.kind == "latest"


CLOCKS = RecordQuery("field", topic="clocks", field="author")
MILL = RecordQuery("count", topic="mill", order="newest")
GOING_ON = {
    ("And when did that run?", Intent("metadata", 0.95, "published"), CLOCKS): RecordQuery(
        "field", topic="clocks", field="published"
    ),
    ("whose name stands under it", Intent("metadata", 0.95, "author"), MILL): RecordQuery(
        "authors", topic="mill", order="newest"
    ),
    ("How far back do they go?", Intent("collection", 0.95, "dates"), MILL): RecordQuery(
        "dates", topic="mill", order="newest"
    ),
    ("And which news agency reported it?", Intent("metadata", 0.95, "outlet"), CLOCKS): None,
    ("How many is that?", Intent("collection", 0.95, "count"), RecordQuery("list", ids=("a",))): (
        None
    ),
}


@pytest.mark.parametrize(("reading", "query"), GOING_ON.items())
def test_what_describes_no_articles_goes_on_from_those_of_before(reading, query) -> None:
    question, intent, earlier = reading
    assert record_query_of(question, intent, RECORDS, earlier) == query
    assert record_query_of(question, intent, RECORDS) is None

"""Questions that ask the records several things, or the records and the texts."""

import pytest

from rag.retrieval.filters import SearchFilter
from rag.retrieval.query_plan import plan_query
from rag.retrieval.records.description import RecordQuery
from rag.retrieval.records.records import Records
from rag.retrieval.records.several.cited_article import asks_of_article, split_article_question
from rag.retrieval.records.several.parts import parse_record_parts
from rag.retrieval.records.several.same_articles import same_articles_query
from rag.types import Article
from tests.press import ARTICLES

YEAR = SearchFilter("2023", "2023")
RECORDS = Records(lambda: {each["id"]: Article(**{**each, "text": ""}) for each in ARTICLES})


def of_clocks(field):
    return RecordQuery("field", topic="clocks", field=field)


TWO_THINGS = {
    "How many articles are there, and from which outlets?": [
        RecordQuery("count"),
        RecordQuery("outlets"),
    ],
    "How many articles are there and who wrote them?": [
        RecordQuery("count"),
        RecordQuery("authors"),
    ],
    "How many articles are about the mill, from when to when?": [
        RecordQuery("count", topic="mill"),
        RecordQuery("dates", topic="mill"),
    ],
    "Who wrote the article about the clocks, and when was it published?": [
        of_clocks("author"),
        of_clocks("published"),
    ],
    "Who wrote the article about the clocks? And for which newspaper?": [
        of_clocks("author"),
        of_clocks("source"),
    ],
    "When and where was the article about the clocks published?": [
        of_clocks("published"),
        of_clocks("source"),
    ],
    "The author and date of the article about the clocks?": [
        of_clocks("author"),
        of_clocks("published"),
    ],
    "Who wrote the article about the clocks and what does it say?": [
        of_clocks("author"),
        RecordQuery("gist", topic="clocks"),
    ],
    "Which outlets and authors are there?": [RecordQuery("outlets"), RecordQuery("authors")],
    "How many articles and how many outlets are there?": [
        RecordQuery("count"),
        RecordQuery("outlets"),
    ],
    "What is the newest article, and what is the oldest?": [
        RecordQuery("article", order="newest"),
        RecordQuery("article", order="oldest"),
    ],
    "What is the newest article and by whom was it written?": [
        RecordQuery("article", order="newest"),
        RecordQuery("field", field="author", order="newest"),
    ],
    "What is the newest article, and how many articles are there?": [
        RecordQuery("article", order="newest"),
        RecordQuery("count"),
    ],
    "How many articles did Maja Öberg write, and which?": [
        RecordQuery("count", bylines=("Maja Öberg",)),
        RecordQuery("list", bylines=("Maja Öberg",)),
    ],
    "How many articles did Maja Öberg write, and how many did Lise Dahl write?": [
        RecordQuery("count", bylines=("Maja Öberg",)),
        RecordQuery("count", bylines=("Lise Dahl",)),
    ],
    "How many articles are there per outlet, and per year?": [
        RecordQuery("outlets"),
        RecordQuery("years"),
    ],
    "The piece about the clocks: date of publication & author": [
        of_clocks("published"),
        of_clocks("author"),
    ],
    "How many outlets are there, and what are they?": [RecordQuery("outlets")],
    "Who are the authors, and how many articles has each written?": [RecordQuery("authors")],
}
TWO_THINGS |= {
    "Give me the title, the author and the date of the oldest article.": [
        RecordQuery("field", field="title", order="oldest"),
        RecordQuery("field", field="author", order="oldest"),
        RecordQuery("field", field="published", order="oldest"),
    ],
    "How many articles are there; from which outlets; who wrote them?": [
        RecordQuery("count"),
        RecordQuery("outlets"),
        RecordQuery("authors"),
    ],
    "How many articles are there (and from which outlets)?": [
        RecordQuery("count"),
        RecordQuery("outlets"),
    ],
    "Which articles are about the mill, and which about the clocks?": [
        RecordQuery("list", topic="mill"),
        RecordQuery("list", topic="clocks"),
    ],
    "List the articles about the mill and their authors": [
        RecordQuery("list", topic="mill"),
        RecordQuery("authors", topic="mill"),
    ],
    "What happened in 2023 and which outlets reported it?": [
        RecordQuery("day", within=YEAR),
        RecordQuery("outlets", within=YEAR),
    ],
}
TWO_THINGS |= {
    "How many articles are there and which outlets are they from and who wrote them and when were "
    "they published and how many are there per year?": [
        RecordQuery("count"),
        RecordQuery("outlets"),
        RecordQuery("authors"),
        RecordQuery("dates"),
        RecordQuery("years"),
    ],
}
WITH_REST = {
    "Who wrote the article about “Torsund clocks”, and how many were counted?": (
        RecordQuery("field", topic="Torsund clocks", field="author"),
        "How many were counted?",
    ),
    "Who wrote the article about the clocks, and how many are there in the museum?": (
        of_clocks("author"),
        "How many are there in the museum?",
    ),
    "Which outlets covered the fire, and what caused it?": (
        RecordQuery("outlets", topic="fire"),
        "What caused the fire?",
    ),
    "How many articles are about the mill, who burned it down and why?": (
        RecordQuery("count", topic="mill"),
        "Who burned the mill down and why?",
    ),
}
ONE_THING = {
    "How many articles are about fire and water?": RecordQuery("count", topic="fire and water"),
    "Which articles are about the mill and the museum?": RecordQuery(
        "list", topic="mill and the museum"
    ),
    "In 2023, how many articles did each paper publish?": RecordQuery("outlets", within=YEAR),
    "Number of articles about the mill for every newspaper": RecordQuery("outlets", topic="mill"),
    "articles by year, please": RecordQuery("years"),
    "Who reported on the fire for the Northern Post?": RecordQuery(
        "authors", topic="fire", bylines=("The Northern Post",)
    ),
    "How many Mill Run articles are there?": RecordQuery("count", topic="Mill Run"),
    "Which outlet published the most articles, and how many?": RecordQuery("outlets"),
    "How many articles per outlet?": RecordQuery("outlets"),
    "How many articles has each author written?": RecordQuery("authors"),
    "How many articles were published each month?": RecordQuery("months"),
    "How many articles did Maja Öberg write per year?": RecordQuery(
        "years", bylines=("Maja Öberg",)
    ),
}
OF_TEXTS = (
    "How many clocks were counted and who counted them?",
    "Who wrote the letter and who received it?",
    "Who wrote the book about the clocks and when?",
    "What happened on 7 March 2023 and who was hurt?",
    "Who said that first, and when?",
    "When and where did the mill burn?",
)


@pytest.mark.parametrize(("question", "queries"), TWO_THINGS.items())
def test_each_part_is_asked_of_the_records(question, queries):
    parts = parse_record_parts(question, RECORDS)
    assert [each.query for each in parts.parts] == queries
    assert parts.rest == ""
    plan = plan_query(question, RECORDS)
    assert plan.records == parts.parts and plan.question_type == queries[0].question_type


@pytest.mark.parametrize(("question", "expected"), WITH_REST.items())
def test_the_rest_is_asked_of_the_texts(question, expected):
    plan = plan_query(question, RECORDS)
    assert ([each.query for each in plan.records], plan.rest) == ([expected[0]], expected[1])
    of_text = plan.without_records()
    assert of_text.records == () and of_text.question == expected[1]
    assert of_text == plan_query(expected[1], None)


@pytest.mark.parametrize(("question", "query"), ONE_THING.items())
def test_one_thing_is_not_taken_apart(question, query):
    parts = parse_record_parts(question, RECORDS)
    assert [each.query for each in parts.parts] == [query] and parts.rest == ""


@pytest.mark.parametrize("quoted", ["“{}”", '"{}"', "{}"])
def test_a_headline_is_not_taken_apart(quoted):
    headline = "Who burned the mill, and who pays: what we know"
    records = Records(lambda: {"a": Article("a", headline, "", author="Maja Öberg")})
    question = f"Who wrote {quoted.format(headline)}, and when was it published?"
    queries = [each.query for each in parse_record_parts(question, records).parts]
    assert queries == [
        RecordQuery("field", headline=headline, field="author"),
        RecordQuery("field", headline=headline, field="published"),
    ]
    alone = f"When was {quoted.format(headline)} published?"
    assert [each.query for each in parse_record_parts(alone, records).parts] == queries[1:]


@pytest.mark.parametrize(
    "question",
    ["How many articles are there about it?", "Which articles are these?", "Who wrote them?"],
)
def test_a_pronoun_without_an_earlier_turn_means_no_articles(question):
    assert parse_record_parts(question, RECORDS).parts == ()
    mill = RecordQuery("count", topic="mill")
    parts = parse_record_parts(question, RECORDS, mill).parts
    assert [each.query.topic for each in parts] == ["mill"]


def test_articles_of_before_are_asked_in_the_plural():
    every = RecordQuery("count")
    parts = parse_record_parts("Which outlet reported that?", RECORDS, every).parts
    assert [each.query for each in parts] == [RecordQuery("outlets")]
    parts = parse_record_parts("And which of them wrote about the mill?", RECORDS, every).parts
    assert [each.query for each in parts] == [RecordQuery("list", topic="mill")]
    outlets = RecordQuery("outlets")
    parts = parse_record_parts("And which of them wrote about the mill?", RECORDS, outlets).parts
    assert [each.query for each in parts] == [RecordQuery("outlets", topic="mill")]


@pytest.mark.parametrize("question", OF_TEXTS)
def test_what_the_texts_tell_stays_whole(question):
    assert parse_record_parts(question, RECORDS).parts == ()


def test_none_means_that_the_records_are_asked_nothing():
    assert plan_query("How many articles are there, and who wrote them?", None).records == ()


@pytest.mark.parametrize(
    ("question", "head", "then"),
    [
        (
            "How many clocks are shown, and which outlet reported that?",
            "How many clocks are shown?",
            "which outlet reported that",
        ),
        (
            "What caused the fire and in which newspaper was it reported?",
            "What caused the fire?",
            "in which newspaper was it reported",
        ),
        (
            "What caused the fire? And when was that article published?",
            "What caused the fire?",
            "when was that article published",
        ),
    ],
)
def test_a_last_part_may_ask_for_the_article_that_answers(question, head, then):
    assert split_article_question(question, RECORDS) == (head, then)


@pytest.mark.parametrize(
    "question",
    [
        "What caused the fire, and who reported it?",
        "Who wrote the book and who is its author?",
        "When, and in which newspaper?",
        "What caused the fire?",
        "Which newspaper was closed, and which newspaper bought it?",
        "What did he say and which article about the clocks is the newest?",
    ],
)
def test_other_last_parts_stay(question):
    assert split_article_question(question, RECORDS) == (question, "")


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("Which outlet reported that?", True),
        ("In which newspaper?", True),
        ("And what is its headline?", True),
        ("Who wrote that article?", True),
        ("Who wrote that up?", True),
        ("When was that printed?", True),
        ("Where did you get that from?", True),
        ("Source?", True),
        ("In what paper did he say so?", True),
        ("Give me headline + date", True),
        ("Who is the author?", False),
        ("Which outlet reported the fire?", False),
        ("What was the title of the book?", False),
        ("When was it published?", False),
    ],
)
def test_what_can_be_asked_of_an_article_that_is_cited(question, asks):
    assert asks_of_article(question, RECORDS) is asks


def test_articles_that_are_cited_are_not_counted():
    cited = RecordQuery("article", ids=("clocks",))
    assert same_articles_query("how many articles are about it", cited, RECORDS) is None
    assert same_articles_query("which outlet reported that", cited, RECORDS) == RecordQuery(
        "field", field="source", ids=("clocks",)
    )

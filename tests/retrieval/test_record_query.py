"""Which questions the metadata records answer, and which only sound like it."""

import pytest

from rag.retrieval.filters import SearchFilter
from rag.retrieval.query_plan import plan_query
from rag.retrieval.records.description import RecordQuery
from rag.retrieval.records.query import parse_record_query
from rag.retrieval.records.records import NO_RECORDS, Records
from rag.types import Article
from tests.press import ARTICLES

RECORDS = Records(lambda: {each["id"]: Article(**{**each, "text": ""}) for each in ARTICLES})
YEAR = SearchFilter("2023", "2023")

ASKED_OF_RECORDS = {
    "How many articles are there?": RecordQuery("count"),
    "How many articles do you have on the old mill?": RecordQuery("count", topic="old mill"),
    "Please tell me how many articles mention Torsund": RecordQuery(
        "count", topic="Torsund", mentioned=True
    ),
    "How many articles did Maja Oberg write in 2023?": RecordQuery(
        "count", bylines=("Maja Öberg",), within=YEAR
    ),
    "How many articles from the Northern Post are in the collection?": RecordQuery(
        "count", bylines=("The Northern Post",)
    ),
    "List all articles": RecordQuery("list"),
    "Which articles about the fire were published before 1 April 2023?": RecordQuery(
        "list", topic="fire", within=SearchFilter(until="2023-03-31")
    ),
    "articles by O'Rae": RecordQuery("list", bylines=("Ewan O’Rae",)),
    "Are there any articles about wolves?": RecordQuery("list", topic="wolves"),
    "What are the articles about?": RecordQuery("list"),
    "What is the newest article about the mill?": RecordQuery(
        "article", topic="mill", order="newest"
    ),
    "What is the oldest article?": RecordQuery("article", order="oldest"),
    "Which outlets are in the collection?": RecordQuery("outlets"),
    "Which newspapers do the articles come from?": RecordQuery("outlets"),
    "Which outlets reported on the fire?": RecordQuery("outlets", topic="fire"),
    "Who are the authors?": RecordQuery("authors"),
    "What period do the articles cover?": RecordQuery("dates"),
    "From when to when are the articles?": RecordQuery("dates"),
    "What is in this collection?": RecordQuery("summary"),
    "When was the article about the clocks published?": RecordQuery(
        "field", topic="clocks", field="published"
    ),
    "When was “Police suspect arson” published?": RecordQuery(
        "field", headline="Police suspect arson", field="published"
    ),
    "When did Kustbladet report the fire?": RecordQuery(
        "field", topic="fire", bylines=("Kustbladet",), field="published"
    ),
    "Who wrote the article titled “A Letter”?": RecordQuery(
        "field", headline="A letter", field="author"
    ),
    "Who wrote about the fire at Vessby?": RecordQuery("authors", topic="fire at Vessby"),
    "Which outlet reported that the fire was arson?": RecordQuery(
        "outlets", topic="fire was arson"
    ),
    "Where was the article on the clocks published?": RecordQuery(
        "field", topic="clocks", field="source"
    ),
    "What is the headline of the article about the charter?": RecordQuery(
        "field", topic="charter", field="title"
    ),
    "What did Maja Öberg write?": RecordQuery("list", bylines=("Maja Öberg",)),
    "What did the Northern Post report about the mill?": RecordQuery(
        "list", topic="mill", bylines=("The Northern Post",)
    ),
    "What did Maja Öberg report on in 2023?": RecordQuery(
        "list", bylines=("Maja Öberg",), within=YEAR
    ),
    "What does Maja Öberg write about?": RecordQuery("list", bylines=("Maja Öberg",)),
    "What did Maja Öberg write about the mill in 2023?": RecordQuery(
        "list", topic="mill", bylines=("Maja Öberg",), within=YEAR
    ),
    "What happened on 7 March 2023?": RecordQuery(
        "day", within=SearchFilter("2023-03-07", "2023-03-07")
    ),
    "What was published in May 2021?": RecordQuery(
        "day", within=SearchFilter("2021-05", "2021-05")
    ),
}

ASKED_OF_TEXTS = [
    "How many articles of its charter did the council drop?",
    "Which articles of clothing were seen by the mill?",
    "Which article of the charter was dropped?",
    "How many articles about the war did the censor ban?",
    "How many articles did the police seize?",
    "How many clocks are in the collection?",
    "What does the collection of the museum hold?",
    "What is the newest clock in the collection?",
    "How many articles are in the collection of the museum?",
    "How many documents are in the archive of the museum?",
    "Which outlets of the lake were blocked?",
    "Which newspapers did the museum collect?",
    "Which journalists were arrested?",
    "Who wrote the book about the clocks?",
    "Who reported the fire to the police?",
    "What did Hanna Lund write?",
    "What did the police report?",
    "When was the book about clocks published?",
    "When was “Clocks of Torsund” published?",
    "When did Ida Holm report the fire?",
    "What happened at the mill on 7 March 2023?",
    "What happened to the mill?",
    "Which outlet reported the fire first?",
    "What is the latest on the mill?",
    "Which articles?",
    "When was the article “???” published?",
    "Who wrote “…”?",
    "Which paper was first with the story that the mill burned?",
    "Which paper was the first to report that?",
    "Who wrote the letter to the council?",
    "When was the report on the fire published?",
    "How many stories does the mill have?",
    "Tell me the story of the mill",
    "What did the post say about the mill?",
    "Which news agency reported that the mill burned?",
    "Which agencies reported on the mill?",
]


# one description of an article, one thing asked of it, in other words and in another order
ASKED_IN_OTHER_WORDS = {
    "byline on the Post's first story about the mill?": RecordQuery(
        "field",
        topic="mill",
        bylines=("The Northern Post",),
        field="author",
        order="oldest",
    ),
    "The piece about the clocks: which newspaper was it in?": RecordQuery(
        "field", topic="clocks", field="source"
    ),
    "what day did Öberg's article on the mill come out": RecordQuery(
        "field", topic="mill", bylines=("Maja Öberg",), field="published"
    ),
    "Who is credited with the obituary of the miller who was burned?": RecordQuery(
        "field", topic="miller who was burned", field="author", genre="obituary"
    ),
    "how many of the stories are Maja Öberg's": RecordQuery("count", bylines=("Maja Öberg",)),
    "Show me everything by Lise Dahl": RecordQuery("list", bylines=("Lise Dahl",)),
    "Which of Maja Öberg's pieces is the most recent?": RecordQuery(
        "article", bylines=("Maja Öberg",), order="newest"
    ),
    "What is the Post's piece on the museum about?": RecordQuery(
        "gist", topic="museum", bylines=("The Northern Post",)
    ),
    "who wrote the mill fire story": RecordQuery("field", topic="mill fire", field="author"),
}
ASKED_OF_RECORDS |= ASKED_IN_OTHER_WORDS
ASKED_OF_RECORDS |= {
    f"{question}?": RecordQuery("field", headline="Police suspect arson", field="author")
    for question in (
        "Whose byline is on “Police suspect arson”",
        "Whose byline does “Police suspect arson” carry",
        "Under whose byline did “Police suspect arson” run",
        "Whose name is on the article “Police suspect arson”",
        "Author of “Police suspect arson”",
    )
}
ASKED_OF_RECORDS |= {
    "whose byline is on “Arson suspected”": RecordQuery(
        "field", topic="Arson suspected", field="author"
    ),
    "Author of the French piece on the mill at Vessby?": RecordQuery(
        "field", topic="mill at Vessby", field="author", language="French"
    ),
    "When was the German-language report on the mill published?": RecordQuery(
        "field", topic="mill", field="published", language="German"
    ),
    "the piece in Swedish on the mill, who wrote it?": RecordQuery(
        "field", topic="mill", field="author", language="Swedish"
    ),
    "How many articles are in German?": RecordQuery("count", language="German"),
    "How many articles are about German beer?": RecordQuery("count", topic="German beer"),
    "In which newspaper did the live report of the vote appear?": RecordQuery(
        "field", topic="vote", field="source", genre="live report"
    ),
    "In what publication did the opinion column on the mill run?": RecordQuery(
        "field", topic="mill", field="source", genre="opinion column"
    ),
    "Sum up the piece “Police suspect arson”.": RecordQuery(
        "gist", headline="Police suspect arson"
    ),
}


@pytest.mark.parametrize(("question", "query"), ASKED_OF_RECORDS.items())
def test_what_the_records_are_asked(question, query):
    assert parse_record_query(question, RECORDS) == query
    plan = plan_query(question, RECORDS)
    assert [each.query for each in plan.records] == [query] and not plan.rest
    assert plan.question_type == query.question_type


@pytest.mark.parametrize("question", ASKED_OF_TEXTS)
def test_what_the_texts_are_asked(question):
    assert parse_record_query(question, RECORDS) is None
    assert plan_query(question, RECORDS).question_type not in ("metadata", "collection", "help")


def test_a_name_counts_only_where_a_record_has_it():
    assert parse_record_query("What did Maja Öberg write?", NO_RECORDS) is None
    assert RECORDS.byline("northern post") == "The Northern Post"
    assert RECORDS.byline("Dahl") == "Lise Dahl"
    assert RECORDS.byline("Rae") is None
    assert [each.name for each in RECORDS.names_in("Did Dahl or the Post's Öberg write it?")] == [
        "Lise Dahl",
        "The Northern Post",
        "Maja Öberg",
    ]
    assert RECORDS.names_in("Who was at his post in the mill?") == []
    assert [each.name for each in RECORDS.names_in("what did the post write?")] == [
        "The Northern Post"
    ]
    assert RECORDS.byline("") is None
    nobody = Records(lambda: {"a": Article("a", "A", "", author="—")})
    assert nobody.byline("...") is None
    assert RECORDS.headline("old mill at vessby burns down") == "Old mill at Vessby burns down"


@pytest.mark.parametrize(
    ("words", "within"),
    [
        ("since May 2022", SearchFilter("2022-05")),
        ("after 2021", SearchFilter("2022-01-01")),
        ("until 6 March 2023", SearchFilter(until="2023-03-06")),
        ("before March 2023", SearchFilter(until="2023-02-28")),
        ("between 2021 and June 2022", SearchFilter("2021", "2022-06")),
        ("from 3 May 2021 to 9 May 2021", SearchFilter("2021-05-03", "2021-05-09")),
    ],
)
def test_days_of_publication(words, within):
    query = parse_record_query(f"How many articles were published {words}?", RECORDS)
    assert query == RecordQuery("count", within=within)


def test_a_day_that_does_not_exist_is_no_limit():
    assert parse_record_query("How many articles are from 31 June 2022?", RECORDS) is None
    assert parse_record_query("How many articles are from 2023 to 2021?", RECORDS) is None

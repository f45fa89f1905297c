"""Answers from the metadata records: no model, no embedder, each sentence cited to records."""

from __future__ import annotations

import json
import re
import time

import pytest

from rag.assistant import Assistant
from rag.errors import QuestionError
from rag.grounding.confidence_text import confidence_in_words
from rag.index.build import build_index
from rag.retrieval.filters import SearchFilter
from rag.settings import Settings
from rag.text.messages import message
from rag.types import Answer, AnswerReady, Intent, Turn
from tests.conftest import use_toy_embedder
from tests.press import ARTICLES, write_press
from tests.scripted_reader import ScriptedReader

READER = ScriptedReader({"cause": "arson", "6 March 1999": "1931", "clocks": "412 clocks"})


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("press")
    settings = Settings(
        corpus=write_press(folder / "press.jsonl"), index=folder / "index", model="none"
    )
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_toy_embedder(monkeypatch)
        monkeypatch.setattr(
            "rag.assistant.open_reader", lambda settings, embedder: (READER, settings.reader)
        )
        monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: None)
        build_index(settings)
        opened = Assistant.open(settings)
        yield opened
        opened.close()


@pytest.fixture
def open_over(monkeypatch, tmp_path):
    """Opens an index of articles, given as the lines of a dump."""
    use_toy_embedder(monkeypatch)
    monkeypatch.setattr(
        "rag.assistant.open_reader", lambda settings, embedder: (READER, settings.reader)
    )
    opened = []

    def open_articles(articles):
        dump = tmp_path / "dump.jsonl"
        dump.write_text("\n".join(map(json.dumps, articles)), encoding="utf-8")
        settings = Settings(corpus=dump, index=tmp_path / "index", model="none")
        build_index(settings)
        if not opened:
            opened.append(Assistant.open(settings))
        return opened[0]

    yield open_articles
    for each in opened:
        each.close()


@pytest.fixture
def without_embedder(assistant, monkeypatch):
    """The assistant, whose embedder must not be used."""

    def fail(self, texts, progress=None):
        raise AssertionError(f"embedded: {texts}")

    monkeypatch.setattr(type(assistant._retriever.embedder), "encode", fail)
    return assistant


def cited(answer: Answer) -> list[tuple[str, str | None]]:
    return [(each.article, each.field) for each in answer.citations]


def check(answer: Answer) -> None:
    """What holds of every answer from the records."""
    records = {each["id"]: each for each in ARTICLES}
    for each in answer.citations:
        if each.field is None:
            assert records[each.article]["text"][each.start : each.end] == each.quote
        else:
            assert (each.start, each.end) == (None, None)
            assert records[each.article][each.field] == each.quote
    assert all(each.supported and each.citations for each in answer.sentences)
    numbers = [int(number) for number in re.findall(r"\[(\d+)\]", answer.text)]
    assert (
        set(numbers)
        == {each.number for each in answer.citations}
        == set(range(1, len(answer.citations) + 1))
    )
    values = json.loads(json.dumps(answer.to_dict(all_scores=True)))
    assert Answer.from_dict(values) == answer


@pytest.mark.parametrize(
    ("question", "text", "citations"),
    [
        (
            "How many articles about the mill are there?",
            "4 of the 19 articles are about “mill”. [1][2][3][4] 1 more mentions it. [5]",
            [(id, "title") for id in ("rebuild", "mill-copy", "mill", "letter", "arson")],
        ),
        (
            "How many articles did Maja Öberg write in 2023?",
            "2 of the 19 articles are by Maja Öberg and were published in 2023. [1][2]",
            [("rebuild", "title"), ("mill", "title")],
        ),
        (
            "What did Lise Dahl write?",
            "1 of the 19 articles is by Lise Dahl. [1] "
            "“Police suspect arson” (The Northern Post, 2 April 2023). [1]",
            [("arson", "title")],
        ),
        (
            "What is the newest article about the mill?",
            "The newest article about “mill” is “Mill owner wants to rebuild” "
            "(Kustbladet, 21 March 2023). [1]",
            [("rebuild", "published")],
        ),
        (
            "What is the oldest article?",
            "The oldest article is “Harbour report 1” (Coast Service, 1 January 2021). [1]",
            [("harbour01", "published")],
        ),
        (
            "How many articles are about the clocks, and from which outlet?",
            "1 of the 19 articles is about “clocks”. [1] "
            "The article about “clocks” comes from The Northern Post. [2]",
            [("clocks", "title"), ("clocks", "source")],
        ),
        (
            "Who wrote the article about the clocks, and when was it published?",
            "“Museum shows its collection of clocks” was written by Ewan O’Rae. [1] "
            "“Museum shows its collection of clocks” was published on 15 November 2022. [2]",
            [("clocks", "author"), ("clocks", "published")],
        ),
        (
            "How many articles were published per year?",
            "The 18 articles were published in 2021 (12), 2022 (2) and 2023 (4). [1][2][3] "
            "1 article has no date. [4]",
            [
                ("harbour12", "published"),
                ("clocks", "published"),
                ("arson", "published"),
                ("letter", "title"),
            ],
        ),
        (
            "How many articles were published in 2023 per month?",
            "The 4 articles were published in March 2023 (3) and April 2023 (1). [1][2]",
            [("rebuild", "published"), ("arson", "published")],
        ),
        (
            "Which outlets are in the collection?",
            "18 articles come from 3 outlets: Coast Service (12), Kustbladet (3) and "
            "The Northern Post (3). [1][2][3] 1 article has no outlet. [4]",
            [
                ("harbour12", "source"),
                ("rebuild", "source"),
                ("arson", "source"),
                ("letter", "title"),
            ],
        ),
        (
            "Who wrote the articles about the fire?",
            "1 article about “fire” is by 1 author: Ewan O’Rae and Lise Dahl (1). [1] "
            "1 article has no author. [2]",
            [("arson", "author"), ("mill-copy", "title")],
        ),
        (
            "From when to when are the articles?",
            "The 18 articles were published from 1 January 2021 to 2 April 2023. [1][2] "
            "1 article has no date. [3]",
            [("harbour01", "published"), ("arson", "published"), ("letter", "title")],
        ),
        (
            "When was the article about the charter published?",
            "“Council drops three articles of its charter” was published in June 2022. [1]",
            [("charter", "published")],
        ),
        (
            "Who wrote the article “Museum shows its collection of clocks”?",
            "“Museum shows its collection of clocks” was written by Ewan O’Rae. [1]",
            [("clocks", "author")],
        ),
        (
            "Which outlet reported that the mill burned down?",
            "The 2 articles about “mill burned down” come from 2 outlets: Kustbladet (1) and "
            "The Northern Post (1). [1][2]",
            [("mill", "source"), ("mill-copy", "source")],
        ),
        (
            "What is the headline of the article about the clocks?",
            "The headline is “Museum shows its collection of clocks”. [1]",
            [("clocks", "title")],
        ),
    ],
)
def test_what_the_records_say(without_embedder, question, text, citations):
    answer = without_embedder.ask(question)
    assert (answer.text, cited(answer)) == (text, citations)
    assert answer.question_type in ("collection", "metadata")
    assert answer.passages == answer.evidence == ()
    check(answer)


def test_a_long_list_cites_ten_and_says_so(without_embedder):
    answer = without_embedder.ask("List all articles from Coast Service")
    assert answer.text.startswith("12 of the 19 articles are by Coast Service. [1][2]")
    assert "“Harbour report 12” (Coast Service, 1 December 2021). [1]" in answer.text
    assert cited(answer) == [(f"harbour{month:02}", "title") for month in range(12, 2, -1)]
    assert answer.note == "10 of the 12 articles are cited, the newest first."
    check(answer)


def test_an_article_that_only_mentions_a_topic_is_not_about_it(open_over):
    filler = " ".join(["It rained in Torsund again that day."] * 30)
    opened = open_over(
        [
            {"id": "wind", "title": "Wind breaks a mast", "text": "A mast broke in the harbour."},
            {"id": "rain", "title": "A wet year", "text": f"{filler} Then there was wind."},
        ]
    )
    answer = opened.ask("How many articles about the wind are there?")
    assert answer.text == "1 of the 2 articles is about “wind”. [1] 1 more mentions it. [2]"
    assert cited(answer) == [("wind", "title"), ("rain", "title")]
    assert opened.ask("How many articles mention wind?").text.startswith("All 2 articles mention")
    assert cited(opened.ask("What is the newest article about the rain?")) == []  # it has no date


def test_what_happened_on_a_day_is_what_articles_say_of_it(without_embedder):
    answer = without_embedder.ask("What happened on 6 March 2023?")
    assert answer.text == (
        "“The old mill at Vessby burned down on Monday night.” [1] "
        "“A can was seen on 6 March by the mill.” [2]"
    )
    assert cited(answer) == [("mill", None), ("arson", None)]
    check(answer)


def test_what_happened_on_a_day_is_also_what_was_published(without_embedder):
    answer = without_embedder.ask("What happened on 15 November 2022?")
    assert answer.text == (
        "1 of the 19 articles was published on 15 November 2022. [1] "
        "“Museum shows its collection of clocks” (The Northern Post, 15 November 2022). [1]"
    )


def test_a_day_without_articles_is_searched_for_in_the_texts(assistant):
    answer = assistant.ask("What happened on 6 March 1999?")
    assert answer.question_type == "fact"
    assert answer.passages


def test_without_its_words_an_article_is_looked_for_by_meaning_but_not_guessed(assistant):
    near = assistant.ask("Who wrote the article about the museum of old clocks?")
    assert near.text == "“Museum shows its collection of clocks” was written by Ewan O’Rae. [1]"
    for question in (
        "Who wrote the article about the volcano in Tarvania?",
        "When was the article about 950 clocks published?",
    ):
        assert assistant.ask(question).reason == "not_in_corpus"


def test_a_record_without_the_field_is_said_to_have_none(without_embedder):
    answer = without_embedder.ask("Who wrote “Mill at Vessby lost to fire”?")
    assert (answer.reason, answer.text) == ("not_stated", message("not_stated"))
    assert answer.note == "The record of “Mill at Vessby lost to fire” has no author."
    assert answer.citations == ()


def test_a_filter_limits_the_records_and_the_refusal_says_so(without_embedder):
    since = SearchFilter.parse("2023-04", None, None)
    assert without_embedder.ask("What is the newest article?", filters=since).text.startswith(
        "The newest article is “Police suspect arson”"
    )
    count = without_embedder.ask("How many articles are there?", filters=since)
    assert count.text == "1 of the 19 articles matches the filters. [1]"
    answer = without_embedder.ask("How many articles about clocks are there?", filters=since)
    assert answer.reason == "outside_filter"
    nothing = without_embedder.ask("How many articles about wolves are there?", filters=since)
    assert nothing.reason == "not_in_corpus"


def test_operators_limit_the_records(without_embedder):
    question = "How many articles are there? outlet:kustbladet"
    answer = without_embedder.ask(question)
    assert answer.text == "3 of the 19 articles match the filters. [1][2][3]"
    assert cited(answer) == [(id, "title") for id in ("rebuild", "mill", "charter")]
    assert answer.question == question
    by_author = without_embedder.ask("Which is the newest article? author:“Lise Dahl”")
    assert cited(by_author) == [("arson", "published")]


def test_what_limits_words_is_put_to_the_passages(assistant):
    answer = assistant.ask("How many articles about the mill are there? -fire")
    assert answer.question_type == "count"
    assert all(each.field is None for each in answer.citations)
    assert answer.passages


def test_how_a_name_was_read_is_said_of_the_records_too(without_embedder, monkeypatch):
    embedder = without_embedder._retriever.embedder
    monkeypatch.setattr(embedder, "count", lambda texts: [2 for _ in texts], raising=False)
    answer = without_embedder.ask("How many articles mention Vesbby?")
    assert answer.text == "4 of the 19 articles mention “Vessby”. [1][2][3][4]"
    assert answer.note == "No article has “Vesbby”; searched for “Vessby”."


def test_a_name_that_records_alone_have_is_no_slip(open_over, monkeypatch):
    union = {"id": "union", "title": "Union", "text": "Ivo Brandt and Ivo Kurier lead it."}
    opened = open_over([{**union, "author": "Eva Brantd", "source": "Kurjer"}])
    embedder = opened._retriever.embedder
    monkeypatch.setattr(embedder, "count", lambda texts: [2 for _ in texts], raising=False)
    for question in ("What did Eva Brantd write?", "List all articles from Kurjer"):
        answer = opened.ask(question)
        assert (cited(answer), answer.notes) == ([("union", "title")], ())


@pytest.mark.parametrize(
    ("question", "basis"),
    [
        (
            "What did Maja Öberg write?",
            "The answer rests on metadata records, and cites those of two articles.",
        ),
        ("What happened on 6 March 2023?", "The answer quotes two articles word for word."),
    ],
)
def test_what_an_answer_from_the_records_rests_on(without_embedder, question, basis):
    assert f" {basis} " in confidence_in_words(without_embedder.ask(question))


def test_an_answer_may_rest_on_quotes_and_records(open_over):
    rain = {
        "id": "rain",
        "title": "Rain",
        "text": "On 6 March it rained.",
        "published": "2023-03-06",
    }
    flood = {**rain, "id": "flood", "title": "Flood", "text": "The river rose."}
    answer = open_over([rain, flood]).ask("What happened on 6 March 2023?")
    assert cited(answer) == [("rain", None), ("rain", "title"), ("flood", "title")]
    basis = "The answer quotes one article word for word, and cites the records of two articles."
    assert basis in confidence_in_words(answer)


def test_a_question_about_the_collection_is_no_follow_up(without_embedder):
    history = [("Who owns the mill?", "Nobody. [1]")]
    answer = without_embedder.ask("How many articles are there?", history=history)
    assert answer.query == "How many articles are there?"
    assert answer.text.startswith("There are 19 articles.")


def test_the_records_answer_the_first_part_and_the_texts_the_rest(assistant):
    answer = assistant.ask("Who wrote the article about the clocks, and how many clocks are there?")
    assert answer.text == (
        "“Museum shows its collection of clocks” was written by Ewan O’Rae. [1] "
        "“The museum at Torsund shows its collection of 412 clocks.” [2]"
    )
    assert cited(answer) == [("clocks", "author"), ("clocks", None)]
    assert answer.query == answer.question and answer.passages and answer.max_wrong is None
    check(answer)


def test_a_last_part_asks_for_the_record_of_what_answers(assistant):
    clocks = "“The museum at Torsund shows its collection of 412 clocks.” [1] "
    outlet = "“Museum shows its collection of clocks” was published by The Northern Post. [2]"
    answer = assistant.ask("How many clocks are in the museum, and which outlet reported that?")
    assert answer.text == clocks + outlet
    assert cited(answer) == [("clocks", None), ("clocks", "source")]
    assert answer.query == answer.question and answer.max_wrong is None
    check(answer)
    answer = assistant.ask("How many clocks are there, and when was that article published?")
    assert answer.text.startswith(clocks) and "on 15 November 2022. [2]" in answer.text
    answer = assistant.ask("Who owns the harbour, and which outlet reported that?")
    assert answer.abstained


def test_an_article_of_a_year_alone_has_a_date_and_no_month(open_over):
    days = {"a": "2023-05-02", "b": "2023", "c": None}
    opened = open_over(
        [{"id": id, "title": id, "text": "Wind.", "published": day} for id, day in days.items()]
    )
    assert opened.ask("How many articles per month?").text == (
        "The 2 articles were published in 2023 (1) and May 2023 (1). [1][2] "
        "1 article has no date. [3]"
    )


def test_a_last_part_that_the_record_lacks_is_named(open_over):
    opened = open_over([{"id": "a", "title": "Clocks", "text": "412 clocks hang in Torsund."}])
    answer = opened.ask("How many clocks are in Torsund, and which outlet reported that?")
    assert cited(answer) == [("a", None)]
    assert "The articles do not say: “Which outlet reported that?”" in answer.note
    assert "The record of “Clocks” has no outlet." in answer.note


def test_a_part_that_is_not_answered_is_named(assistant):
    answer = assistant.ask("Who wrote the article about the clocks, and who owns the harbour?")
    assert answer.text == "“Museum shows its collection of clocks” was written by Ewan O’Rae. [1]"
    assert "The articles do not say: “Who owns the harbour?”" in answer.note
    answer = assistant.ask("Who wrote the article about wolves, and how many clocks has Torsund?")
    assert answer.text == "“The museum at Torsund shows its collection of 412 clocks.” [1]"
    assert answer.note.startswith("The articles do not say: “Who wrote the article about wolves?”")
    answer = assistant.ask("Who wrote “Old mill at Vessby burns down”, and who wrote “A letter”?")
    assert answer.text == "“Old mill at Vessby burns down” was written by Maja Öberg. [1]"
    assert "The articles do not say: “Who wrote “A letter”?”" in answer.note
    assert "The record of “A letter” has no author." in answer.note


def test_the_rest_is_asked_of_the_articles_of_the_first_part(open_over):
    opened = open_over(
        [
            {
                "id": "storm",
                "title": "Storm over Torsund",
                "text": "Three were hurt by 412 clocks.",
            },
            {"id": "ferry", "title": "Ferry aground", "text": "The ferry ran aground at dawn."},
        ]
    )
    question = "What is the headline of the article about the {}, and how many clocks hurt people?"
    answer = opened.ask(question.format("storm"))
    assert cited(answer) == [("storm", "title"), ("storm", None)]
    answer = opened.ask(question.format("ferry"))
    assert "storm" not in [article for article, _ in cited(answer)]
    assert opened.ask(question.format("wolves")).abstained


def test_an_earlier_question_is_not_answered_again(assistant):
    history = [("How many articles are there?", "There are 19 articles. [1]")]
    answer = assistant.ask("How many clocks?", history=history)
    assert "There are" not in answer.text
    assert ("clocks", None) in cited(answer)


def test_the_same_sentence_about_two_articles_cites_both(open_over):
    same = {"title": "Ferry aground", "source": "Coast Service", "author": "Ida Holm"}
    opened = open_over(
        [same | {"id": "a", "text": "It ran aground."}, same | {"id": "b", "text": "It floats."}]
    )
    answer = opened.ask("Who wrote “Ferry aground”, and in which outlet?")
    assert answer.text == (
        "“Ferry aground” was written by Ida Holm. [1][2] "
        "“Ferry aground” was published by Coast Service. [3][4]"
    )


def test_nothing_is_shown_where_neither_records_nor_texts_answer(assistant):
    answer = assistant.ask("Who wrote the article about wolves, and who owns the harbour?")
    assert answer.abstained and not answer.citations


@pytest.mark.parametrize(
    ("turns", "question", "text"),
    [
        (
            ["How many articles are about the mill?"],
            "And from which outlets?",
            "3 articles about “mill” come from 2 outlets: Kustbladet (2) and "
            "The Northern Post (1). [1][2] 1 article has no outlet. [3]",
        ),
        (
            ["What is the oldest article?", "Who wrote it?"],
            "And the newest?",
            "The newest article is “Police suspect arson” (The Northern Post, 2 April 2023). [1]",
        ),
        (
            ["Which articles did Maja Öberg write?", "When?"],
            "And Lise Dahl?",
            "The article by Lise Dahl was published on 2 April 2023. [1]",
        ),
        (
            ["Which articles did Ewan O’Rae write?"],
            "How many are about the clocks?",
            "1 of the 19 articles is by Ewan O’Rae and is about “clocks”. [1]",
        ),
        (
            ["Who wrote the article about the clocks?"],
            "In which newspaper?",
            "“Museum shows its collection of clocks” was published by The Northern Post. [1]",
        ),
        (
            ["How many clocks are in the museum?"],
            "Which outlet reported that?",
            "“Museum shows its collection of clocks” was published by The Northern Post. [1]",
        ),
        (
            ["How many clocks are in the museum?", "Which outlet reported that?"],
            "And when was that article published?",
            "“Museum shows its collection of clocks” was published on 15 November 2022. [1]",
        ),
        (
            [
                "How many articles did Maja Öberg write?",
                *("And from which outlets?", "When?", "How many per year?", "Which ones?"),
            ],
            "And the oldest?",
            "The oldest article by Maja Öberg is “Old mill at Vessby burns down” "
            "(Kustbladet, 7 March 2023). [1]",
        ),
        (
            ["How many articles are about the mill?"],
            "How many articles are there?",
            "There are 19 articles. [1][2][3][4][5][6][7][8][9][10]",
        ),
    ],
)
def test_a_question_goes_on_from_the_records_of_before(assistant, turns, question, text):
    history = []
    for each in turns:
        history.append((each, assistant.ask(each, history=history).text))
    answer = assistant.ask(question, history=history)
    assert answer.text == text
    assert answer.question_type in ("collection", "metadata")


@pytest.fixture
def same_clocks(open_over):
    text = "The museum of Torsund shows 412 clocks"
    return open_over(
        [
            {"id": "a", "title": "Clocks", "text": f"{text}.", "source": "Dagbladet"},
            {"id": "b", "title": "Time", "text": f"{text} again.", "source": "Kustbladet"},
        ]
    )


def test_the_articles_that_an_answer_quotes_are_meant(same_clocks):
    question = "How many clocks does the museum of Torsund show?"
    answer = same_clocks.ask(question)
    (quoted,) = answer.quoted_articles
    reply = same_clocks.ask("Which outlet reported that?", history=[(question, answer)])
    assert {each.article for each in reply.citations} == {quoted}
    gone = Turn(question, answer.text, ("removed since",))
    reply = same_clocks.ask("Which outlet reported that?", history=[gone])
    assert {each.article for each in reply.citations} == {"a", "b"}


@pytest.mark.parametrize(
    "turn", ["What?", ("What?",), ("What?", None), (1, "One."), ("a", "b", "c"), None]
)
def test_a_turn_of_another_form_is_named(same_clocks, turn):
    with pytest.raises(QuestionError, match=r"give each as \(QUESTION, ANSWER\)"):
        same_clocks.ask("How many?", history=[turn])


def test_all_articles_that_an_answer_may_rest_on_are_meant(same_clocks):
    opened, text = same_clocks, "The museum of Torsund shows 412 clocks"
    for answer in ("The museum of Torsund shows 412 clocks. [1]", f"“{text}” [1]"):
        reply = opened.ask("Which outlet reported that?", history=[("How many?", answer)])
        assert reply.text == (
            "The 2 articles come from 2 outlets: Dagbladet (1) and Kustbladet (1). [1][2]"
        )


@pytest.mark.parametrize("question", ["When was that?", "And the year?", "Who carried it?"])
def test_what_may_be_asked_of_an_event_is_not_asked_of_an_article(assistant, monkeypatch, question):
    aspect = "outlet" if "carried" in question else "published"
    intent = Intent("metadata", 0.99, aspect)
    monkeypatch.setattr("rag.pipeline.tools.Tools.intent_of", lambda tools, question: intent)
    history = [("How many clocks are in the museum?", "“… its collection of 412 clocks.” [1]")]
    assert cited(assistant.ask(question, history=history)) in ([], [("clocks", None)])


def test_a_worded_answer_leads_to_its_article_too(assistant):
    worded = "Torsund's museum shows a collection of 412 clocks. [1]"
    history = [("How many clocks are in the museum?", worded)]
    assert cited(assistant.ask("Which outlet reported that?", history=history)) == [
        ("clocks", "source")
    ]
    elsewhere = [("How many boats are there?", "Nine yachts lay at the quay of Malmo. [1]")]
    assert cited(assistant.ask("Which outlet reported that?", history=elsewhere)) == []


def test_a_later_part_is_no_follow_up_of_an_earlier_turn(assistant):
    history = [("Who owns the harbour?", "Torsund owns it.")]
    question = "Who wrote the article about the clocks, and how many clocks are there?"
    assert assistant.ask(question, history=history).text == assistant.ask(question).text


@pytest.mark.parametrize("question", ["Hello!", "help", "What can I ask?"])
def test_help_has_no_citations(without_embedder, question):
    events = list(without_embedder.stream(question))
    assert [type(each) for each in events] == [AnswerReady]
    answer = events[0].answer
    assert (answer.text, answer.question_type) == (message("help"), "help")
    assert confidence_in_words(answer) == ""
    assert not answer.abstained
    assert answer.sentences == answer.citations == ()


def test_a_question_about_a_collection_in_the_text_is_answered_from_the_text(assistant):
    answer = assistant.ask("How many clocks are in the collection?")
    assert answer.question_type == "count"
    assert answer.citations[0].quote == "The museum at Torsund shows its collection of 412 clocks."
    assert answer.citations[0].field is None


def test_the_marks_of_an_article_are_not_taken_for_ours(open_over):
    article = {
        "id": "a",
        "title": "Fire [2] at the mill",
        "text": "It burned.",
        "source": "Post [9]",
    }
    answer = open_over([article]).ask("List all articles")
    assert answer.text == "There is 1 article. [1] “Fire at the mill” (Post). [1]"
    assert answer.citations[0].quote == "Fire [2] at the mill"


def test_records_are_quick(without_embedder):
    started = time.perf_counter()
    answer = without_embedder.ask("Which outlets are in the collection?")
    assert time.perf_counter() - started < 1.0
    assert 0 < answer.timings.retrieve <= answer.timings.total < 1.0
    assert answer.timings.first_token is None


def test_a_new_article_is_counted_at_once(open_over):
    added = {"id": "new", "title": "New", "text": "Snow fell.", "author": "Ada Ek"}
    opened = open_over(ARTICLES)
    assert opened.ask("How many articles are there?").text.startswith("There are 19 articles.")
    open_over([*ARTICLES, added])
    assert opened.ask("How many articles are there?").text.startswith("There are 20 articles.")
    assert cited(opened.ask("What did Ada Ek write?")) == [("new", "title")]


def test_an_article_may_tell_of_a_topic_in_other_words_of_the_same_sense(open_over):
    articles = [
        {"id": "a", "title": "Bell stolen at Vessby", "text": "It was gone.", "source": "Post"},
        {"id": "b", "title": "Theft of the bell", "text": "No trace of it.", "source": "Echo"},
        {"id": "c", "title": "New bell", "text": "It rang loudly.", "source": "Wire"},
    ]
    answer = open_over(articles).ask("Which papers wrote about the bell theft?")
    assert answer.text.startswith("The 2 articles about “bell theft” come from 2 outlets: Echo (1)")
    assert {each.article for each in answer.citations} == {"a", "b"}


def test_the_language_of_an_article_tells_which_is_meant(open_over):
    french = (
        "Le moulin de la Grande Vessby a brûlé dans la nuit, et les pompiers n’ont rien pu faire."
    )
    articles = [
        {"id": "fr", "title": "Le moulin a brûlé", "text": french, "author": "Luce Roy"},
        {"id": "en", "title": "Rain in Aldby", "text": "It rained all day.", "author": "Ann Day"},
    ]
    opened = open_over(articles)
    answer = opened.ask("Author of the French piece on the mill of Great Vessby?")
    assert cited(answer) == [("fr", "author")]
    assert opened.ask("Author of the French piece on the mill of Torsund?").abstained
    assert opened.ask("Author of the German piece on the mill of Great Vessby?").abstained
    assert opened.ask("How many articles are in French?").text == (
        "1 of the 2 articles is in French. [1]"
    )

"""Overviews: what articles say of a topic, and what one article says."""

from __future__ import annotations

import pytest

from rag.grounding.composition.overviews.overview import compose_overview
from rag.types import Article
from tests.grounding.composition.judged_passages import material_of
from tests.scripted_reader import ScriptedReader

COLLAPSE = Article(
    "collapse",
    "Roof of the Osterby ice rink falls in",
    "The roof of the ice rink at Osterby fell in on Tuesday night under 60 centimetres of snow. "
    "Nobody was inside. It had been closed an hour before.\n\n"
    "“I heard a long sigh, then nothing,” said Per Lund, the caretaker. But he had gone home. "
    "The rink was built in 1971 and had room for 900 people.\n\n"
    "Photo: the rink on Wednesday.",
    "Osterby Post",
    "2022-01-12",
)
REPRINT = Article("reprint", "Ice rink roof falls in", COLLAPSE.text, "Fjord News", "2022-01-13")
INQUIRY = Article(
    "inquiry",
    "Osterby ice rink: beams were too thin",
    "The beams of the ice rink at Osterby were four centimetres too thin, an inquiry found. "
    "They had never been measured.\n\n"
    "The town will pay 12 million crowns for a new roof, Mayor Sara Holm said on Friday.",
    "Osterby Post",
    "2022-03-05",
)
SKATER = Article(
    "skater",
    "Ida Berg wins silver",
    "Ida Berg won silver over 500 metres in Lake Placid on Sunday. She is from Osterby.\n\n"
    "Her trainer, Nils Kvam, said that she had never skated better than on this day.",
    "Fjord News",
    "2022-02-20",
)
ALL = [INQUIRY, COLLAPSE, REPRINT, SKATER]


def texts(question: str, articles: list[Article] = ALL, near: tuple[str, ...] = ()) -> list[str]:
    composed = compose_overview(material_of(question, articles, near=near))
    return [each.text for each in composed.sentences] if composed else []


def test_an_overview_is_quoted_oldest_first_and_behind_its_days() -> None:
    shown = texts("What do the articles say about the ice rink at Osterby?", near=("inquiry",))
    assert shown[0] == (
        "12 January 2022: “The roof of the ice rink at Osterby fell in on Tuesday night under 60 "
        "centimetres of snow.”"
    )
    assert "“The rink was built in 1971 and had room for 900 people.”" in shown
    assert shown[-2] == (
        "5 March 2022: “The beams of the ice rink at Osterby were four centimetres too thin, an "
        "inquiry found.”"
    )
    assert "12 million crowns" in shown[-1]
    assert 3 <= len(shown) <= 7


def test_each_sentence_cites_its_own_words() -> None:
    composed = compose_overview(material_of("Give me an overview of the ice rink at Osterby.", ALL))
    assert composed is not None
    by_id = {each.id: each for each in ALL}
    assert [each.number for each in composed.citations] == list(
        range(1, len(composed.sentences) + 1)
    )
    for sentence, citation in zip(composed.sentences, composed.citations, strict=True):
        assert sentence.citations == (citation.number,)
        assert by_id[citation.article].text[citation.start : citation.end] == citation.quote
        assert citation.quote in sentence.text


def test_what_leans_on_an_earlier_sentence_or_is_no_statement_is_left_out() -> None:
    shown = " ".join(texts("Summarise what is reported about the ice rink at Osterby."))
    for fragment in ("It had been closed", "But he had gone", "Photo:", "They had never"):
        assert fragment not in shown


def test_a_reprint_is_not_told_twice() -> None:
    shown = texts("Summarise the articles about the ice rink at Osterby.")
    assert len(shown) == len(set(shown))
    assert not any(each.startswith("13 January") for each in shown)


def test_an_article_about_something_else_in_the_same_town_is_left_out() -> None:
    shown = " ".join(texts("What is known about the ice rink at Osterby?", near=("inquiry",)))
    assert "Ida Berg" not in shown


@pytest.mark.parametrize(
    "question",
    [
        "Summarise the article “Osterby ice rink: beams were too thin”.",
        "What is the article “Beams were too thin” about?",
    ],
)
def test_a_summary_of_one_article_has_its_sentences_alone(question: str) -> None:
    composed = compose_overview(material_of(question, ALL))
    assert composed is not None
    assert {each.article for each in composed.citations} == {"inquiry"}
    assert composed.sentences[0].text.startswith("“The beams of the ice rink")


def test_a_summary_names_an_article_by_words_of_its_headline() -> None:
    composed = compose_overview(material_of("Summarise the article about Ida Berg's silver.", ALL))
    assert composed is not None
    assert {each.article for each in composed.citations} == {"skater"}
    assert composed.sentences[0].text.startswith("“Ida Berg won silver")


@pytest.mark.parametrize(
    "question",
    [
        "What do the articles say about the airport at Osterby?",
        "What is known about the ice rink at Vinterby?",
        "Summarise the article “A night at the opera”.",
        "Tell me about whales.",
        "Summarise.",
    ],
)
def test_a_topic_that_is_not_in_the_articles_has_no_overview(question: str) -> None:
    assert texts(question) == []


def test_another_word_for_the_topic_is_enough_where_the_reader_finds_it() -> None:
    question = "What do the articles say about the disaster at Osterby?"
    reader = ScriptedReader({"disaster": "roof of the ice rink at Osterby fell in"})
    composed = compose_overview(material_of(question, [COLLAPSE], reader))
    assert composed is not None
    assert composed.sentences[0].text.startswith("“The roof of the ice rink")


def test_a_year_in_the_topic_keeps_articles_of_other_years_out() -> None:
    later = Article(
        "later",
        "Osterby ice rink opens again",
        "The ice rink at Osterby opened again on Saturday. Some 400 people skated there at once.",
        "Osterby Post",
        "2024-11-04",
    )
    shown = " ".join(
        texts("What is reported about the ice rink at Osterby in 2024?", [*ALL, later])
    )
    assert "opened again" in shown
    assert "fell in" not in shown

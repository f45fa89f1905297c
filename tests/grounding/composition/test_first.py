"""Who was the first to report or say something."""

from __future__ import annotations

from rag.grounding.composition.first import compose_first
from rag.types import Article
from tests.grounding.composition.judged_passages import material_of
from tests.scripted_reader import ScriptedReader

WIRE = Article(
    "wire",
    "Chest stolen from Molde church",
    "MOLDE (Nord Wire) - A silver chest was stolen from the church at Molde, the police said.",
    "Molde Post",
    "2020-02-03",
)
LATER = Article(
    "later",
    "Molde church: stolen chest was insured",
    "The silver chest that was stolen from the church at Molde was insured, the bishop said.",
    "Fjord News",
    "2020-02-06",
)
WIRE_RECORD = (WIRE.source, WIRE.published)
STOLEN = "Which paper was the first to report on the stolen chest of Molde church?"


def test_the_earliest_account_is_named_with_its_day_and_its_source() -> None:
    composed = compose_first(material_of(STOLEN, [LATER, WIRE]))
    assert composed is not None
    (sentence,) = composed.sentences
    assert sentence.text.startswith(
        "Earliest account here: Nord Wire, as credited by Molde Post, on 3 February 2020: “MOLDE"
    )
    assert [(each.article, each.field) for each in composed.citations] == [
        ("wire", None),
        ("wire", "published"),
        ("wire", "source"),
    ]
    assert sentence.citations == (1, 2, 3)


def test_a_mark_in_a_headline_is_none_of_the_answer() -> None:
    unsigned = Article(
        "unsigned", "Molde church: chest [2] stolen", LATER.text, None, LATER.published
    )
    composed = compose_first(material_of(STOLEN, [unsigned]))
    assert composed is not None
    assert "“Molde church: chest stolen”, on 6 February 2020" in composed.sentences[0].text


def test_two_accounts_of_one_day_are_both_named() -> None:
    twin = Article("twin", LATER.title, LATER.text, "Fjord News", "2020-02-03")
    composed = compose_first(material_of(STOLEN, [twin, WIRE]))
    assert composed is not None
    assert {each.article for each in composed.citations} == {"twin", "wire"}


def test_nobody_is_first_where_an_older_article_may_tell_it_in_other_words() -> None:
    older = Article(
        "older",
        "Robbers in Molde",
        "Silver is missing from the house of prayer at Molde.",
        "Old Paper",
        "2020-02-01",
    )
    question = "Which paper was the first to report on the theft in Molde church?"
    theft = Article("theft", "Theft in Molde church", LATER.text, "Fjord News", "2020-02-06")
    assert compose_first(material_of(question, [theft, older])) is None


def test_an_article_without_a_day_cannot_be_put_in_order() -> None:
    undated = Article("undated", WIRE.title, WIRE.text, "Molde Post", None)
    assert compose_first(material_of(STOLEN, [undated])) is None


def test_what_an_article_says_of_who_was_first_is_quoted() -> None:
    says = Article(
        "says",
        "Molde church",
        "The stolen chest of Molde church was first reported by the Molde Post.",
        "Fjord News",
        "2020-02-07",
    )
    reader = ScriptedReader({"stolen chest": "first reported by the Molde Post"})
    assert compose_first(material_of(STOLEN, [says], reader)) is None


def test_the_first_to_say_is_the_speaker() -> None:
    speech = Article(
        "speech",
        "Molde church open",
        "Bishop Karin Foss said that the church of Molde would be open on Sunday.",
        "Fjord News",
        "2020-02-06",
    )
    question = "Who was the first to say that the church of Molde would be open?"
    composed = compose_first(material_of(question, [speech]))
    assert composed is not None
    assert "Karin Foss, in Fjord News, on 6 February 2020" in composed.sentences[0].text


def test_of_two_accounts_of_one_day_the_one_that_rests_on_the_other_is_left_out() -> None:
    twin = Article(
        "twin",
        LATER.title,
        f"{LATER.text} The theft was first reported by the Molde Post.",
        "Fjord News",
        WIRE.published,
    )
    own = Article("own", WIRE.title, WIRE.text.replace("(Nord Wire) ", ""), *WIRE_RECORD)
    composed = compose_first(material_of(STOLEN, [twin, own]))
    assert composed is not None
    assert {each.article for each in composed.citations} == {"own"}


def test_a_source_that_another_sentence_credits_is_named() -> None:
    text = f"{LATER.text} The theft was first reported by the Molde Post."
    only = Article("only", LATER.title, text, LATER.source, LATER.published)
    composed = compose_first(material_of(STOLEN, [only]))
    assert composed is not None
    assert "Molde Post, as credited by Fjord News, on 6 Feb" in composed.sentences[0].text

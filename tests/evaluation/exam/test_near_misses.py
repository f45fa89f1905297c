"""Near misses: one thing is changed, and no article answers what is asked then."""

from __future__ import annotations

from dataclasses import replace

from rag.evaluation.exam.makers import make_questions, questions_of
from rag.evaluation.exam.rivals import RivalSearch
from rag.evaluation.exam.sources import sentences_of
from rag.types import Article
from tests.conftest import FERRIES
from tests.evaluation.exam.conftest import article

QUESTION = "How many passengers did Halvard Ferries carry in 2019?"


def near_misses(*articles: Article) -> dict[str, str]:
    """The near misses with what was changed in them, of every sort that fits."""
    misses: dict[str, str] = {}
    for seed in range(12):
        exam = make_questions(articles, lambda: articles, 60, seed)
        misses |= {each.question: each.edit for each in exam.near_misses}
    return misses


def test_another_year_role_relation_and_name() -> None:
    misses = near_misses(article(FERRIES))
    edits = set(misses.values())
    assert {"year", "role", "name"} <= edits
    years = {question for question, edit in misses.items() if edit == "year"}
    assert any("Halvard Ferries carry in 20" in each for each in years)
    assert QUESTION not in years
    assert any(
        each.startswith("Who is the ") and each.endswith(" of Halvard Ferries?")
        for each, edit in misses.items()
        if edit == "role"
    )


def test_a_year_that_an_article_has_with_the_name_is_not_taken() -> None:
    years = [str(2019 + step) for step in (-10, -4, -3, -2, -1, 1, 2, 3, 4)]
    telling = [
        article(f"Halvard Ferries had a good year in {year}, its board said.", id=f"y{year}")
        for year in years
    ]
    misses = near_misses(article(FERRIES, published=None), *telling)
    assert "year" not in misses.values()


def test_a_year_that_only_the_day_of_an_article_tells_is_not_taken() -> None:
    telling = [
        article("Halvard Ferries had a good year.", id=f"y{year}", published=f"{year}-12-31")
        for year in range(2009, 2024)
    ]
    misses = near_misses(article(FERRIES, published=None), *telling)
    assert "year" not in misses.values()


def test_a_person_whose_age_an_article_tells_is_not_asked_for_in_a_near_miss() -> None:
    questions = "How old is Ivo Brandt?"
    assert near_misses(article(FERRIES)).get(questions) == "name"
    other = article("The pilot Brandt, 52, is ill.", id="b")
    assert questions not in near_misses(article(FERRIES), other)


def test_a_reprint_of_the_sentence_answers_no_near_miss_of_it_and_another_sentence_does() -> None:
    source = next(iter(sentences_of(article(FERRIES))))
    base = next(each for each in questions_of(source) if each.question == QUESTION)
    question = QUESTION.replace("Halvard Ferries", "the Maren")
    near = replace(base, question=question, answers=(), names=("Maren",), edit="name")

    def is_left(text: str) -> bool:
        search = RivalSearch([near])
        search.read(article(text, id="b"))
        return bool(search.left())

    assert is_left(f"{FERRIES} This is what the Kurier wrote.")
    assert is_left("The Maren is an old ship.")
    assert not is_left("The Maren is an old ship. It had 900 passengers to carry in 2019.")


def test_a_role_that_an_article_names_is_not_taken() -> None:
    named = article(
        "Halvard Ferries has a treasurer, a deputy chairman, a founder, a secretary, a spokesman, "
        "a chief lawyer and an auditor, and they met at Sund.",
        id="b",
    )
    assert "role" in near_misses(article(FERRIES)).values()
    assert "role" not in near_misses(article(FERRIES), named).values()


def test_a_capital_does_not_take_the_place_of_its_country() -> None:
    text = (
        "Seven ships from Japan reached Lisbon in March. The minister was in Tokyo, in Osby, "
        "in Japan and in Lisbon. Ships from Osby reached Tarn."
    )
    questions = near_misses(article(text))
    assert not [each for each in questions if "Tokyo" in each and "Japan" not in each]

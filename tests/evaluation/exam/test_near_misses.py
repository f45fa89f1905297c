"""Near misses: one thing is changed, and no article answers what is asked then."""

from __future__ import annotations

from rag.evaluation.exam.makers import make_questions
from rag.types import Article
from tests.evaluation.exam.conftest import article

FERRIES = (
    "Halvard Ferries carried 612,000 passengers in 2019. "
    "Yusra Haddon, the managing director of Halvard Ferries, praised the crews. "
    "Lena Holt, 46, the mayor of Tarn, was born in Osby in 1961. "
    "Ivo Brandt, the pilot of the Maren, lives near Sund."
)
QUESTION = "How many passengers did Halvard Ferries carry in 2019?"


def near_misses(*articles: Article) -> dict[str, str]:
    """The near misses with what was changed in them, of every sort that fits."""
    found: dict[str, str] = {}
    for seed in range(12):
        exam = make_questions(articles, lambda: articles, 60, seed)
        found |= {each.question: each.edit for each in exam.near_misses}
    return found


def test_another_year_role_relation_and_name() -> None:
    found = near_misses(article(FERRIES))
    edits = set(found.values())
    assert {"year", "role", "name"} <= edits
    years = {question for question, edit in found.items() if edit == "year"}
    assert any("Halvard Ferries carry in 20" in each for each in years)
    assert QUESTION not in years
    assert any(
        each.startswith("Who is the ") and each.endswith(" of Halvard Ferries?")
        for each, edit in found.items()
        if edit == "role"
    )


def test_a_year_that_an_article_has_with_the_name_is_not_taken() -> None:
    years = [str(2019 + step) for step in (-10, -4, -3, -2, -1, 1, 2, 3, 4)]
    told = [
        article(f"Halvard Ferries had a good year in {year}, its board said.", id=f"y{year}")
        for year in years
    ]
    found = near_misses(article(FERRIES, published=None), *told)
    assert "year" not in found.values()


def test_a_year_that_only_the_day_of_an_article_tells_is_not_taken() -> None:
    told = [
        article("Halvard Ferries had a good year.", id=f"y{year}", published=f"{year}-12-31")
        for year in range(2009, 2024)
    ]
    found = near_misses(article(FERRIES, published=None), *told)
    assert "year" not in found.values()


def test_a_person_whose_age_an_article_tells_is_not_asked_for_in_a_near_miss() -> None:
    asked = "How old is Ivo Brandt?"
    assert near_misses(article(FERRIES)).get(asked) == "name"
    other = article("The pilot Brandt, 52, is ill.", id="b")
    assert asked not in near_misses(article(FERRIES), other)


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

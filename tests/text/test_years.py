"""Whether a sentence, or the article that it is in, tells of the year that a question names."""

from __future__ import annotations

import pytest

from rag.text.dates.years import accordance, reported_years, without_year
from rag.types import Article


def article(text: str, published: str | None = "2022-03-09", title: str = "News") -> Article:
    return Article("a", title, text, published=published)


@pytest.mark.parametrize(
    ("text", "published", "years"),
    [
        ("Aas won the cup on Sunday.", "2022-03-09", {"2022"}),
        ("The mill earned more in 2021. It hired ten.", "2022-03-09", {"2021"}),
        ("ULM, March 9 (Wire) - The mill made a loss last year.", "2022-03-09", {"2021"}),
        ("Last year’s winners came in fourth.", "2022-03-09", {"2022"}),
        ("The bridge of 1911 shuts. It was painted in 1980.", "2022-03-09", {"2022"}),
        ("The line is to open in 2025.", "2022-03-09", {"2022"}),
        ("Aas won the cup in 2021.", None, set()),
    ],
)
def test_the_years_that_an_article_reports_on(text, published, years):
    assert reported_years(article(text, published)) == years


REPORT = article("The mill earned more in 2021.\n\nIt hired ten. In 1980 it had hired fifty.")


@pytest.mark.parametrize(
    ("year", "sentence", "expected"),
    [
        ("2021", "It hired ten.", 1),
        ("2021", "In 1980 it had hired fifty.", 0),
        ("1980", "In 1980 it had hired fifty.", 1),
        ("2022", "The mill earned more in 2021.", -1),
        ("2019", "It hired ten.", -1),
        ("2022", "It hired ten.", 0),
    ],
)
def test_a_sentence_is_of_its_own_year_else_of_that_of_its_article(year, sentence, expected):
    assert accordance({year}, sentence, sentence, REPORT) == expected


RACE = article(
    "Ada Moe won the race on Sunday. Ivo Ek, the 2019 winner, gave up.\n\n"
    "Each winner receives 200 crowns.\n\nThe races of 2020 were called off.\n\n"
    "In 2018 it rained. Only 90 boats finished then.\n\nSeven rowers caught cold.",
    "2022-10-10",
)


@pytest.mark.parametrize(
    ("year", "sentence", "expected"),
    [
        ("2022", "Each winner receives 200 crowns.", 1),
        ("2019", "Each winner receives 200 crowns.", -1),
        ("2020", "Each winner receives 200 crowns.", -1),
        ("2018", "Only 90 boats finished then.", 0),
        ("2018", "Seven rowers caught cold.", -1),
        ("2019", "Ada Moe won the race on Sunday.", -1),
    ],
)
def test_a_year_that_is_recalled_elsewhere_is_not_that_of_a_sentence(year, sentence, expected):
    assert accordance({year}, sentence, RACE.text, RACE) == expected


def test_without_a_day_of_publication_the_years_of_the_passage_count():
    undated = article("Aas won in 2021. Lund won in 2020.", None)
    assert accordance({"2020"}, "Aas won in 2021.", undated.text, undated) == 0
    assert accordance({"2019"}, "Aas won in 2021.", undated.text, undated) == -1


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who won the 2018 cup?", "Who won the cup?"),
        ("In 2018, who won the cup?", "Who won the cup?"),
        ("How many boats came in 2018?", "How many boats came?"),
        ("Who won in 2018 and in 2019?", None),
        ("Who led the town in May 2018?", None),
        ("What in 2018?", None),
    ],
)
def test_a_question_without_its_year(question, expected):
    assert without_year(question) == expected

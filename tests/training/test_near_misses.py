"""Each edit makes the question one that the passage does not answer."""

from __future__ import annotations

import random
import re

import pytest

from rag.training import near_misses
from rag.training.examples import Example
from rag.training.near_misses import in_headline_style, make_near_miss

PASSAGE = (
    "The port of Tarn was opened by Lena Holt in 1931. It has 45 cranes. "
    "Its harbour master is Marek Dal of Sund."
)
EXAMPLE = Example(
    "s", "g", "Who first opened the port of Tarn in 1931 with 45 cranes?", PASSAGE,
    answers=True, spans=((31, 40),),
)  # fmt: skip
OTHER = Example("s", "other", "Who rules in Ostby now?", "Nobody.", answers=True)


def test_the_example_is_right() -> None:
    start, end = EXAMPLE.spans[0]
    assert PASSAGE[start:end] == "Lena Holt"


def is_unanswerable(example: Example | None) -> bool:
    return example is not None and example.answers is False and example.spans == ()


@pytest.mark.parametrize("seed", range(5))
def test_another_year_in_the_question(seed: int) -> None:
    edited = near_misses._other_year(EXAMPLE, random.Random(seed))
    assert is_unanswerable(edited)
    year = int(re.findall(r"\d{4}", edited.first)[0])
    assert year != 1931
    assert abs(year - 1931) <= 10
    assert edited.first.replace(str(year), "1931") == EXAMPLE.first
    assert edited.passage == PASSAGE


def test_another_year_in_the_passage() -> None:
    edited = near_misses._other_year_in_passage(EXAMPLE, random.Random(1))
    assert is_unanswerable(edited)
    assert (edited.first, "1931" in edited.passage) == (EXAMPLE.first, False)
    assert re.search(r"in 19\d\d\.", edited.passage)


def test_another_number_never_the_year() -> None:
    edited = near_misses._other_number(EXAMPLE, random.Random(1))
    assert is_unanswerable(edited)
    number = re.findall(r"with (\d+) cranes", edited.first)[0]
    assert (number[0] != "4", number[1]) == (True, "5")
    assert "1931" in edited.first


def test_a_name_of_another_article() -> None:
    edited = near_misses._other_name(EXAMPLE, [OTHER], random.Random(1))
    assert is_unanswerable(edited)
    assert edited.first == EXAMPLE.first.replace("Tarn", "Ostby")
    assert near_misses._other_name(EXAMPLE, [EXAMPLE], random.Random(1)) is None


def test_a_name_of_another_sentence() -> None:
    edited = near_misses._name_of_the_passage(EXAMPLE, random.Random(1))
    assert is_unanswerable(edited)
    assert edited.first == EXAMPLE.first.replace("Tarn", "Sund")  # Marek Dal has two words


def test_another_relation() -> None:
    firsts = {near_misses._other_relation(EXAMPLE, random.Random(seed)).first for seed in range(40)}
    assert firsts == {
        EXAMPLE.first.replace("first", "last"),
        EXAMPLE.first.replace("first", "second"),
        EXAMPLE.first.replace("opened", "closed"),
        EXAMPLE.first.replace(" with ", " without "),
    }


def test_without_the_sentence_that_answers() -> None:
    edited = near_misses._without_the_sentence(EXAMPLE)
    assert is_unanswerable(edited)
    assert edited.passage == PASSAGE[PASSAGE.index("It has") :]
    short = Example("s", "g", "Who?", "Ida left. Ivo came.", answers=True, spans=((0, 3),))
    assert near_misses._without_the_sentence(short) is None  # one sentence would be left


def test_a_near_miss_says_so_and_how_far_to_trust_it() -> None:
    edited = make_near_miss(EXAMPLE, [OTHER], random.Random(3))
    assert is_unanswerable(edited)
    assert (edited.source, edited.trust, edited.group) == ("near_miss", 0.94, "g")
    bare = Example("s", "g", "Why so?", "So.", answers=True, spans=((0, 2),))
    assert make_near_miss(bare, [OTHER], random.Random(3)) is None


@pytest.mark.parametrize(
    ("question", "forms"),
    [
        ("Where was Super Bowl 50 held?", {"location", "where", "place"}),
        ("When did the Tarn bridge open?", {"date", "when", "day"}),
        ("What year did the Tarn bridge open?", {"year"}),
    ],
)
def test_headline_style(question: str, forms: set[str]) -> None:
    content = "Super Bowl 50 held" if "Bowl" in question else "Tarn bridge open"
    styles = {in_headline_style(question, random.Random(seed)) for seed in range(60)}
    assert styles == {f"{form} {content}" for form in forms} | {
        f"{content} {form}" for form in forms
    }


def test_headline_style_counts_in_front_and_leaves_short_questions() -> None:
    question = "How many people live in Tarn?"
    styles = {in_headline_style(question, random.Random(seed)) for seed in range(60)}
    assert styles == {"number of people live Tarn", "how many people live Tarn"}
    assert in_headline_style("Who was it?", random.Random(1)) == "Who was it"

"""Invented news: what is answered stands in the passage, and a trap asks for something else."""

from __future__ import annotations

import random
import re
import string

import pytest

from rag.training.news import FAMILIES, draw_values, make_news_examples

EXAMPLES = make_news_examples(3000, random.Random(11))


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_slot_has_a_value_and_every_question_a_sentence() -> None:
    values = {*draw_values(random.Random(1)), "when", "of_year"}
    for family in FAMILIES:
        in_sentences = slots(" ".join(family.sentences))
        assert in_sentences | slots(family.title) <= values
        for text, slot in family.questions:
            assert slots(text) <= values
            assert slot in in_sentences, text
        assert "missing" in family.traps
    assert len(FAMILIES) == 14


def test_values_have_their_forms() -> None:
    values = draw_values(random.Random(5))
    assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", values["a"])
    assert re.fullmatch(r"6-[0-4], 7-[56], 6-[0-4]", values["score"])
    assert re.fullmatch(r"\d{1,2},\d{3}", values["count"])
    assert re.fullmatch(r"\d\d\.\d", values["percent"])
    assert values["year"] in values["date"]
    assert str(int(values["year"]) + 1) in values["date2"]
    assert values["q"][1] == str(
        ["first", "second", "third", "fourth"].index(values["quarter"]) + 1
    )
    assert values["prize2_c"] == values["prize2"].capitalize()
    assert not any("{" in value for value in values.values())


def test_the_same_seed_invents_the_same_news() -> None:
    assert make_news_examples(50, random.Random(3)) == make_news_examples(50, random.Random(3))
    assert make_news_examples(50, random.Random(3)) != make_news_examples(50, random.Random(4))
    assert make_news_examples(0, random.Random(3)) == []


def test_somewhat_more_than_half_is_answerable() -> None:
    share = sum(each.answers is True for each in EXAMPLES) / len(EXAMPLES)
    assert 0.55 < share < 0.62


def test_the_span_is_the_value_of_the_slot() -> None:
    asked_for = {
        "Who won the men's race of the": r"[A-Z][a-z]+ [A-Z][a-z]+",
        "In what time was the": r"2:\d\d:\d\d",
        "What was the turnout": r"\d\d\.\d",
        "What dividend does": r"\d\.\d\d crowns",
        "When was the": r"\w+ \d{1,2}, \d{4}|\d{1,2} \w+ \d{4}|\d{4}",
    }
    counts = dict.fromkeys(asked_for, 0)
    for each in EXAMPLES:
        if not each.answers:
            assert (each.spans, each.trust) == ((), 0.97)
            continue
        ((start, end),) = each.spans
        assert 0 <= start < end <= len(each.passage)
        for opening, form in asked_for.items():
            if each.first.startswith(opening):
                counts[opening] += 1
                assert re.fullmatch(form, each.passage[start:end]), each
    assert all(counts.values()), counts


@pytest.mark.parametrize("answerable", [True, False])
def test_a_year_trap_asks_for_a_year_that_the_report_is_not_about(answerable: bool) -> None:
    pattern = re.compile(r"Marathon (?:in|of) (\d{4})")
    matches = [
        (match[1], each.passage)
        for each in EXAMPLES
        if each.answers is answerable and (match := pattern.search(each.first))
    ]
    share = sum(year in passage for year, passage in matches) / len(matches)
    assert share == 1 if answerable else 0.1 < share < 0.9  # else the sentence is missing


def test_a_trap_of_the_subject_asks_about_another() -> None:
    deaths = [each for each in EXAMPLES if (each.first + "?").startswith("When did ")]
    deaths = [each for each in deaths if each.first.endswith(" die?")]
    for each in deaths:
        name = each.first.removeprefix("When did ").removesuffix(" die?")
        if each.answers:
            assert name in each.passage
    others = [each for each in deaths if each.first.split()[2] not in each.passage]
    assert others
    assert all(each.answers is False for each in others)

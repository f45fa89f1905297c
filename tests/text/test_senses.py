from __future__ import annotations

import pytest

from rag.text.senses import senses_of, stems_of_sense


def only(text):
    (sense,) = senses_of(text)
    return sense


@pytest.mark.parametrize(
    ("one", "other"),
    [("hurt", "injured"), ("won", "win"), ("quit", "stepped down"), ("rose", "has gone up")],
)
def test_words_of_one_sense(one, other):
    assert only(one).is_same(only(other))
    assert not only(one).is_contrary(only(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("accept", "turned down"),
        ("open", "closed"),
        ("alive", "died"),
        ("unharmed", "injured"),
        ("switched on", "switched off"),
        ("keep", "lost"),
    ],
)
def test_words_of_contrary_sense(one, other):
    assert only(one).is_contrary(only(other))
    assert only(other).is_contrary(only(one))
    assert not only(one).is_same(only(other))


def test_other_words_are_neither():
    assert not only("open").is_same(only("empty"))
    assert not only("open").is_contrary(only("empty"))


def test_a_word_knows_its_place_and_stop_words_have_no_sense():
    text = "It had been turned down by the mayor."
    assert [text[each.start : each.end] for each in senses_of(text)] == ["turned down", "mayor"]


def test_a_negative_test_is_the_contrary_of_drink_and_a_life_lost_is_a_death() -> None:
    (drunk,) = senses_of("drunk")
    for text in ("A breath test was negative.", "A test for alcohol came back negative."):
        assert any(each.is_contrary(drunk) for each in senses_of(text))
    assert senses_of("lost their lives")[0].is_same(senses_of("died")[0])


def test_the_words_of_one_sense_are_known_by_their_stems():
    assert {"theft", "stolen"} <= stems_of_sense("theft") == stems_of_sense("stole")
    assert stems_of_sense("kiln") == {"kiln"}
    assert stems_of_sense("the") == frozenset()

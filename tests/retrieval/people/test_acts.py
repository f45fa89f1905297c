"""What somebody does by saying something."""

from __future__ import annotations

import pytest

from rag.retrieval.people.acts import DIFFERS, FITS, MAY_FIT, accords, act_of, acts_in


@pytest.mark.parametrize(
    ("words", "act", "verb"),
    [
        ("she denies it", "deny", "denies"),
        ("he ruled out a sale", "deny", "ruled out"),
        ("he would not say why", "refuse", "would not say"),
        ("she called for a vote", "demand", "called"),
        ("he said the board should go", "demand", "said"),
        ("she admitted it", "confirm", "admitted"),
        ("they vowed to stay", "promise", "vowed"),
        ("he said it rained", "say", "said"),
    ],
)
def test_an_act_is_told_by_its_verb(words: str, act: str, verb: str) -> None:
    first = next(acts_in(words))
    assert first.act == act
    assert words[first.start : first.end] == verb


def test_no_verb_of_speech_is_no_act() -> None:
    assert list(acts_in("she won the race and left")) == []
    assert act_of("won") is None
    assert act_of("Denied") == "deny"


def test_who_says_that_it_is_not_so_denies_it() -> None:
    assert accords("deny", "deny", "She denied it.") == FITS
    assert MAY_FIT < accords("deny", "say", "“He is not leaving,” she said.") < FITS
    assert accords("deny", "say", "He said it rained.") == DIFFERS
    assert accords("confirm", "say", "She said that it rained.") == MAY_FIT

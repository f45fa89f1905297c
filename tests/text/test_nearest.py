"""Where two lists of words differ."""

from __future__ import annotations

import pytest

from rag.text.nearest import differing_words


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a b c", "a b c", []),
        ("a b c", "a x c", [((1, 2), (1, 2))]),
        ("a c", "a b c", [((1, 1), (1, 2))]),
        ("a b c", "a c", [((1, 2), (1, 1))]),
        ("old crane", "crane by", [((0, 1), (0, 0)), ((2, 2), (1, 2))]),
        ("", "a b", [((0, 0), (0, 2))]),
        ("a b", "x y z", [((0, 2), (0, 3))]),
    ],
)
def test_differing_words_are_as_few_as_can_be(one, other, expected):
    assert differing_words(one.split(), other.split()) == expected

"""Names in running text."""

from __future__ import annotations

import pytest

from rag.text.names import mentions, metonyms, normalize_metonyms


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Korean", "in Korea", True),
        ("Chinese", "China's aid", True),
        ("Mayor", "the mayor said", True),
        ("Un", "until then", False),
        ("Kim", "Kim's", True),
        ("Brandt", "Holt", False),
        ("Marcus", "in the market in March", False),
        ("December", "on Dec. 18", True),
        ("June", "in July", False),
        ("Vladimir", "in Vladivostok", False),
    ],
)
def test_mentions_accepts_any_form_of_a_name(name, text, expected):
    assert mentions(text, name) is expected


@pytest.mark.parametrize(
    ("sentence", "question", "expected"),
    [
        (
            "Washington said that it had sent 40 tents.",
            "What did Washington send?",
            "The United States said that it had sent 40 tents.",
        ),
        ("Tents came from South Korea.", "What came from South Korea?", "Tents came from Seoul."),
        ("Tents came from Oslo.", "What came from Oslo?", "Tents came from Oslo."),
        ("Washington paid Moscow.", "Who paid Moscow?", "Washington paid Moscow."),
        ("George Washington paid.", "What did George Washington pay?", "George Washington paid."),
        ("Washington paid.", "What did the Washington Post say was paid?", "Washington paid."),
        ("South America paid.", "What did South America pay?", "South America paid."),
        (
            "A Washington-based firm paid.",
            "Who paid in Washington?",
            "A Washington-based firm paid.",
        ),
        ("In Washington, it said so.", "Who in Washington?", "In the United States, it said so."),
        ("The Kremlin denied it.", "What did the Kremlin deny?", "The Kremlin denied it."),
    ],
)
def test_normalize_metonyms_uses_the_name_of_the_article(sentence, question, expected):
    article = (
        "The United States said it. Seoul sent tents. Moscow, for Russia, paid. Sweden did not. "
        "In late May the Kremlin denied it."
    )
    assert normalize_metonyms(sentence, question, article) == expected


def test_metonyms_are_groups_of_distinct_names():
    names = [name for group in metonyms() for name in group]
    assert len(set(names)) == len(names)
    assert all(len(group) > 1 for group in metonyms())

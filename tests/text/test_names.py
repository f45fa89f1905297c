"""Names in running text."""

from __future__ import annotations

import pytest

from rag.text.names import (
    expand_short_forms,
    extract_full_names,
    extract_names,
    mentions,
    metonyms,
    normalize_metonyms,
    short_forms,
)


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
        ("Lucja", "with Łucja’s", True),
        ("Møller-Hahn", "Astrid Moller Hahn", True),
        ("OShaughnessy", "the O’Shaughnessy map", True),
        ("U.S.", "a US museum", True),
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


def test_names_may_begin_with_any_capital_letter():
    assert extract_names("Then Łucja Brzezińska met Pat O’Brien, Émile and Иван.") == [
        *("Łucja", "Brzezińska", "Pat", "O’Brien", "Émile", "Иван"),
    ]
    assert extract_full_names("It was Łucja Brzezińska of Ærø.") == ("Łucja Brzezińska",)


def test_a_short_form_is_one_in_any_spelling():
    forms = short_forms(("Lucja Brzezinska",), "Łucja Brzezińska spoke. Brzezińska left.")
    assert forms == {"Lucja": "Lucja Brzezinska", "Brzezinska": "Lucja Brzezinska"}
    assert expand_short_forms(forms, "Brzezińska left.") == {"Lucja", "Brzezinska"}
    assert expand_short_forms(forms, "She left.") == frozenset()


def test_metonyms_are_groups_of_distinct_names():
    names = [name for group in metonyms() for name in group]
    assert len(set(names)) == len(names)
    assert all(len(group) > 1 for group in metonyms())

"""Stems: stop words and endings of each language, letters of scripts without spaces."""

from __future__ import annotations

import pytest

from rag.text.stemming import is_bigram, stem_by_language, stem_tokens, stem_variants


def test_english_is_the_language_where_none_is_given() -> None:
    assert stem_tokens(["The ferries sank", "of the"]) == [["ferri", "sank"], []]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("es", "los puentes nuevos", "el puente nuevo"),
        ("de", "die neuen Brücken", "der neuen Brücke"),
        ("fr", "les écoles fermées", "l'école fermée"),
        ("ru", "новые мосты", "о новых мостах"),
        ("ar", "المدينة", "مدينة"),
        ("hi", "शहरों में", "शहर"),
    ],
)
def test_forms_of_a_word_have_one_stem(language: str, one: str, other: str) -> None:
    stems = stem_tokens([one, other], language)
    assert stems[0] == stems[1] != []


def test_each_word_has_the_stem_of_its_own_script() -> None:
    (stems,) = stem_tokens(["The bridges: мосты"], "en")
    assert stems == ["bridg", *stem_tokens(["мост"], "ru")[0]]


def test_scripts_without_spaces_give_bigrams() -> None:
    assert stem_tokens(["東京の橋", "橋", "BBC放送", "谁的"]) == [
        ["東京"],
        ["橋"],
        ["bbc", "放送"],
        [],  # particles alone
    ]
    (thai,) = stem_tokens(["ที่นี่"])  # vowel signs belong to the letter before them
    assert thai == ["ที่นี่"]


def test_a_bigram_is_two_letters_of_a_script_without_spaces() -> None:
    assert is_bigram("東京")
    assert not is_bigram("橋")
    assert not is_bigram("to")


def test_each_text_has_the_stems_of_the_language_it_is_in() -> None:
    spanish = "Los puentes de la ciudad están cerrados"
    assert stem_by_language([spanish, "The bridges"]) == [
        stem_tokens([spanish], "es")[0],
        ["bridg"],
    ]


def test_a_phrase_may_be_of_any_language() -> None:
    assert stem_variants("Victoria", ["en", "es"]) == [("victoria",), ("victori",)]
    assert stem_variants("bridges", ["en", "ja"]) == [("bridg",)]

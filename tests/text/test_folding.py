"""Spelling folded: each function folds one thing and leaves the rest alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.folding import (
    fold,
    fold_accents,
    fold_compatible,
    fold_figures,
    fold_quotes,
    fold_spaces,
    fold_words,
    has_phrase,
    same_words,
)
from rag.text.stemming import stem_tokens


def test_fold_accents_keeps_case_quotes_and_spaces():
    assert fold_accents("Café  “Zoë” Müller, Türkiye") == "Cafe  “Zoe” Muller, Turkiye"
    assert fold_accents("plain “ascii”") == "plain “ascii”"


def test_fold_quotes_makes_marks_straight():
    assert fold_quotes("“no”, ‘don’t’, é") == "\"no\", 'don't', é"


def test_fold_spaces_puts_text_on_one_line():
    assert fold_spaces(" a\u00a0\n b\t c ") == "a b c"


def test_fold_compatible_keeps_accents():
    assert fold_compatible("ﬁve ①é") == "five 1é"


@given(st.text(max_size=80))
def test_folding_twice_is_folding_once(text):
    for each in (fold_accents, fold_compatible, fold_quotes, fold_spaces):
        assert each(each(text)) == each(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Łucja Brzezińska’s", "Lucja Brzezinska"),
        ("Đorđe Ærø ısı Straße Œuvre", "DORDE AERO ISI STRASSE OEUVRE"),
        ("İstanbul", "istanbul"),
        ("e\u0301cole", "école"),
        ("ﬁve ＡＢ", "five ab"),
        ("7,400 eels", "7400 eels"),
        ("7’400 and 1\u00a0234\u202f567", "7400 and 1234567"),
        ("38km", "38 km"),
        ("38-km", "38 km"),
        ("9.4m, 10am", "9.4 m 10 am"),
        ("the U.S. Senate", "the US Senate"),
        ("J. K. Rowling", "JK Rowling"),
        ("O’Shaughnessy", "OSHAUGHNESSY"),
        ("d’Aubigny", "D'Aubigny"),
        ("Møller-Hahn", "Moller Hahn"),
        ("co-operate by e-mail", "cooperate by email"),
        ("soft\u00adhyphen", "softhyphen"),
        ("the dockers’ strike", "the dockers strike"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("ещё", "еще"),
    ],
)
def test_texts_that_differ_in_spelling_alone_are_the_same_words(one, other):
    assert fold(one) == fold(other)
    assert same_words(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("9.4", "94"),
        ("2019 400", "2019400"),
        ("May 2019\u00a0400", "May 2019400"),
        ("1,2345", "12345"),
        ("72nd", "72"),
        ("5G", "5 g"),
        ("Trusk", "Trask"),
        ("но́й", "нои"),
        ("が", "か"),
        ("résumé", "resume d"),
        ("It ended. A new law", "It ended a newlaw"),
    ],
)
def test_other_words_and_figures_stay_apart(one, other):
    assert not same_words(one, other)


def test_fold_gives_words_with_single_spaces():
    text = "In the U.S., “Łucja” – aged 7,400 – said: ‘no’."
    assert fold(text) == "in the us lucja aged 7400 said no"
    assert fold("…") == ""


def test_fold_figures_keeps_everything_else():
    assert fold_figures("7,400.5 of 1,234,567, in May 2019") == "7400.5 of 1234567, in May 2019"


def test_has_phrase_looks_for_whole_words_in_a_row():
    text = fold("The swing-bridge at Marrick")
    assert has_phrase(text, "swing bridge")
    assert not has_phrase(text, "wing bridge")
    assert not has_phrase(text, "bridge swing")


WORDS = st.text(st.sampled_from("aéLłøßI’'-., 70km\u00a0ﬁOUS"), max_size=30)


@given(WORDS)
def test_folding_a_folded_text_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


def test_stem_tokens_ignores_spelling():
    assert stem_tokens(["Łucja’s 7,400 U.S. eels"]) == [["lucja", "7400", "us", "eel"]]


def test_stem_tokens_ignores_accents():
    assert stem_tokens(["Cafés of Türkiye"]) == stem_tokens(["Cafes of Turkiye"])


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("हिन्दी में बाँध", "हिन्दी में बाँध"),  # vowel signs do not end a word
        ("٣٨ سفينة", "38 سفينة"),
        ("३,५०० नाव", "3500 नाव"),
        ("東京タワー、２０２４年", "東 京 タ ワ ー 2024 年"),
        ("BBC放送", "bbc 放 送"),
        ("Ёлка", "елка"),
    ],
)
def test_other_scripts_are_folded(text, folded):
    assert fold(text) == folded
    assert fold(folded) == folded


def test_a_phrase_is_found_within_a_text_without_spaces():
    assert has_phrase(fold("市は魚市場を移転する。"), fold("魚市場"))
    assert not has_phrase(fold("市は魚市場を移転する。"), fold("市魚場"))


@given(st.text(max_size=80))
def test_fold_words_gives_the_words_of_fold_in_order(text):
    words = fold_words(text)
    assert [word.folded for word in words] == fold(text).split()
    assert all(0 <= word.start < word.end <= len(text) for word in words)
    assert sorted(words, key=lambda word: word.start) == words


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("“Ærø,” she said—twice.", ["Ærø", "she", "said", "twice"]),
        (
            "J. K. Holt of the U.S. paid 7,400",
            ["J. K", "Holt", "of", "the", "U.S", "paid", "7,400"],
        ),
        ("1\u00a0234 km, 38km", ["1\u00a0234", "km", "38km", "38km"]),
        ("Møller-Hahn’s co-op", ["Møller-Hahn’s", "Møller-Hahn’s", "co-op"]),
        ("東京 1970", ["東", "京", "1970"]),
        ("½ of it", ["½", "½", "of", "it"]),
    ],
)
def test_fold_words_gives_the_place_of_each_word(text, pieces):
    assert [text[word.start : word.end] for word in fold_words(text)] == pieces

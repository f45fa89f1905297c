"""Spelling folded: each function folds one thing and leaves the rest alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.text.folding import fold_accents, fold_compatible, fold_quotes, fold_spaces
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
    for fold in (fold_accents, fold_compatible, fold_quotes, fold_spaces):
        assert fold(fold(text)) == fold(text)


def test_stem_tokens_ignores_accents():
    assert stem_tokens(["Cafés of Türkiye"]) == stem_tokens(["Cafes of Turkiye"])

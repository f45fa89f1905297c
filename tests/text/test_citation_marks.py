"""Citation marks: what counts as one depends on who wrote the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.citation_marks import (
    ANY,
    DRAFT,
    EARLIER,
    FOREIGN,
    PREDICTION,
    RENDERED,
    find_citation_marks,
    replace_citation_marks,
    split_at_citations,
    strip_citation_marks,
    strip_nested_citation_marks,
)

SYNTAXES = {
    "rendered": RENDERED,
    "draft": DRAFT,
    "foreign": FOREIGN,
    "earlier": EARLIER,
    "prediction": PREDICTION,
    "any": ANY,
}


@pytest.mark.parametrize(
    ("mark", "syntaxes"),
    [
        ("[2]", {"rendered", "draft", "foreign", "earlier", "prediction", "any"}),
        ("[1, 3]", {"draft", "foreign", "prediction", "any"}),
        ("[1-3]", {"draft", "foreign", "prediction", "any"}),
        ("[1; 2\u20134]", {"draft", "foreign", "prediction", "any"}),
        ("[passage 2]", {"draft", "foreign"}),
        ("[Passages 1, 2]", {"draft", "foreign"}),
        ("[passage  2]", {"draft"}),
        ("[passage2]", {"draft"}),
        ("[ 2 ]", {"draft", "any"}),
        ("[12345]", {"draft", "earlier", "prediction", "any"}),
        ("[1234567890]", {"earlier", "prediction", "any"}),
        ("[1,,2]", {"any"}),
        ("[1 2]", {"any"}),
        ("[-]", {"any"}),
        ("[]", set()),
        ("[sic]", set()),
        ("[2", set()),
        ("(2)", set()),
    ],
)
def test_find_citation_marks_depends_on_the_syntax(mark, syntaxes):
    text = f"It rained {mark} again."
    matching = {
        name for name, syntax in SYNTAXES.items() if list(find_citation_marks(text, syntax))
    }
    assert matching == syntaxes


def test_strip_citation_marks_takes_the_space_before_where_the_syntax_says_so():
    text = "It rained. [1][2] It snowed [3]."
    for name, syntax in SYNTAXES.items():
        bare = strip_citation_marks(text, syntax)
        assert bare == (
            "It rained.  It snowed ." if name in ("draft", "any") else "It rained. It snowed."
        )
    assert replace_citation_marks("a[1]b", " ", ANY) == "a b"


def test_replace_citation_marks_takes_the_replacement_literally():
    assert replace_citation_marks("a [1]", r"\g<0>", RENDERED) == r"a\g<0>"


def test_citation_mark_numbers_are_as_written_and_expanded_fill_ranges():
    (mark,) = find_citation_marks("x [1-3, 7; 9\u20138]", DRAFT)
    assert mark.numbers == [1, 3, 7, 9, 8]
    assert mark.expanded == [1, 2, 3, 7]
    assert (mark.start, mark.end, mark.number) == (2, 15, 1)


def test_citation_mark_expanded_limits_a_range():
    (mark,) = find_citation_marks("[5-99999]", DRAFT)
    assert mark.expanded == list(range(5, 26))


def test_strip_nested_citation_marks_leaves_none_that_was_hidden():
    assert strip_citation_marks("a [[1]1] b", FOREIGN) == "a [1] b"
    assert strip_nested_citation_marks("a [[1]1] b") == "a b"


@given(st.text(st.sampled_from("[]0123456789 ,;-\u2013passageP.ab"), max_size=60))
def test_strip_nested_citation_marks_leaves_no_mark(text):
    bare = strip_nested_citation_marks(text)
    assert not list(find_citation_marks(bare, FOREIGN))
    assert not list(find_citation_marks(bare, RENDERED))


def test_a_text_is_split_at_the_citations_that_there_are():
    text = "It opened [9]. [2] Ferries run.[1][2]"
    pieces = list(split_at_citations(text, {1, 2}))
    assert pieces == [("It opened [9].", 2), (" Ferries run.", 1), ("", 2), ("", 0)]
    assert list(split_at_citations("", {1})) == [("", 0)]

"""Quotes told apart from the same words elsewhere: by their context, and by fragments of links."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.page_anchors import Context, quote_context, text_fragment

URL = "https://kurier.example/a"
PAGE = "Bridge opens\nIt rained. Nobody came, it's said – 60 % done.\nIt rained. All went home.\n"
PAGE += "Town | It rained. | 12\nIT RAINED! The end of it."


def fragment(quote: str, nth: int = 0, page: str = PAGE, url: str = URL) -> str | None:
    start = [match.start() for match in re.finditer(re.escape(quote), page)][nth]
    return text_fragment(url, page, start, start + len(quote))


def test_a_quote_that_comes_first_needs_its_words_alone():
    assert fragment("It rained.") == f"{URL}#:~:text=It%20rained."
    assert fragment("Bridge opens") == f"{URL}#:~:text=Bridge%20opens"


def test_a_later_one_has_the_words_before_it():
    assert fragment("It rained.", 1) == f"{URL}#:~:text=60%20%25%20done.-,It%20rained."
    assert fragment("It rained.", 2) == f"{URL}#:~:text=Town-,It%20rained."
    assert fragment("IT RAINED!") == f"{URL}#:~:text=12-,IT%20RAINED%21"  # browsers fold case


def test_marks_that_mean_something_in_a_directive_are_encoded():
    assert fragment("Nobody came, it's said – 60 % done.") == (
        f"{URL}#:~:text=Nobody%20came%2C%20it%27s%20said%20%E2%80%93%2060%20%25%20done."
    )
    page = "A co-op & a shop."
    assert fragment(page, page=page) == f"{URL}#:~:text=A%20co%2Dop%20%26%20a%20shop."


def test_a_quote_over_paragraphs_and_a_long_one_are_named_by_their_ends():
    over = "All went home.\nTown | It rained."
    assert fragment(over) == f"{URL}#:~:text=All%20went%20home,It%20rained."
    page = " ".join(f"word{n}" for n in range(100)) + "."
    assert fragment(page, page=page) == (
        f"{URL}#:~:text=word0%20word1%20word2%20word3,word96%20word97%20word98%20word99."
    )


def test_what_cannot_be_told_apart_gets_no_fragment():
    page = "It rained.\n" * 30
    assert fragment("It rained.", 29, page) == URL
    assert fragment("It rained.", 0, page) == f"{URL}#:~:text=It%20rained."


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x#part", "https://a.example/x#part:~:text=It%20rained."),
        ("https://a.example/x#:~:text=old", "https://a.example/x#:~:text=It%20rained."),
        ("http://a.example/?q=1", "http://a.example/?q=1#:~:text=It%20rained."),
        ("HTTP://[a.example", "HTTP://[a.example#:~:text=It%20rained."),  # as it is stored
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("kurier.example/a", None),
        ("", None),
        (None, None),
    ],
)
def test_only_addresses_of_the_web_get_a_fragment(url, expected):
    assert text_fragment(url, PAGE, 13, 23) == expected


def test_the_context_is_the_least_that_tells_quotes_apart():
    text = "It rained. One.\nIt rained. Two.\nThree alone."
    assert quote_context(text, 32, 44) == Context("", "")
    assert quote_context(text, 0, 10) == Context("", " One.")
    assert quote_context(text, 16, 26) == Context("", " Two.")
    twice = "Yes.\nIt rained.\nNo.\nIt rained.\nEnd."
    assert quote_context(twice, 5, 15) == Context("Yes.\n", "\nNo.\nIt rained.\n"[:16])


@given(
    st.lists(st.sampled_from(["It rained.", "No one came.", "a b", "A, b-c", "雨。"]), min_size=1),
    st.data(),
)
def test_context_and_quote_stand_once_and_a_directive_names_the_quote(sentences, data):
    text = "".join(f"{each}{data.draw(st.sampled_from([' ', chr(10)]))}" for each in sentences)
    n = data.draw(st.integers(0, len(sentences) - 1))
    start = sum(len(each) + 1 for each in sentences[:n])
    end = start + len(sentences[n])
    prefix, suffix = quote_context(text, start, end)
    whole = prefix + text[start:end] + suffix
    assert [m.start() for m in re.finditer(f"(?={re.escape(whole)})", text)] == [
        start - len(prefix)
    ]
    link = text_fragment(URL, text, start, end)
    if link != URL:
        parts = [unquote(each) for each in link.split(":~:text=")[1].split(",")]
        shown = [each for each in parts if not each.startswith("-") and not each.endswith("-")]
        assert " ".join(text[start:end].split()).startswith(shown[0])
        assert " ".join(text[start:end].split()).endswith(shown[-1])

"""A quotation as it is typed: what was said, what may stand between, who is named."""

from __future__ import annotations

import pytest

from rag.errors import QuestionError
from rag.newsroom.quotes.given import LONGEST_QUOTATION, read_quotation


@pytest.mark.parametrize(
    ("typed", "words", "named"),
    [
        ("“We will not sell it,” said Ragna Tveit", "we will not sell it", "Ragna Tveit"),
        (
            "“We will not sell it,” Ragna Tveit said on Monday.",
            "we will not sell it",
            "Ragna Tveit",
        ),
        (
            "“We will not sell it,” she said, “nor lend it.”",
            "we will not sell it nor lend it",
            None,
        ),
        ('Ragna Tveit said: "We will not sell."', "we will not sell", "Ragna Tveit"),
        ("The director, Ragna Tveit, said: «No sale today»", "no sale today", "Ragna Tveit"),
        ("Mayor Ebba Lind: “No sale today.”", "no sale today", "Mayor Ebba Lind"),
        ("“No sale today.” — Ebba Lind", "no sale today", "Ebba Lind"),
        ("“No sale today” (Ebba Lind)", "no sale today", "Ebba Lind"),
        ("“No sale today,” according to the mayor.", "no sale today", "the mayor"),
        ("„No sale today“", "no sale today", None),
        ("‘We’ll not sell,’ said O’Brien", "we ll not sell", "O’Brien"),
        ("We will not sell, said the director, Ragna Tveit", "we will not sell", "Ragna Tveit"),
        ("Tveit said: we will not sell", "we will not sell", "Tveit"),
        # sentences that quote somebody, or have a comma, are quotations as a whole
        ("The union says the yard “broke its word” in March", None, None),
        ("It was cold, and nobody came", None, None),
        ("“Sure,” Ebba Lind answered, giving nothing away", None, None),
        ("“No sale,” said Ebba Lind. The yard has 240 welders.", None, None),
        ("In 1908 the owner, Ivar Tveit, declared the town had a duty: “Build a slip”", None, None),
        ("A boat is wanted. Its owner, Ebba Lind, said she would not pay", None, None),
        ("The mayor, Ebba Lind, said the slip would be closed", None, None),
        ("Lind, who left in 2015, conceded before midnight", None, None),
    ],
)
def test_what_was_said_is_told_from_who_is_named(typed, words, named):
    given = read_quotation(typed)
    assert given.speaker == named
    if words is None:
        assert given.text == typed.strip("“”")
    else:
        assert " ".join(word.folded for word in given.words) == words


def test_a_name_beside_the_quotation_comes_first():
    given = read_quotation("“No sale today,” said Ebba Lind", " Ragna  Tveit ")
    assert (given.text, given.speaker) == ("No sale today,", "Ragna Tveit")


@pytest.mark.parametrize(
    ("typed", "joints"),
    [
        ("We will … sell it", {2: ""}),
        ("We will ... sell it", {2: ""}),
        ("We will [. . .] sell it", {2: ""}),
        ("We will (…) sell it …", {2: ""}),
        ("… we will sell it", {}),
        ("We [the owners] will sell it", {1: "the owners"}),
        ("We will [sic] sell it", {}),
        ("[W]e will sell it", {}),
    ],
)
def test_ellipses_and_brackets_are_no_words(typed, joints):
    given = read_quotation(typed)
    assert [word.folded for word in given.words] == ["we", "will", "sell", "it"]
    assert {n: joint.inside for n, joint in given.joints.items()} == joints
    assert all(given.text[w.start : w.end].casefold() == w.folded for w in given.words)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "the quotation is empty"),
        ("  “…” ", "the quotation is empty"),
        ("“Never!”", "“never” is one word"),
        ("word " * LONGEST_QUOTATION, "give a part of it, at most 5,000"),
    ],
)
def test_what_is_no_quotation_is_an_error_that_says_so(typed, message):
    with pytest.raises(QuestionError, match=message):
        read_quotation(typed)

from __future__ import annotations

import pytest

from rag.grounding.composition.accounts import (
    accounts_of,
    agree,
    exclude,
    side_by_side,
)
from rag.retrieval.evidence.judgement import Judgement
from rag.types import Hit, Passage
from tests.grounding.composition.newsstand import account, article, judgement

QUESTION = "How many people marched at Selby?"
FIRST = account(article("a", "At Selby 900 people marched."), "900")


def other(text, span, source="Ryde Post", published="2023-03-04", **options):
    return account(article("b", text, source, published), span, **options)


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("Only 650 people marched.", "650", True),
        ("Some 900 people marched.", "900", False),
        ("Nine hundred people marched.", "Nine hundred", False),
        ("About 1,400 people marched.", "About 1,400", True),
        ("More than 800 people marched.", "More than 800", False),
        ("More than 200 people marched.", "200", True),
        ("People marched for 3 hours.", "3 hours", False),
        ("Many people marched.", "Many", False),
        ("In Selby and Ryde 2,300 people marched in all.", "2,300", False),
        ("Correction: an earlier version said that 90 marched.", "90", False),
    ],
)
def test_figures_exclude_each_other_unless_one_is_a_form_of_the_other(text, span, expected):
    assert exclude(QUESTION, FIRST, other(text, span)) is expected


def test_a_rounded_figure_agrees_with_the_exact_one():
    exact = account(article("a", "1,187 people marched."), "1,187")
    assert agree(QUESTION, exact, other("About 1,200 people marched.", "1,200"))
    assert not agree(QUESTION, exact, other("Exactly 1,200 people marched.", "1,200"))


def test_figures_of_other_units_are_not_compared():
    long = account(article("a", "The wall is 40 metres long."), "40 metres")
    assert not exclude("How long is the wall?", long, other("It took 3 weeks.", "3 weeks"))


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("The fair opens in June.", "June", False),
        ("The fair opens on 3 June 2023.", "3 June 2023", False),
        ("The fair opens on 4 June.", "4 June", True),
        ("The fair opens in May.", "May", True),
    ],
)
def test_dates_exclude_each_other_where_they_cannot_be_one_day(text, span, expected):
    one = account(article("a", "The fair opens on 3 June."), "3 June")
    assert exclude("When does the fair open?", one, other(text, span)) is expected


def test_a_weekday_is_the_date_that_it_means():
    one = account(article("a", "It sank on Sunday.", published="2023-03-06"), "on Sunday")
    question = "When did it sink?"
    assert agree(question, one, other("It sank on 5 March.", "5 March"))
    assert exclude(question, one, other("It sank on 4 March.", "4 March"))


def test_a_weekday_in_a_sentence_about_the_future_is_the_next_one():
    one = account(article("a", "It will open on Sunday.", published="2023-03-06"), "on Sunday")
    question = "When does it open?"
    assert agree(question, one, other("It opens on 12 March.", "12 March"))
    assert exclude(question, one, other("It opens on 5 March.", "5 March"))


def test_two_days_are_no_date():
    text = "It opens on Monday and on Friday."
    both = account(article("a", text, published="2023-03-06"), "on Monday and on Friday")
    assert not exclude("When does it open?", both, other("It opens on 17 March.", "17 March"))


def test_accounts_of_other_times_do_not_exclude_each_other():
    later = other("At Selby 650 people marched.", "650", published="2024-03-01")
    assert not exclude(QUESTION, FIRST, later)
    of_year = "How many people marched at Selby in 2023?"
    looking_back = other("At Selby 650 people marched last year.", "650", published="2024-03-01")
    assert exclude(of_year, FIRST, looking_back)
    assert not exclude(of_year, FIRST, later)


def test_what_is_replaced_excludes_nothing():
    newer = account(article("b", "It is 58, not 63.", "Ryde Post", "2023-03-04"), "58")
    older = account(article("a", "63 people fell ill."), "63")
    assert not exclude("How many people fell ill?", newer, older)
    assert exclude("How many people fell ill?", older, newer)
    risen = other("The number of the ill rose to 80.", "80")
    assert not exclude("How many people fell ill?", older, risen)


def test_accounts_are_one_for_an_article_without_datelines():
    dateline = account(article("c", "PORT ELM, May 14 - A ship sank."), "May 14")
    low = other("Nothing was said.", "Nothing", score=-9.0)
    judged = judgement(FIRST, FIRST, dateline, low)
    lookup = {each.article.id: each.article for each in (FIRST, dateline, low)}.__getitem__
    assert accounts_of(QUESTION, judged, lookup) == (FIRST,)


def test_what_stands_before_its_passage_is_no_dateline():
    of = article("c", "Nobody knew. PORT ELM, May 14 - A ship sank.")
    early = account(of, "Nobody", "Nobody knew.")
    start = of.text.index("PORT")
    passage = Passage(of.id, start, len(of.text), of.text[start:])
    judged = Judgement((Hit(passage, 0.1, 0.5, 1.0),), (early.evidence,), {}, False)
    assert accounts_of("Who knew?", judged, lambda _: of) == (early,)


def test_a_mark_in_a_headline_is_none_of_ours():
    unsigned = account(article("d", "It rained.", source=None, title="Rain [2] at Selby"), "rained")
    composed = side_by_side("They differ.", [unsigned])
    assert composed.sentences[1].text == "“Rain at Selby”, 2 March 2023: “It rained.”"


def test_an_account_that_counts_the_same_needs_no_high_score():
    doubtful = other("In Selby they say 650 people marched.", "650", score=-2.0)
    judged = judgement(FIRST, doubtful)
    lookup = {each.article.id: each.article for each in (FIRST, doubtful)}.__getitem__
    assert accounts_of(QUESTION, judged, lookup) == (FIRST, doubtful)
    assert accounts_of("Who spoke at Selby?", judged, lookup) == (FIRST,)


@pytest.mark.parametrize(
    ("text", "span", "score", "expected"),
    [
        ("Only 650 people came.", "650", -1.0, True),
        ("Only 650 people came.", "650", -3.0, False),
        ("By our count 650 marched.", "650", -1.0, True),
        ("It cost 650 crowns.", "650 crowns", -1.0, False),
    ],
)
def test_a_figure_of_the_same_thing_is_an_account_at_a_low_score(text, span, score, expected):
    second = other(text, span, score=score)
    articles = {"a": FIRST.article, "b": second.article}
    accounts = accounts_of(QUESTION, judgement(FIRST, second), articles.__getitem__)
    assert (second in accounts) is expected


def test_an_article_is_of_the_news_of_the_month_that_its_sentence_names():
    late = other("In early March 650 people marched.", "650", published="2023-10-04")
    assert exclude(QUESTION, FIRST, late)
    assert not exclude(QUESTION, FIRST, other("650 people marched.", "650", published="2023-10-04"))

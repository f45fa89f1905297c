from __future__ import annotations

import pytest

from rag.grounding.citations import CitedDraft
from rag.grounding.composition.other_account import (
    LEAST_PROBABILITY,
    other_probability,
    pair_features,
    with_other_account,
)
from rag.grounding.quotation import quote
from tests.grounding.composition.newsstand import account, article, judgement
from tests.scripted_reader import ScriptedReader

QUESTION = "How many people marched at Selby?"
FIRST = account(article("a", "At Selby 900 people marched."), "900")


def other(text, span, source="Ryde Post", published="2023-03-04", **options):
    return account(article("b", text, source, published), span, **options)


def shown_with(second, **options):
    lookup = {each.article.id: each.article for each in (FIRST, second)}.__getitem__
    cited = quote(QUESTION, FIRST.evidence, FIRST.article)
    return with_other_account(
        cited, QUESTION, judgement(FIRST, second), lookup, ScriptedReader({}, **options)
    )


def test_the_other_account_stands_behind_the_answer_and_is_cited():
    second = other("Only 650 people marched.", "650")
    cited = shown_with(second, contradicted=("900",))
    assert isinstance(cited, CitedDraft)
    assert [each.text for each in cited.sentences] == [
        "“At Selby 900 people marched.”",
        "Ryde Post has it otherwise: Only 650 people marched.",
    ]
    assert [each.citations for each in cited.sentences] == [(1,), (2,)]
    assert cited.citations[1].quote == "Only 650 people marched."


def test_no_other_account_where_the_reader_takes_it_to_say_the_same():
    assert len(shown_with(other("Only 650 people marched.", "650")).sentences) == 1


@pytest.mark.parametrize(
    ("counted", "is_shown"),
    [
        ("At Selby 650 people marched.", True),
        ("At Selby three people marched in front.", False),  # some of them
        ("In Ryde 650 people queued.", False),  # something else
    ],
)
def test_what_another_article_counts_is_an_account_whatever_the_reader_took_from_it(
    counted, is_shown
):
    second = other(f"The mayor spoke. {counted}", "The mayor")
    sentences = shown_with(second, contradicted=("900",)).sentences
    shown = [f"Ryde Post has it otherwise: {counted}"] if is_shown else []
    assert [each.text for each in sentences[1:]] == shown


def test_a_likely_account_that_excludes_nothing_is_there_to_compare():
    """Names and reasons exclude each other in no way that a rule can see."""
    question = "Who found the bell at Selby?"
    first = account(article("a", "Ada Holm found the bell at Selby."), "Ada Holm")
    second = account(article("b", "At Selby Eva Sand found it.", "Ryde Post"), "Eva Sand")
    lookup = {each.article.id: each.article for each in (first, second)}.__getitem__
    cited = quote(question, first.evidence, first.article)
    reader = ScriptedReader({}, contradicted=("Ada",))
    shown = with_other_account(cited, question, judgement(first, second), lookup, reader)
    assert shown.sentences[-1].text == "Compare Ryde Post: At Selby Eva Sand found it."


@pytest.mark.parametrize(
    "second",
    [
        other("Only 650 people marched.", "650", published="2019-03-04"),  # another year
        other("Correction: it was not 900 people who marched but 650.", "650"),
        other("In Selby and Ryde 950 people marched in all.", "950"),
        other("Some 900 people marched.", "900"),
        other("The band played.", "The band"),
    ],
)
def test_what_is_no_other_account(second):
    assert len(shown_with(second, contradicted=("900",)).sentences) == 1


def test_what_makes_another_account_likely():
    near = pair_features(QUESTION, FIRST, other("At Selby 870 people marched.", "870"), 1)
    assert near["ratio"] == pytest.approx(870 / 900) and near["rank"] == 1.0
    far = pair_features(QUESTION, FIRST, other("At Selby 12 people sang.", "12"), 7)
    assert other_probability(near) >= LEAST_PROBABILITY > other_probability(far)


def test_accounts_without_a_date_may_be_of_one_matter():
    undated = account(article("a", "At Selby 900 people marched.", published=None), "900")
    second = other("At Selby 870 people marched.", "870", published=None)
    assert other_probability(pair_features(QUESTION, undated, second, 1)) >= LEAST_PROBABILITY

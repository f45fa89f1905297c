from __future__ import annotations

import pytest

from rag.grounding.citations import CitedDraft
from rag.grounding.composition.other_account import (
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

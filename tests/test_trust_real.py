"""What the real models make of articles that disagree, and of questions that only look answered."""

from __future__ import annotations

import dataclasses

import pytest

from rag import Assistant
from rag.index.build import build_index

pytestmark = pytest.mark.real

ARTICLES = {
    "kurier": (
        "Bridge over the Sund opened",
        "Kurier",
        "The bridge over the Sund was opened on Saturday after four years of work. The bridge over "
        "the Sund cost 18 million crowns, Mayor Lena Holt said. Children of the town sang.",
    ),
    "nordpress": (
        "What the town paid",
        "Nordpress",
        "Auditors looked at the books of Osthavn for a month. The bridge over the Sund cost 25 "
        "million crowns, they found. The town had to borrow a third of the money.",
    ),
    "ferry": (
        "A ferry is saved",
        "Kurier",
        "The ferry Maren ran aground on 3 May with 212 passengers. Ivo Brandt, its captain, gave "
        "the rescuers a carved horn. The company Sundline, which owns it, thanked the fishermen.",
    ),
}


@pytest.fixture(scope="module")
def assistant(real_settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trust")
    (folder / "articles").mkdir()
    for id, (title, source, text) in ARTICLES.items():
        (folder / "articles" / f"{id}.md").write_text(
            f"---\ntitle: {title}\nsource: {source}\npublished: '2024-05-06'\n---\n{text}\n"
        )
    settings = dataclasses.replace(
        real_settings, corpus=folder / "articles", index=folder / "index"
    )
    build_index(settings)
    opened = Assistant.open(settings)
    yield opened
    opened.close()


def test_two_articles_that_disagree_are_both_told(assistant):
    answer = assistant.ask("How much did the bridge over the Sund cost?")
    assert not answer.abstained
    assert "18 million" in answer.text
    assert "25 million" in answer.text
    assert {each.article for each in answer.citations} == {"kurier", "nordpress"}
    assert 0 < answer.confidence <= 1


def test_accounts_that_are_to_be_compared_are_told_behind_their_outlets(assistant):
    answer = assistant.ask("How much did the bridge over the Sund cost, by the different accounts?")
    told = [each.text for each in answer.sentences if each.supported]
    assert any(text.startswith("Kurier: ") and "18 million" in text for text in told)
    assert any(text.startswith("Nordpress: ") and "25 million" in text for text in told)


def test_the_answer_is_surer_than_the_near_miss(assistant):
    told = assistant.ask("What did Ivo Brandt give the rescuers?")
    assert "carved horn" in told.text
    missed = assistant.ask("What did the rescuers give Ivo Brandt?")
    assert missed.abstained or missed.confidence < told.confidence
    assert missed.confidence is None or missed.signals["reading"] < told.signals["reading"]


def test_what_no_article_is_about_is_refused_before_a_draft(assistant):
    answer = assistant.ask("Which enzymes break down starch in saliva?")
    assert answer.abstained
    assert answer.reason == "not_in_corpus"
    assert answer.draft == ""
    assert answer.citations == ()

"""The real models on articles in conflict, and on questions that only seem to be answered."""

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
        real_settings,
        corpus=folder / "articles",
        index=folder / "index",
    )
    build_index(settings)
    opened = Assistant.open(settings)
    yield opened
    opened.close()


def test_answer_gives_both_accounts_of_articles_in_conflict(assistant):
    answer = assistant.ask("How much did the bridge over the Sund cost?")
    assert not answer.abstained
    assert "18 million" in answer.text
    assert "25 million" in answer.text
    assert {each.article for each in answer.citations} == {"kurier", "nordpress"}
    assert 0 < answer.confidence <= 1


def test_comparison_names_the_outlet_of_each_account(assistant):
    answer = assistant.ask("How much did the bridge over the Sund cost, by the different accounts?")
    supported = [each.text for each in answer.sentences if each.supported]
    kurier = [each for each in supported if each.startswith("Kurier, 6 May 2024: “")]
    nordpress = [each for each in supported if each.startswith("Nordpress, 6 May 2024: “")]
    assert len(kurier) == len(nordpress) == 1
    assert "18 million" in kurier[0]
    assert "25 million" in nordpress[0]


def test_confidence_is_higher_for_the_answer_than_for_a_near_miss(assistant):
    right = assistant.ask("What did Ivo Brandt give the rescuers?")
    assert "carved horn" in right.text
    near_miss = assistant.ask("What did the rescuers give Ivo Brandt?")
    assert near_miss.abstained or near_miss.confidence < right.confidence
    if "verifier_logit" in near_miss.signals:  # else it was refused before any draft
        assert near_miss.signals["verifier_logit"] < right.signals["verifier_logit"]


def test_assistant_abstains_without_the_language_model_where_no_article_is_about_the_question(
    assistant,
):
    answer = assistant.ask("Which enzymes break down starch in saliva?")
    assert answer.abstained
    assert answer.reason == "not_in_corpus"
    assert (answer.timings.generate, answer.timings.first_token) == (0.0, None)
    assert not any(each.supported for each in answer.sentences)
    assert answer.citations == ()

"""A draft beside articles: its sentences, their facts, and what the articles say of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from rag.assistant import Assistant
from rag.errors import QuestionError
from rag.newsroom.drafts.checking import LONGEST_DRAFT
from rag.newsroom.drafts.facts import facts_of, settle_names
from rag.newsroom.drafts.nearness import Nearness
from rag.newsroom.drafts.result import CheckResult
from rag.newsroom.drafts.sentences import split_draft
from rag.newsroom.drafts.wording import summary_in_words, unsupported_in_words
from rag.retrieval.filters import SearchFilter
from tests.conftest import ToyEmbedder, use_toy_embedder
from tests.newsroom.archive import indexed_archive

Check = Callable[..., CheckResult]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with (
        indexed_archive(tmp_path_factory.mktemp("drafts")) as (settings, _),
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        use_toy_embedder(monkeypatch)
        opened = Assistant.open(replace(settings, reader="none"))
        yield opened
        opened.close()


@pytest.fixture
def check(assistant: Assistant) -> Check:
    return assistant.check


def test_a_draft_is_cut_into_sentences_with_their_places():
    text = "# The yard\n\nThe yard lays off welders. It has no orders.\n- Mayor Lind objects.\n"
    sentences = split_draft(text)
    assert [text[each.start : each.end] for each in sentences] == [each.text for each in sentences]
    assert [(each.is_claim, each.leans) for each in sentences[1:]] == [
        (True, False),
        (True, True),
        (True, False),
    ]
    assert not sentences[0].is_claim
    assert sentences[2].before == "The yard lays off welders."
    assert sentences[3].text == "Mayor Lind objects."


@pytest.mark.parametrize(
    "text",
    [
        "Who pays for the yard?",
        "Thank you for reading!",
        "What a day for the town!",
        "The crane and the town",
        "Let us hope for the best.",
        "I think that Lind is right.",
        "People should talk more.",
    ],
)
def test_questions_greetings_headings_and_opinions_state_nothing(text):
    assert not split_draft(text)[0].is_claim


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("Nobody was hurt at the gate.", {"hurt", "gate"}),
        ("The yard was not sold on Monday.", {"sell"}),
        ("Tveit denied that the crane was sold.", {"crane", "sell"}),
        ("It has no plans; the crane was sold.", {"plan"}),
        ("Not only welders were dismissed.", set()),
        ("“Nobody knows,” she said.", {"know"}),
    ],
)
def test_words_behind_a_not_are_negated_within_their_clause(text, negated):
    assert {each.sense.name for each in facts_of(text).words if each.is_negated} == negated


def test_figures_have_units_and_neighbours_and_dates_are_no_figures():
    facts = facts_of("On 3 May 2022 the yard sold two cranes for 7,400 crowns, 12 percent less.")
    assert [(each.value, each.kind, each.behind) for each in facts.figures] == [
        ("2", "", "crane"),
        ("7400", "", "crown"),
        ("12", "percent", "less"),
    ]
    assert [(each.date.year, each.date.month, each.date.day) for each in facts.days] == [
        (2022, 5, 3)
    ]


def test_a_capital_at_the_beginning_is_a_name_where_the_articles_have_it_as_one():
    facts = facts_of("Lind spoke.")
    assert [each.text for each in settle_names(facts, ["Mayor Ebba Lind came."]).names] == ["Lind"]
    welders = facts_of("Welders spoke.")
    assert settle_names(welders, ["The welders came."]).names == ()


def test_texts_are_embedded_once():
    texts: list[str] = []

    class Counting(ToyEmbedder):
        def encode(self, given, progress=None):
            texts.extend(given)
            return super().encode(given)

    nearness = Nearness(Counting())
    assert nearness.of("the crane", ["the crane", "the gate"])[0] == pytest.approx(1)
    nearness.of("the crane", ["the gate"])
    assert sorted(texts) == ["the crane", "the gate"]
    assert nearness.best("word", []) == 0


SUPPORTED = [
    "The yard at Skarvik will lay off 240 welders before Easter.",
    "The slipway was built in 1908.",
    "Nobody objected when the county listed the great crane of Skarvik.",
    "“I will not sell the great crane,” said Ragna Tveit.",
    "The slipway is 7400 square metres of stone.",
]


@pytest.mark.parametrize("text", SUPPORTED)
def test_what_an_article_says_is_supported_and_cited(check, assistant, text):
    (sentence,) = check(text).sentences
    assert (sentence.verdict, sentence.differences) == ("supported", ())
    citation = sentence.citations[0]
    assert assistant.article(citation.article).text[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize(
    ("text", "kind", "given", "source"),
    [
        (
            "The yard at Skarvik will lay off 420 welders before Easter.",
            "figure", "420", "240",
        ),
        ("The slipway, built in 1918, is of stone.", "figure", "1918", "1908"),
        (
            "The county listed the great crane of Skarvik on Friday.",
            "date", "Friday", "Monday",
        ),
        (
            "“I will not sell the small crane,” said Ragna Tveit.",
            "quotation", "small", "great",
        ),
        ("“I will not sell the great crane,” said Ebba Lind.", "name", "Ebba Lind", "Ragna Tveit"),
        (
            "County engineer Malte Björk said that a crane tells the town when to work.",
            "role", "County engineer", "county archivist",
        ),
    ],
)  # fmt: skip
def test_what_differs_is_told_with_the_words_of_the_article(check, text, kind, given, source):
    (sentence,) = check(text).sentences
    assert sentence.verdict == "contradicted"
    assert (kind, given, source) in [
        (each.kind, each.given, each.source_text) for each in sentence.differences
    ]
    assert sentence.citations
    for each in sentence.differences:
        assert text[each.start : each.end] == each.given


def test_a_not_makes_the_contrary(check):
    (sentence,) = check("The town objected when the county listed the great crane.").sentences
    assert sentence.verdict != "supported"
    (sentence,) = check("The yard at Skarvik will not lay off 240 welders before Easter.").sentences
    assert sentence.verdict == "contradicted"
    assert {each.kind for each in sentence.differences} == {"negation"}


def test_a_half_that_no_article_has_is_not_supported_and_is_named(check):
    text = "The slipway was built in 1908, and a millionaire from Bergen bought its anchors."
    result = check(text)
    (sentence,) = result.sentences
    assert sentence.verdict == "not_found"
    assert sentence.citations == ()
    assert {"millionaire", "Bergen", "anchors"} <= {
        text[slice(*each)] for each in sentence.unsupported
    }
    assert "“Bergen”" in unsupported_in_words(sentence, result.text)


def test_what_no_article_has_is_not_found(check):
    result = check("The ferry to Bergen sank. “We never had a ferry here,” said Ragna Tveit.")
    assert [each.verdict for each in result.sentences] == ["not_found", "not_found"]


def test_a_quote_keeps_its_number_and_places_are_those_of_the_draft(check):
    text = "Is it old?\n\nThe slipway was built in 1908. The slipway, built in 1918, is of stone."
    result = check(text)
    first, second, third = result.sentences
    assert [each.verdict for each in result.sentences] == ["no_claim", "supported", "contradicted"]
    assert second.citations[0].number == third.citations[0].number == 1
    assert text[slice(*third.unsupported[0])] == "1918"
    assert (first.score, first.citations) == (0.0, ())
    assert set(result.articles) == {second.citations[0].article}
    assert summary_in_words(result) == (
        "3 sentences: 1 supported, 1 contradicted, 0 not found, 1 no claim."
    )


def test_the_result_as_json_has_the_fields_of_the_contract(check):
    values = json.loads(json.dumps(check("The slipway, built in 1918, is of stone.").to_dict()))
    assert list(values) == ["sentences"]
    (sentence,) = values["sentences"]
    assert sorted(sentence) == sorted(
        [
            *("text", "start", "end", "verdict", "score", "unsupported"),
            *("citations", "differences"),
        ]
    )
    assert sentence["differences"][0]["source_text"] == "1908"
    assert sentence["unsupported"] == [[22, 26]]


def test_a_filter_leaves_articles_out(check):
    text = "The county listed the great crane of Skarvik on Monday."
    assert check(text).sentences[0].verdict == "supported"
    wire = check(text, SearchFilter(outlets=("Kestrel Wire",)))
    assert wire.sentences[0].verdict == "not_found"
    with pytest.raises(QuestionError, match="Kestrel Wire"):
        check(text, SearchFilter(outlets=("Kestrel Wires",)))


@pytest.mark.parametrize(
    ("text", "message"), [(" \n", "is empty"), ("x" * (LONGEST_DRAFT + 1), "at most 100,000")]
)
def test_an_empty_and_an_endless_text_are_rejected(check, text, message):
    with pytest.raises(QuestionError, match=message):
        check(text)

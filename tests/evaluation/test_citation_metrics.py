"""Whether quotes carry sentences: figures, names, quotations; citation recall and precision."""

from __future__ import annotations

import pytest

from rag.evaluation.citation_metrics import (
    CitedSentence,
    citation_precision,
    citation_recall,
    cited_sentences,
    is_supported,
    unsupported_facts,
)
from rag.evaluation.fact_check import (
    extract_numbers,
    missing_names,
    missing_numbers,
    missing_quotations,
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("7,000 men, 7000 men, seven thousand, 7 thousand", [7000] * 4),
        ("two hundred and five", [205]),
        ("forty-two, twenty-five", [42, 25]),
        ("3.5 million and one hundred million two thousand", [3_500_000, 100_002_000]),
        ("two and three", [2, 3]),
        ("the 72nd, the 1950s, B-52", [72, 1950, 52]),
        ("millions, hundreds, a third", []),
        ("a dozen of 12", [12, 12]),
    ],
)
def test_figures_by_value(text, values):
    assert [float(value) for _, value in extract_numbers(text)] == values


@pytest.mark.parametrize(
    ("sentence", "text", "absent"),
    [
        ("It sent seven thousand men.", "7,000 men", ()),
        ("It sent 7,000 men.", "some 700 men", ("7,000",)),
        ("It cost 18 million.", "It cost 18.", ("18 million",)),
        ("It cost 18 million.", "between 18 and 25 million", ()),
        ("His 72nd birthday.", "He turned 72.", ()),
        ("On 12 June 2024.", "2024-06-12", ()),
        ("One of them left.", "They left.", ()),
        ("In 2 days.", "on the second day", ()),
    ],
)
def test_absent_figures(sentence, text, absent):
    assert missing_numbers(sentence, text) == absent


@pytest.mark.parametrize(
    ("sentence", "text", "absent"),
    [
        ("The mayor of Tarn said so.", "Tarn's mayor", ()),
        ("Holt said so.", "The mayor said so.", ("Holt",)),
        ("The minister met Holt in Oslo.", "Holt met him.", ("Oslo",)),
        ("North Korean and Chinese aid.", "aid from North Korea and China", ()),
        ("The French came.", "They came from France.", ()),
        ("It is in Maryland.", "Mary has it.", ("Maryland",)),
        ("The US said so.", "They told us.", ("US",)),
        ("The US said so.", "The U.S. said so.", ()),
        ("The WHO said so.", "the World Health Organization", ()),
        ("In June it fell.", "on 2024-06-12", ()),
        ("In Sept. it fell.", "in September", ()),
        ("It fell in May.", "It fell.", ("May",)),
        ("However, it fell.", "It fell.", ()),
        ("Kim Jong-un wrote.", "Kim Jong Un wrote", ()),
    ],
)
def test_absent_names(sentence, text, absent):
    assert missing_names(sentence, text) == absent


def test_absent_quotations():
    said = "He called it “the driest we have known” and 'odd'."
    assert missing_quotations(said, '"The driest we have known," he said') == ()
    assert missing_quotations(said, "the driest we knew") == ("the driest we have known",)
    assert missing_quotations('He called it "odd".', "strange") == ()


def test_unfounded_names_what_is_missing():
    sentence = "Mayor Holt paid 18 million in Tarn."
    assert unsupported_facts(sentence, ["The mayor paid 25 million."]) == (
        "18 million",
        "Holt",
        "Tarn",
    )
    assert (
        unsupported_facts(sentence, ["The mayor paid 18 million."], "Lena Holt, The Tarn Post")
        == ()
    )


def test_entailed_needs_half_of_the_new_words():
    quote = ["The bridge cost 18 million crowns, mayor Lena Holt said."]
    assert is_supported("The bridge cost 18 million crowns.", quote)
    assert not is_supported("The bridge cost 19 million crowns.", quote)
    assert not is_supported("The tunnel swallowed 18 million taxes yearly.", quote)
    # of the words that the question does not hold (cost, crown | swallow, tax) none stands there
    assert not is_supported(
        "The bridge swallowed taxes.", quote, question="What about the bridge and the crowns?"
    )
    assert is_supported("The bridge.", quote, question="What bridge?")  # nothing new: all its words
    assert not is_supported("The bridge.", ["Rain fell."], question="What bridge?")
    assert not is_supported("The bridge cost 18 million crowns.", [])
    assert is_supported('Holt said it "cost 18 million crowns".', quote)
    assert not is_supported('Holt said it "cost only 18 million crowns".', quote)


def cited(text, *quotes):
    return CitedSentence(text, quotes, ("",) * len(quotes))


def test_citation_recall_and_precision_after_alce():
    both = "The bridge cost 18 million crowns and the ferry sank in May."
    bridge, ferry, other = "The bridge cost 18 million crowns.", "The ferry sank in May.", "Rain."
    assert citation_recall(cited(both, bridge, ferry), "") is True
    assert citation_precision(cited(both, bridge, ferry), "") == [True, True]  # each is needed
    assert citation_precision(cited(both, bridge, ferry, other), "") == [True, True, False]
    assert citation_precision(cited(bridge, bridge, bridge), "") == [
        True,
        True,
    ]  # each carries alone
    assert citation_precision(cited(bridge, bridge, other), "") == [True, False]
    assert citation_recall(cited(both, bridge, other), "") is False
    assert citation_precision(cited(both, bridge, other), "") == [False, False]
    assert citation_recall(cited(bridge), "") is False  # cites nothing
    assert citation_precision(cited(bridge), "") == []


def test_shown_sentences_bring_their_quotes_and_records():
    answer = {
        "abstained": False,
        "sentences": [
            {"text": "A.", "citations": [2], "supported": True},
            {"text": "B.", "citations": [], "supported": False},
        ],
        "citations": [
            {"number": 2, "article": "x", "title": "T", "source": None, "published": "2024",
             "quote": "q"},
        ],
    }  # fmt: skip
    assert cited_sentences(answer, {"x": "Ann"}) == [CitedSentence("A.", ("q",), ("T, 2024, Ann",))]
    assert cited_sentences({**answer, "abstained": True}) == []

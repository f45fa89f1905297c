"""Numbers, names and quotations of a sentence, compared with a text."""

from __future__ import annotations

import pytest

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
def test_extract_numbers_by_value(text, values):
    assert [float(value) for _, value in extract_numbers(text)] == values


@pytest.mark.parametrize(
    ("sentence", "text", "missing"),
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
def test_missing_numbers_compares_by_value(sentence, text, missing):
    assert missing_numbers(sentence, text) == missing


@pytest.mark.parametrize(
    ("sentence", "text", "missing"),
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
def test_missing_names_knows_demonyms_acronyms_and_months(sentence, text, missing):
    assert missing_names(sentence, text) == missing


def test_missing_quotations_ignores_marks_and_single_words():
    sentence = "He called it “the driest we have known” and 'odd'."
    assert missing_quotations(sentence, '"The driest we have known," he said') == ()
    assert missing_quotations(sentence, "the driest we knew") == ("the driest we have known",)
    assert missing_quotations('He called it "odd".', "strange") == ()

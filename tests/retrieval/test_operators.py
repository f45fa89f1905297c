"""Operators in a query: what they limit, and what is a question all the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import QuestionError
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.operators import parse_operators


@pytest.mark.parametrize(
    ("query", "text", "filters"),
    [
        ('"swing bridge" cost', "swing bridge cost", {"required": (("swing bridge",),)}),
        ("“swing bridge”, cost", "swing bridge cost", {"required": (("swing bridge",),)}),
        ("ferry -storm", "ferry", {"excluded": ("storm",)}),
        ("ferry NOT storm", "ferry", {"excluded": ("storm",)}),
        ('ferry -"old town" -co-op', "ferry", {"excluded": ("old town", "co-op")}),
        ("ferry AND storm", "ferry storm", {"required": (("ferry",), ("storm",))}),
        ('ferry OR "row boat"', "ferry row boat", {"required": (("ferry", "row boat"),)}),
        (
            "ferry AND storm OR gale Tarn",  # OR binds closer; Tarn is only searched for
            "ferry storm gale Tarn",
            {"required": (("ferry",), ("storm", "gale"))},
        ),
        ("ferry AND NOT storm", "ferry", {"required": (("ferry",),), "excluded": ("storm",)}),
        ("bell outlet:Kurier", "bell", {"outlets": ("Kurier",)}),
        (
            'bell outlet:"Orrin Herald" outlet:Post',
            "bell",
            {"outlets": ("Orrin Herald", "Post")},
        ),
        ("bell -outlet:Post", "bell", {"not_outlets": ("Post",)}),
        ("bell author:“Ane Moe”", "bell", {"authors": ("Ane Moe",)}),
        ("bell after:2021 before:2022", "bell", {"since": "2021", "until": "2021-12-31"}),
        ("bell before:2022-03-01", "bell", {"until": "2022-02-28"}),
        ("bell since:2021-05 until:2021", "bell", {"since": "2021-05", "until": "2021"}),
        (
            "How many were hurt? -storm",
            "How many were hurt?",
            {"excluded": ("storm",)},
        ),
        (
            'How many were hurt? "swing bridge" OR ferry',
            "How many were hurt?",
            {"required": (("swing bridge", "ferry"),)},
        ),
        ("What happened outlet:Kurier?", "What happened?", {"outlets": ("Kurier",)}),
        ("who is the mayor -Tarn NOT Sund", "who is the mayor", {"excluded": ("Tarn", "Sund")}),
        ('Will Smith "bad boys"', "Will Smith bad boys", {"required": (("bad boys",),)}),
    ],
)
def test_operators_limit_the_search_and_leave_the_words(query, text, filters):
    parsed = parse_operators(query)
    assert parsed.text == text
    assert parsed.filters == SearchFilter(**filters)


@pytest.mark.parametrize(
    "query",
    [
        'What did he mean by "war"?',
        "Sum up the piece “Eels return, quietly”.",
        'brief me on "Eels return"',
        "Byline of “Eels return”",
        '"What did he mean by "war"?"',
        'what did he mean by "war"',
        "Who said “A man on holiday is not a man on strike”?",
        'Was it war? He said "no" to me.',
        "Did he NOT say so?",
        "WHO SAID IT AND WHY?",
        "FERRY AND STORM",
        "Did the mayor -who had left- say so?",
        "mayor -who resigned- Tarn",
        "the mayor - who left - spoke",
        "It was -5 degrees in Tarn",
        "dockers' strike at O'Neil's",
        "the '90s",
        '5" and 7" pipes',
        "Portland OR",
        "AND then",
        "the author: who is it?",
        "email: before:",
        "https://example.org/a-b",
        "?!",
    ],
)
def test_ordinary_punctuation_is_no_operator(query):
    parsed = parse_operators(query)
    assert (parsed.text, parsed.filters) == (query, NO_FILTER)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("-storm", "only limits the search: add a word"),
        ("outlet:Kurier after:2021", "only limits the search"),
        ("bell before:May", "before:May has no date: write it as 2024-06-12"),
        ("bell after:May", "the start “May” is not a date"),
        ("bell after:2022 before:2022", "is after the end"),
        ("bell after:2021 since:2020", "after: or since: is given 2 times: give it once"),
        ("bell until:2021 before:2020", "until: and before: are both given"),
        ("bell before:0001", "before:0001 is before every date"),
        ("bell -author:Moe", "“-author:Moe” cannot be left out"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_type(query, message):
    with pytest.raises(QuestionError, match=message):
        parse_operators(query)


@given(st.text(st.sampled_from("ab AND OR NOT -\"?outlet:.,'“”"), max_size=40))
def test_any_text_is_parsed_or_refused(query):
    try:
        parsed = parse_operators(query)
    except QuestionError:
        return
    assert parsed.filters or parsed.text == query


@given(
    st.from_regex(r"(?:What|Who|When) [a-z'’ ]{1,20}\"[a-z ]{1,10}\" [a-z]{1,8}\?", fullmatch=True)
)
def test_a_question_with_a_quotation_stays_a_question(question):
    assert parse_operators(question).text == question


def test_an_operator_links_words_alone():
    parsed = parse_operators("ferry AND ...")
    assert (parsed.text, bool(parsed.filters)) == ("ferry AND ...", False)

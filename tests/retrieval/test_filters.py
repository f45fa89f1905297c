"""`SearchFilter`: what matches, what is rejected, and its forms."""

from __future__ import annotations

import json

import pytest

from rag.errors import QuestionError
from rag.retrieval.filters import NO_FILTER, SearchFilter


@pytest.mark.parametrize(
    ("published", "since", "until", "matches"),
    [
        ("2024-06-12", "2024-06-12", "2024-06-12", True),
        ("2024-06-12", "2024-06-13", None, False),
        ("2024-06-12", None, "2024-06-11", False),
        ("2024-06-12T08:00:00Z", "2024-06", None, True),
        ("2024-06", "2024-06-20", None, True),  # some of the month lies within
        ("2024-06", "2024-07", None, False),
        ("2024", None, "2024-01-01", True),
        ("2023", "2024", "2024", False),
        (None, "2024", None, False),  # a date not known passes no range
        (None, None, None, True),
    ],
)
def test_a_filter_by_dates_matches_what_overlaps_the_range(published, since, until, matches):
    assert SearchFilter.parse(since, until, None).matches(published or "", "") is matches


def test_a_filter_by_outlets_ignores_case():
    filters = SearchFilter(outlets=("bbc ",))
    assert filters.matches("", "BBC")
    assert not filters.matches("", "Tass")
    assert not filters.matches("", "")


def test_names_are_compared_in_any_spelling():
    filters = SearchFilter(outlets=("el pais",), authors=("Ane Møe",), not_outlets=("Post",))
    assert filters.matches("", "El País", "Bo Frisk and Ane Moe")
    assert not filters.matches("", "El País", "Bo Frisk")
    assert not filters.matches("", "Post", "Ane Moe")
    assert not SearchFilter(not_outlets=("Post",)).matches("", "POST")
    assert SearchFilter(not_outlets=("Post",)).matches("", "")


@pytest.mark.parametrize(
    ("folder", "outer", "matches"),
    [
        ("letters", "letters", True),
        ("letters/1921", "letters/", True),
        ("letters/1921", "letters/1921", True),
        ("letters2", "letters", False),
        ("", "letters", False),
    ],
)
def test_a_filter_by_folder_matches_all_below_it(folder, outer, matches):
    assert SearchFilter(folders=(outer,)).matches("", "", "", folder) is matches


@pytest.mark.parametrize(
    ("required", "excluded", "allows"),
    [
        ((("swing bridge",),), (), True),
        ((("bridge swing",),), (), False),
        ((("wing bridge",),), (), False),  # whole words
        ((("ferry", "moller hahn"),), (), True),
        ((("7400",), ("us museum",)), (), True),
        ((("7400",), ("ferry",)), (), False),
        ((), ("ferry",), True),
        ((), ("Bridge",), False),
        ((), ("marrick",), False),
    ],
)
def test_phrases_are_whole_words_in_any_spelling(required, excluded, allows):
    text = "Marrick’s swing-bridge: a U.S. museum and Møller-Hahn counted 7,400 eels."
    assert SearchFilter(required=required, excluded=excluded).allows(text) is allows


def test_a_phrase_without_a_word_is_refused():
    with pytest.raises(QuestionError, match="“…” has no word that could be searched for"):
        SearchFilter(excluded=("…",))


def test_narrowed_by_keeps_the_limits_of_both_and_refuses_two_of_one_kind():
    box = SearchFilter(since="2024", outlets=("BBC",), excluded=("war",))
    typed = SearchFilter(until="2025", outlets=("BBC",), excluded=("war", "peace"))
    both = SearchFilter("2024", "2025", ("BBC",), excluded=("war", "peace"))
    assert box.narrowed_by(typed) == both
    assert box.narrowed_by(NO_FILTER) == box == NO_FILTER.narrowed_by(box)
    with pytest.raises(QuestionError, match="outlets is given twice"):
        box.narrowed_by(SearchFilter(outlets=("Tass",)))


def test_all_limits_are_described_and_survive_json():
    filters = SearchFilter(
        outlets=("BBC",),
        not_outlets=("Tass",),
        authors=("Ane Moe",),
        folders=("letters",),
        required=(("ferry", "boat"),),
        excluded=("storm",),
    )
    assert filters.describe() == (
        "BBC, not Tass, by Ane Moe, in letters, “ferry” or “boat”, without “storm”"
    )
    assert filters.to_dict()["required"] == [["ferry", "boat"]]
    assert SearchFilter.from_dict(json.loads(json.dumps(filters.to_dict()))) == filters


def test_a_filter_without_limits_is_false_and_matches_everything():
    filters = SearchFilter.parse(None, " ", [])
    assert not filters
    assert filters == NO_FILTER
    assert filters.matches("", "") and filters.describe() == ""


@pytest.mark.parametrize(
    ("since", "until", "fault"),
    [
        ("June", None, "the start “June” is not a date"),
        (None, "2024-13", "the end “2024-13” is not a date"),
        ("2024-02-30", None, "the start “2024-02-30” is not a date"),
        ("2025", "2024", "the start 2025 is after the end 2024: swap them"),
    ],
)
def test_parse_rejects_what_is_not_a_range_of_dates(since, until, fault):
    with pytest.raises(QuestionError, match=fault):
        SearchFilter.parse(since, until)
    with pytest.raises(QuestionError, match=fault):
        SearchFilter(since or "", until or "")


def test_a_filter_keeps_its_texts_as_given_for_people_and_json():
    filters = SearchFilter.parse(" 2024 ", "2024-06", ["BBC", "Tass"])
    assert filters.describe() == "from 2024, until 2024-06, BBC, Tass"
    assert filters.to_dict() == {"since": "2024", "until": "2024-06", "outlets": ["BBC", "Tass"]}
    assert SearchFilter.from_dict(filters.to_dict()) == filters
    assert SearchFilter.from_dict({}) == NO_FILTER
    assert SearchFilter.parse(outlets="BBC") == SearchFilter(outlets=("BBC",))

"""`SearchFilter`: what matches, what is rejected, and its forms."""

from __future__ import annotations

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

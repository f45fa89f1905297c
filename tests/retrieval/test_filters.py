from __future__ import annotations

import pytest

from rag.errors import QuestionError
from rag.retrieval.filters import SearchFilter


@pytest.mark.parametrize(
    ("published", "since", "until", "passes"),
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
def test_dates(published, since, until, passes):
    assert SearchFilter.parse(since, until, None).matches(published or "", "") is passes


def test_outlets_by_name_whatever_the_case():
    wanted = SearchFilter.parse(None, None, ["bbc"])
    assert wanted.matches("", "BBC")
    assert not wanted.matches("", "Tass")
    assert not wanted.matches("", "")


def test_no_filter_is_false():
    assert not SearchFilter.parse(None, " ", [])


@pytest.mark.parametrize(
    ("since", "until"), [("June", None), ("2024-13", None), ("2024-02-30", None), ("2025", "2024")]
)
def test_a_bad_range_is_refused(since, until):
    with pytest.raises(QuestionError):
        SearchFilter.parse(since, until, None)

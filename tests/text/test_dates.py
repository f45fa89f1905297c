from __future__ import annotations

import pytest

from rag.text.dates import resolve_relative_dates


@pytest.mark.parametrize(
    ("text", "published", "expected"),
    [
        ("Kim wrote last June.", "2024-06-12", "June 2023"),
        ("Kim wrote last June.", "2024-08", "June 2024"),
        ("Kim wrote in June.", "2024-06-12", "June 2024"),
        ("Kim wrote on Dec. 18.", "2024-01-03", "December 2023"),
        ("Kim wrote on 18 December 2021.", "2024-01-03", ""),
        ("Kim wrote on December 18, 2021.", "2024-01-03", ""),
        ("Kim will come next March.", "2024-06-12", "March 2025"),
        ("Kim wrote in March last year.", "2024-06-12", "March 2023, 2023"),
        ("He came last month and this year.", "2024-01-31", "December 2023, 2024"),
        ("He came last year.", "2024", "2023"),
        ("He came in June.", "2024", ""),
        ("He came in June.", None, ""),
        ("Maren Junker, the Mayor of Augsburg, decided.", "2024-06", ""),
    ],
)
def test_what_a_loose_date_means(text, published, expected):
    assert set(resolve_relative_dates(text, published).split(", ")) == set(expected.split(", "))

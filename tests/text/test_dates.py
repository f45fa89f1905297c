from __future__ import annotations

import pytest

from rag.text.dates.forms import (
    MONTH_ABBREVIATIONS,
    MONTHS,
    format_date,
    month_number,
    parse_date,
    resolve_relative_dates,
)


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
def test_resolve_relative_dates_counts_from_the_publication_date(text, published, expected):
    assert set(resolve_relative_dates(text, published).split(", ")) == set(expected.split(", "))


def test_month_number_accepts_full_and_short_names():
    assert [month_number(name) for name in MONTHS] == list(range(1, 13))
    assert [month_number(name) for name in MONTH_ABBREVIATIONS] == [
        *(1, 2, 3, 4, 6, 7, 8, 9, 9, 10, 11, 12)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14 May 2024", "2024-05-14"),
        ("the 14th of May, 2024", "2024-05-14"),
        ("May 14, 2024", "2024-05-14"),
        ("may 1st 2024.", "2024-05-01"),
        ("Sept. 2024", "2024-09"),
        ("June of 2024", "2024-06"),
        ("2024", "2024"),
        ("2024-05-14", "2024-05-14"),
        ("31 June 2024", None),
        ("4/5/2024", None),
        ("May", None),
        ("14 May", None),
        ("soon", None),
    ],
)
def test_parse_date_reads_what_can_be_read_in_one_way(text, expected):
    assert parse_date(text) == expected
    if expected is not None:
        assert parse_date(format_date(expected)) == expected

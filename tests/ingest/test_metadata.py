"""Dates, bylines, outlets and addresses: what a short line or a field states, if it is valid."""

from __future__ import annotations

import pytest

from rag.ingest.boilerplate.bylines import byline, credit, outlet_score
from rag.ingest.boilerplate.date_lines import dateline, is_date_line, stated_day
from rag.ingest.date_forms import publication_day
from rag.ingest.metadata import people, web_url


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("March 25, 2023", "2023-03-25"),
        ("Published: 3rd of May 2024 at 10.30am", "2024-05-03"),
        ("3:04 PM EST, Thu January 4, 2024", "2024-01-04"),
        ("2024-10-10T23:30:00+02:00", "2024-10-10"),
        ("Last updated: Sept. 5, 2024", "2024-09-05"),
        ("13/11/2024", "2024-11-13"),
        ("October 2024", "2024-10"),
        ("3/4/2024", None),  # two days, by country
        ("Feb 30, 2024", None),
    ],
)
def test_date_line_gives_its_day(line, day):
    assert is_date_line(line)
    assert stated_day(line) == day


@pytest.mark.parametrize(
    "line", ["Saturday", "today", "Updated On", "2024", "5 May", "On 3 May 2024 he left"]
)
def test_line_without_a_full_date_is_no_date_line(line):  # fmt: skip
    assert not is_date_line(line)


@pytest.mark.parametrize(
    ("function", "line", "expected"),
    [
        (byline, "By Jane Doe and John Roe | Oct 3, 2024", "Jane Doe, John Roe"),
        (byline, "Written by Ann-Marie O’Neill, Coast News", "Ann-Marie O’Neill"),
        (byline, "By the river he sat", None),
        (byline, "By Reuters Staff", None),
        (credit, "Source: Coast Wire", "Coast Wire"),
        (credit, "Source: my own two eyes", None),
        (credit, "Source of the trouble", None),
        (dateline, "Central News Agency (CNA) reported on Monday", None),
        (outlet_score, "News 24a", 2),
        (outlet_score, "Social Media", 1),
        (outlet_score, "News that matters", 0),
        (publication_day, "2024-10-10T12:30:00Z", "2024-10-10"),
        (publication_day, "2024-13", None),
        (publication_day, "10/11/2024", None),
        (publication_day, "10/10/2024", "2024-10-10"),
        (publication_day, 2024, "2024"),
        (publication_day, 1_700_000_000, "2023-11-14"),
        (publication_day, "20231114", "2023-11-14"),
        (publication_day, "Tue, 14 Nov 2023 22:13:20 GMT", "2023-11-14"),
        (publication_day, "2023-11-14T23:30:00-08:00", "2023-11-14"),
        (publication_day, "14. november 2023", "2023-11-14"),
        (publication_day, "14.11.2023", "2023-11-14"),
        (publication_day, "Tue Nov 14 22:13:20 +0000 2023", "2023-11-14"),
        (publication_day, "20231114T22:13:20Z", "2023-11-14"),
        (publication_day, "/Date(1700000000000)/", "2023-11-14"),
        (publication_day, "yesterday", None),
        (publication_day, True, None),
        (people, ["Jane Doe", {"name": "John Roe"}], "Jane Doe, John Roe"),
        (people, "Jane Doe; John Roe", "Jane Doe, John Roe"),
        (web_url, "javascript:alert(1)", None),
        (web_url, "https://example.org/a?b=c", "https://example.org/a?b=c"),
    ],
)
def test_metadata_field_is_recognized_or_rejected(function, line, expected):
    assert function(line) == expected

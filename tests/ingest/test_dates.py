"""Dates in the forms and languages of documents: read where they can be read in one way only."""

from __future__ import annotations

import pytest

from rag.ingest.boilerplate.heads import read_head, record_of
from rag.ingest.date_forms import find_dates, first_day, without_dates


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Veröffentlicht am 5. März 2021", "2021-03-05"),
        ("Publié le 1er août 2019 à 14h30", "2019-08-01"),
        ("Publicado el 7 de setiembre de 2022", None),  # a spelling that the list does not have
        ("Publicado em 7 de setembro de 2022", "2022-09-07"),
        ("Pubblicato il 3 febbraio 2020", "2020-02-03"),
        ("Gepubliceerd op 9 mei 2017", "2017-05-09"),
        ("14 października 2018", "2018-10-14"),
        ("4. dubna 2020", "2020-04-04"),
        ("6. kesäkuuta 2022", "2022-06-06"),
        ("10 марта 2024 г.", "2024-03-10"),
        ("2023. március 15.", "2023-03-15"),
        ("2024年3月10日", "2024-03-10"),
        ("٣ آذار ٢٠٢٤", "2024-03-03"),
        ("07.05.2024", "2024-05-07"),  # with dots the day comes first
        ("7/5/2024", None),
        ("7/7/2024", "2024-07-07"),
        ("2024/5/7", "2024-05-07"),
        ("31.04.2024", None),  # no such day
        ("11 listopada 2024", None),  # November in Polish, October in Croatian
        ("Coast 2024-05-07", "2024-05-07"),  # no month is called Coast
        ("May 2024", "2024-05"),
        ("4 December 2006", "2006-12-04"),  # "de" is no word here, as it is in "4 de mayo"
        ("12. Dezember 1964", "1964-12-12"),
        ("2 dicembre 2018", "2018-12-02"),
        ("9 octobre 2018", "2018-10-09"),
        ("4 de diciembre de 2010", "2010-12-04"),
        ("3 d’abril de 2010", "2010-04-03"),
    ],
)
def test_first_day_of_a_line(text, day):
    assert first_day(text) == day


def test_dates_are_found_where_they_stand_and_taken_out():
    text = "From 3 May 2024 to March 7, 2025, or 1/2/2025"
    assert [(each.iso, text[each.start : each.end]) for each in find_dates(text)] == [
        ("2024-05-03", "3 May 2024"),
        ("2025-03-07", "March 7, 2025"),
    ]
    assert without_dates(text).split() == ["From", "to", ",", "or"]


@pytest.mark.parametrize(
    ("line", "source", "author", "published"),
    [
        ("The Osby Herald, Thursday, 12 May 1966", "The Osby Herald", None, "1966-05-12"),
        ("OSBY HERALD   12 May 1966   Page 4", "OSBY HERALD", None, "1966-05-12"),
        ("12.05.1966 - The Osby Herald", "The Osby Herald", None, "1966-05-12"),
        ("Nora Falk, Osby Herald, 12 May 1966", "Osby Herald", "Nora Falk", "1966-05-12"),
        ("Published 12 May 1966 in the Osby Herald", "Osby Herald", None, "1966-05-12"),
        ("Nora Falk | 12 May 1966", None, "Nora Falk", "1966-05-12"),
        ("Von Uwe Brandt", None, "Uwe Brandt", None),
        ("By Nora Falk, Osby Herald, 12 May 1966", "Osby Herald", "Nora Falk", "1966-05-12"),
        ("By Nora Falk, Lund, 12 May 1966", None, "Nora Falk", "1966-05-12"),
        ("By NORA FALK and IB HALL", None, "Nora Falk, Ib Hall", None),
        ("Source: Osby Herald", "Osby Herald", None, None),
        ("Date: 12 May 1966", None, None, "1966-05-12"),
        ("Lund, 12 May 1966", None, None, "1966-05-12"),  # a place is no outlet
        ("Last updated: 12 May 1966", None, None, None),
    ],
)
def test_record_of_a_line(line, source, author, published):
    record = record_of(line)
    assert record is not None
    assert (record.source, record.author, record.published) == (source, author, published)


@pytest.mark.parametrize(
    "line",
    [
        "On 12 May 1966 he left the town for good.",
        "Published: 3/4/2024",
        "Saved from http://a.example on 12 May 1966",
        "Minutes of the meeting of the harbour board, 12 May 1966",
        "The mill burned down",
    ],
)
def test_lines_that_state_no_record(line):
    assert record_of(line) is None


def test_the_outlet_on_a_line_of_its_own_within_the_head():
    lines = ["Mill burns down", "By Nora Falk", "The Osby Herald", "12 May 1966", "It burned."]
    head = read_head(lines)
    assert (head.title, head.lines) == (0, {1, 2, 3})
    assert (head.source, head.author, head.published) == (
        "The Osby Herald",
        "Nora Falk",
        "1966-05-12",
    )


def test_head_below_a_masthead():
    lines = ["The Osby Herald, 12 May 1966", "Mill burns down", "By Nora Falk", "It burned."]
    head = read_head(lines)
    assert (head.title, head.lines) == (1, {0, 2})
    assert (head.source, head.author, head.published) == (
        "The Osby Herald",
        "Nora Falk",
        "1966-05-12",
    )

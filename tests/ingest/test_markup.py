"""Raised figures, cells of tables, wrapped lines, structured data: plain text says the same."""

from __future__ import annotations

import lxml.html
import pytest

from rag.ingest.line_wraps import unwrap
from rag.ingest.markup.blocks import text_of_html
from rag.ingest.markup.raised import resolve, subscript, superscript
from rag.ingest.markup.style_sheets import apply_styles
from rag.ingest.markup.table_text import table_lines
from tests.growing import grows_linearly


@pytest.mark.parametrize(
    ("before", "raised", "after", "text"),
    [
        ("2.4×10", "9", " watts", "2.4×10⁹ watts"),
        ("10", "-3", " gram", "10⁻³ gram"),
        ("41 km", "2", " of land", "41 km² of land"),
        ("the mill", "2", " burned", "the mill burned"),
        ("it burned.", "12", "", "it burned."),
        ("in 1966", "3", " he", "in 1966 he"),
        ("the 21", "st", " of May", "the 21st of May"),
        ("", "4", " The board's report.", " The board's report."),
        ("", "60", "Co", "⁶⁰Co"),
        ("x", "a+b", "", "x^(a+b)"),
        ("Fe", "3+", "", "Fe³⁺"),
        ("it burned ", "235", "U", "it burned ²³⁵U"),
        ("it burned d’", "235", "U", "it burned d’²³⁵U"),
        ("the XIX", "e", " century", "the XIXe century"),
        ("Henry IV", "2", " was", "Henry IV was"),
        ("the MIX", "a", " burned", "the MIX burned"),
        ("n", "o", " 5", "no 5"),
        ("M", "me", " Brun", "Mme Brun"),
        ("the mill", "a", " burned", "the mill burned"),
    ],
)
def test_raised_characters(before, raised, after, text):
    assert resolve(f"{before}{superscript(raised)}{after}") == text


def test_lowered_characters_and_fractions():
    assert resolve(f"CO{subscript('2')} and V{subscript('max')}") == "CO₂ and Vmax"
    assert resolve(f"5{superscript('1')}/{subscript('2')} acres") == "5½ acres"
    assert resolve(f"5{superscript('3')}⁄{subscript('16')} acres") == "5 3/16 acres"


def test_a_value_stands_behind_its_heading_and_an_empty_cell_keeps_its_place():
    rows = [["Port", "Cod", "Herring"], ["Lund", "1,204", ""], ["Osby", None, "6,733"]]
    assert table_lines(rows) == [
        "Port | Cod | Herring",
        "Lund | Cod: 1,204 | Herring: –",
        "Osby | Herring: 6,733",
    ]
    assert table_lines([["Name", "Kim"], ["Age", "41"]]) == ["Name | Kim", "Age | 41"]
    assert table_lines([["Catch", None], ["Cod", "Eel"], ["1", ""]], 2) == [
        "Catch Cod | Catch Eel",
        "Catch Cod: 1 | Catch Eel: –",
    ]


def test_html_fragment():
    html = (
        "<p>It cost <s>4.1</s> 5.2 million<sup><a href='#n'>1</a></sup>.</p>"
        "<table><tr><th>Ward</th><th>Falk</th></tr><tr><td rowspan=2>East</td><td></td></tr>"
        "<tr><td>7</td></tr></table><ol start=3><li>three</li></ol><p hidden=x style='display:none'"
        ">secret</p><pre>One line that is wrapped before its end, in the\nmiddle of a sentence. It "
        "does not end there, and\ngoes on.</pre>"
    )
    assert text_of_html(html).split("\n\n") == [
        "It cost 5.2 million.",
        "Ward | Falk",
        "East | Falk: –",
        "East | Falk: 7",
        "3. three",
        "One line that is wrapped before its end, in the middle of a sentence. It does not end "
        "there, and goes on.",
    ]


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("It will re-\nopen on Tues-\nday, he said.", "It will reopen on Tuesday, he said."),
        ("There are thirty-\nfive of the well-\nknown ships now.",
         "There are thirty-five of the well-known ships now."),
        ("The North-\nEast Line and its state-of-\nthe-art ships sail.",
         "The North-East Line and its state-of-the-art ships sail."),
        ("In his great-\ngrandfather's day two-\nthirds of the six-\nteen so-\ncalled weirs stood.",
         "In his great-grandfather's day two-thirds of the sixteen so-called weirs stood."),
        ("The ship-\nyard and the half-\nway house were left to the ex-\nminister, for ex-\nample.",
         "The shipyard and the halfway house were left to the ex-minister, for example."),
        ("The ten-\nder was new-\nly sold to a fifty-\nyear-\nold with every-\nthing in it.",
         "The tender was newly sold to a fifty-year-old with everything in it."),
        ("Alle Vor-\nund Nachteile der Brücken-\npläne sind bekannt.",
         "Alle Vor- und Nachteile der Brückenpläne sind bekannt."),
        ("Il y a peut-\nêtre quatre-\nvingts bateaux dans le sud-\nouest du can-\nton.",
         "Il y a peut-être quatre-vingts bateaux dans le sud-ouest du canton."),
        ("Die Brü¬\ncke wurde am Diens¬\ntag nach drei Jahren Bauzeit eröffnet.",
         "Die Brücke wurde am Dienstag nach drei Jahren Bauzeit eröffnet."),
        ("A sun-dried fish. They ate it sun-\ndried as well, they said.",
         "A sun-dried fish. They ate it sun-dried as well, they said."),
    ],
)  # fmt: skip
def test_hyphens_at_line_ends(text, joined):
    assert unwrap(text) == joined


@pytest.mark.parametrize(
    "text",
    [
        "The ferry sails at morning,\nthe ferry sails at night,\nand nobody has told her",
        "Shopping\n- milk\n- bread\nof rye",
        "One paragraph on a line of its own, as long as it likes to be.\n\nAnother one.",
    ],
)
def test_lines_that_are_meant_stay(text):
    assert unwrap(text) == text


@pytest.mark.parametrize("piece", ["@a", "@a ", "@a{", "/*", "x", "a{b:c}@m{", "{"])
def test_a_style_sheet_is_read_in_time_that_grows_with_it(piece):
    def read(size: int) -> None:
        style = piece * (size // len(piece))
        page = f"<html><head><style>{style}</style></head><body><p class=a>x"
        apply_styles(lxml.html.fromstring(page))

    assert grows_linearly(read, 200_000)

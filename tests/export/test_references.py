"""Cited articles as CSL-JSON, RIS and BibTeX, each read back by a program that reads them."""

from __future__ import annotations

import json
from dataclasses import replace

import bibtexparser
import pytest
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle
from citeproc import formatter as formatters
from citeproc.source.json import CiteProcJSON
from pylatexenc.latex2text import LatexNodes2Text

from rag.errors import ExportError
from rag.export import FORMATS, export_answers
from rag.export.names import Organisation, Person, authors_of
from rag.export.references import references_of
from rag.types import Answer
from tests.export.support import ANSWER, SAMPLES, answer_of

KEYS = [each.key for each in references_of([ANSWER])]


def folded(text: str) -> str:
    return " ".join(text.split())


def quotes_of(index: int) -> list[str]:
    """The quotes of a sample as these formats have them."""
    quotes = [f"“{folded(SAMPLES[index].article.text)}”"]
    return quotes + ([f"Author: {SAMPLES[0].article.author}"] if index == 0 else [])


def test_each_article_is_one_entry_with_a_key_of_its_own():
    assert len(set(KEYS)) == len(SAMPLES)
    assert KEYS[1] == "marks"
    assert all(key.isascii() and key == key.lower() and " " not in key for key in KEYS)
    assert KEYS[0].startswith("2024-ferry-")
    alone = references_of([answer_of(SAMPLES[0].article)])
    assert alone[0].key == KEYS[0]  # the same in every export


@pytest.mark.parametrize("index", range(len(SAMPLES)))
def test_csl_json_is_read_by_a_csl_processor(index):
    items = json.loads(export_answers(ANSWER, "csl-json"))
    read = CiteProcJSON(items)[KEYS[index]]
    article = SAMPLES[index].article
    assert str(read["title"]) == (article.title or "Untitled")
    assert str(read.get("container_title", "")) == (article.source or "")
    assert str(read.get("URL", "")) == (article.url or "")
    assert str(read["annote"]) == "\n".join(quotes_of(index))
    names = [
        (each["family"], each["given"]) if "family" in each else (each["literal"],)
        for each in items[index].get("author", [])
    ]
    assert tuple(names) == SAMPLES[index].authors
    issued = dict(read.get("issued") or {})
    parts = tuple(issued[name] for name in ("year", "month", "day") if name in issued)
    assert parts == SAMPLES[index].date


def test_a_bibliography_is_set_from_csl_json():
    source = CiteProcJSON(json.loads(export_answers(ANSWER, "csl-json")))
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    bibliography = CitationStylesBibliography(style, source, formatters.plain)
    for key in KEYS:
        bibliography.register(Citation([CitationItem(key)]))
    lines = [str(each) for each in bibliography.bibliography()]
    ferry = next(line for line in lines if "Ferry sinks" in line)
    assert "van der Meer, A.L. and O’Brien-Lee, M." in ferry
    assert "2024" in ferry
    assert "Kurier & Söhne" in ferry
    assert any("Harbour News Agency" in line for line in lines)


@pytest.mark.parametrize("index", range(len(SAMPLES)))
def test_ris_is_read_by_a_reference_manager(index):
    entries = rispy.loads(export_answers(ANSWER, "ris"))
    assert len(entries) == len(SAMPLES)
    entry, article = entries[index], SAMPLES[index].article
    assert entry["type_of_reference"] == "NEWS"
    assert entry["title"] == (article.title or "Untitled")
    assert entry.get("secondary_title", "") == (article.source or "")
    assert [each.replace("%3B", ";") for each in entry.get("urls", [])] == (
        [article.url] if article.url else []
    )
    assert tuple(tuple(each.split(", ")) for each in entry.get("authors", [])) == (
        SAMPLES[index].authors
    )
    date = tuple(int(part) for part in entry.get("date", "").split("/") if part)
    assert date == SAMPLES[index].date
    assert int(entry.get("year", 0)) == (SAMPLES[index].date or (0,))[0]
    assert entry["notes"] == quotes_of(index)


def bibtex_entries():
    """As bibtexparser reads them, addresses verbatim and the rest without TeX."""
    decoder = LatexNodes2Text(math_mode="text", keep_braced_groups=False)
    raw = bibtexparser.parse_string(export_answers(ANSWER, "bibtex"))
    assert raw.failed_blocks == []
    decoded = bibtexparser.parse_string(
        export_answers(ANSWER, "bibtex"),
        append_middleware=[LatexDecodingMiddleware(decoder=decoder)],
    )
    assert decoded.failed_blocks == []
    return list(zip(raw.entries, decoded.entries, strict=True))


@pytest.mark.parametrize("index", range(len(SAMPLES)))
def test_bibtex_is_read_by_a_parser(index):
    raw, decoded = bibtex_entries()[index]
    article = SAMPLES[index].article
    assert raw.key == KEYS[index]

    def value(name):
        # the parser takes the circumflex for a modifier letter
        return decoded[name].replace("\N{MODIFIER LETTER CIRCUMFLEX ACCENT}", "^")

    assert value("title") == (article.title or "Untitled")
    assert ("journal" in raw) == bool(article.source)
    if article.source:
        assert value("journal") == article.source
    if article.url:
        assert raw["url"].replace("%7B", "{").replace("%7D", "}") == article.url
    if SAMPLES[index].authors:
        names = [", ".join(each) for each in SAMPLES[index].authors]
        assert value("author") == " and ".join(names)
    if SAMPLES[index].date:
        assert raw["date"] == article.published
    assert value("annote") == " ".join(quotes_of(index))


def test_an_organisation_stays_whole_in_bibtex():
    marks = bibtex_entries()[1][0]
    assert marks["author"].endswith(" and {Harbour News Agency}")
    assert marks["author"].startswith("{Orrin \\{Water\\} \\textbackslash{} Board \\& 100\\% Sons}")


@pytest.mark.parametrize("name", ["csl-json", "ris", "bibtex"])
def test_an_abstention_cites_nothing(name):
    refused = Answer("Why?", "Why?", "The articles do not say.", True, "not_stated")
    assert export_answers(refused, name).strip() in ("", "[]")


def test_an_unknown_format_is_refused_with_those_that_there_are():
    with pytest.raises(ExportError, match="give one of text, json, markdown"):
        export_answers(ANSWER, "docx")
    assert list(FORMATS)[:7] == ["text", "json", "markdown", "html", "csl-json", "ris", "bibtex"]


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ("Ane Moe and the Orrin Water Board", [("Moe", "Ane"), ("the Orrin Water Board",)]),
        ("By Jane van der Berg", [("van der Berg", "Jane")]),
        ("J. K. Holt; Bo Frisk", [("Holt", "J. K."), ("Frisk", "Bo")]),
        ("John Smith, Jr.", [("John Smith Jr.",)]),
        ("Moe, Ane", [("Moe", "Ane")]),
        ("Holt, J. K.", [("Holt", "J. K.")]),
        ("van der Meer, Anna Louise", [("van der Meer", "Anna Louise")]),
        ("Moe, Ane; Lund, Per", [("Moe", "Ane"), ("Lund", "Per")]),
        ("Moe, Ane, and Lund, Per", [("Moe", "Ane"), ("Lund", "Per")]),
        ("Ane Moe, Per Lund and Liv Dahl", [("Moe", "Ane"), ("Lund", "Per"), ("Dahl", "Liv")]),
        ("Ane Moe, London", [("Moe", "Ane"), ("London",)]),
        ("Kestrel, Ane Moe", [("Kestrel",), ("Moe", "Ane")]),
        ("Ane, Per and Liv Moe", [("Ane, Per",), ("Moe", "Liv")]),
        ("José Ortega y Gasset", [("Ortega y Gasset", "José")]),
        ("Ortega y Gasset", [("Ortega y Gasset",)]),
        ("Ana Ruiz y Luis Sanz", [("Ruiz", "Ana"), ("Sanz", "Luis")]),
        ("Karl von und zu Hof", [("von und zu Hof", "Karl")]),
        ("Bill and Melinda Gates", [("Gates", "Bill"), ("Gates", "Melinda")]),
        ("Bill and Melinda Gates Foundation", [("Bill and Melinda Gates Foundation",)]),
        ("Bill and the Marsh Water Board", [("Bill",), ("the Marsh Water Board",)]),
        ("Ana y Luis Sanz", [("Sanz", "Ana"), ("Sanz", "Luis")]),
        ("Reuters and Ane Moe", [("Reuters",), ("Moe", "Ane")]),
        ("Ane Moe and Reuters", [("Moe", "Ane"), ("Reuters",)]),
        ("Bill; Melinda Gates", [("Bill",), ("Gates", "Melinda")]),
        ("AFP, Paris", [("AFP",), ("Paris",)]),
        ("Ministry of Health and Social Care", [("Ministry of Health and Social Care",)]),
        ("Smith & Sons", [("Smith & Sons",)]),
        ("BBC News", [("BBC News",)]),
        ("AP STAFF", [("AP STAFF",)]),
        ("Ane Moe in Seoul", [("Ane Moe in Seoul",)]),
        ("Reuters", [("Reuters",)]),
        ("金正恩", [("金正恩",)]),
        ("", []),
        (None, []),
    ],
)
def test_a_name_is_cut_only_where_it_is_surely_that_of_a_person(byline, authors):
    expected = [Person(*each) if len(each) > 1 else Organisation(*each) for each in authors]
    assert list(authors_of(byline)) == expected


@pytest.mark.parametrize(
    ("published", "date"),
    [
        ("2024-13-05", (2024,)),
        ("2024-00", (2024,)),
        ("2023-02-29", (2023, 2)),
        ("2024-02-29T08:00:00Z", (2024, 2, 29)),
        ("0000", ()),
        ("soon", ()),
    ],
)
def test_a_date_that_no_calendar_has_is_told_as_far_as_it_goes(published, date):
    answer = answer_of(replace(SAMPLES[1].article, published=published))
    assert references_of([answer])[0].date == date
    (entry,) = bibtexparser.parse_string(export_answers(answer, "bibtex")).entries
    fields = entry.fields_dict
    assert ("month" in fields) == (len(date) > 1)
    assert ("year" in fields) == bool(date)

"""Slides (.pptx): what is shown, slide by slide in their order, and what the speaker notes say.

Hidden slides, slide numbers, dates and footers are left out; notes are marked "Notes:". The number
of the slide of each part is in `details["places"]` (`rag.ingest.markup.places`).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zipfile import ZipFile

from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.markup.places import PlacedLine, places_of_lines
from rag.ingest.markup.raised import MARKS, resolve, subscript, superscript
from rag.ingest.markup.table_text import table_lines
from rag.ingest.normalize import normalize
from rag.ingest.parsers.archive import open_archive, xml_of
from rag.ingest.parsers.properties import FileProperties, document_from_lines

_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_SLIDES = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CORE = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_MAIN = "ppt/presentation.xml"
_SLIDE_LIMIT = 2_000
_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = frozenset({"sldNum", "dt", "ftr", "hdr", "sldImg"})


@dataclass(frozen=True, slots=True)
class _Relation:
    """What a part of the file points to, and as what: "slide", "notesSlide"."""

    kind: str
    target: str


def parse(data: bytes) -> ParsedDocument:
    """Parse a presentation.

    Raises:
        UnreadableDocument: it unpacks to too much, has too many slides, or no presentation part.
        Exception: lxml or zipfile cannot read it.
    """
    archive = open_archive(data)
    main = xml_of(archive, _MAIN)
    if main is None:
        raise UnreadableDocument("no presentation in the archive")
    relations = _relations(archive, _MAIN)
    names = [
        relations[id].target
        for slide in main.iter(f"{_SLIDES}sldId")
        if (id := slide.get(f"{_OFFICE}id")) in relations
    ]
    if len(names) > _SLIDE_LIMIT:
        raise UnreadableDocument(f"over {_SLIDE_LIMIT} slides")
    lines: list[PlacedLine] = []
    heading = None
    for number, name in enumerate(names, 1):
        title, body = _slide(archive, name)
        if title and heading is None and not lines:
            heading = 0
        lines += [PlacedLine(line, ((0, str(number)),)) for line in (title, *body) if line]
    core = xml_of(archive, "docProps/core.xml")

    def stated(field: str) -> str | None:
        return None if core is None else core.findtext(f".//{field}")

    document = document_from_lines(
        [line.text for line in lines],
        FileProperties(
            stated(f"{_CORE}title"), stated(f"{_CORE}creator"), stated(f"{_TERMS}created"), heading
        ),
    )
    places = places_of_lines(document.text, lines)
    return replace(document, details={**document.details, "places": places})


def _relations(archive: ZipFile, name: str) -> Mapping[str, _Relation]:
    """What the part `name` points to inside the archive, by id."""
    folder, file = posixpath.split(name)
    root = xml_of(archive, f"{folder}/_rels/{file}.rels")
    relations: dict[str, _Relation] = {}
    for each in () if root is None else root.iter():
        target = each.get("Target") if isinstance(each.tag, str) else None
        if target and each.get("TargetMode") != "External":
            path = posixpath.normpath(posixpath.join(f"/{folder}", target)).lstrip("/")
            kind = each.get("Type", "").rpartition("/")[2]
            relations[each.get("Id", "")] = _Relation(kind, path)
    return relations


def _slide(archive: ZipFile, name: str) -> tuple[str, list[str]]:
    """The title of a slide, and the lines of everything else that it shows or its notes say."""
    root = xml_of(archive, name)
    if root is None or root.get("show") in {"0", "false"}:
        return "", []
    titles, body = list[str](), list[str]()
    for kind, lines in _shapes(root):
        (titles if kind in _TITLES else body).extend(lines)
    for relation in _relations(archive, name).values():
        notes = xml_of(archive, relation.target) if relation.kind == "notesSlide" else None
        spoken = [] if notes is None else [line for _, lines in _shapes(notes) for line in lines]
        body += [f"Notes: {' '.join(spoken)}"] if spoken else []
    return " ".join(titles), body


def _shapes(root: Any) -> Iterator[tuple[str, list[str]]]:
    """The shapes of a slide in their order, each with its kind of placeholder and its lines."""
    for shape in root.iter(f"{_SLIDES}sp", f"{_DRAWING}tbl"):
        if shape.tag == f"{_DRAWING}tbl":
            yield "table", _table(shape)
            continue
        placeholder = shape.find(f".//{_SLIDES}nvPr/{_SLIDES}ph")
        kind = "" if placeholder is None else placeholder.get("type", "body")
        own = shape.find(f".//{_SLIDES}cNvPr")
        if kind in _FURNITURE or (own is not None and own.get("hidden") in {"1", "true"}):
            continue
        lines = [line for each in shape.iter(f"{_DRAWING}p") for line in _lines(each)]
        yield kind, lines


def _table(table: Any) -> list[str]:
    rows = [
        [
            None
            if cell.get("hMerge") or cell.get("vMerge")
            else " ".join(line for each in cell.iter(f"{_DRAWING}p") for line in _lines(each))
            for cell in row.iterchildren(f"{_DRAWING}tc")
        ]
        for row in table.iter(f"{_DRAWING}tr")
    ]
    named = table.find(f"{_DRAWING}tblPr[@firstRow='1']") is not None
    return table_lines(rows, 1 if named else None)


def _lines(paragraph: Any) -> list[str]:
    """The lines of a paragraph, without struck-out text."""
    pieces: list[str] = []
    for run in paragraph:
        if run.tag == f"{_DRAWING}br":
            pieces.append("\n")
        elif run.tag in {f"{_DRAWING}r", f"{_DRAWING}fld"}:
            pieces.append(_run(run))
    text = normalize(resolve("".join(pieces)))
    return [line for line in text.split("\n") if line]


def _run(run: Any) -> str:
    text = MARKS.sub("", run.findtext(f"{_DRAWING}t") or "")
    properties = run.find(f"{_DRAWING}rPr")
    if properties is None:
        return text
    if properties.get("strike", "noStrike") != "noStrike":
        return ""
    baseline = properties.get("baseline", "0").rstrip("%")
    if not text.strip() or baseline.strip("-0") == "":
        return text
    return subscript(text) if baseline.startswith("-") else superscript(text)

"""Word documents: what a reader sees of them, and the document's properties.

Deleted, struck-out and hidden text is left out, moved text stands where it was moved to, raised
figures stay apart, a note stands below its paragraph. The archive is checked by what it declares,
before anything in it is unpacked.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from zipfile import ZipFile

from rag.ingest.document import ParsedDocument
from rag.ingest.markup.raised import MARKS, resolve, subscript, superscript
from rag.ingest.markup.table_text import Cell, table_lines
from rag.ingest.parsers.archive import open_archive, xml_of
from rag.ingest.parsers.properties import (
    FileProperties,
    documents_from_lines,
    marked_caption,
)

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_OFF = frozenset(("0", "false", "off", "none"))
_DELETED = frozenset(f"{_WORD}{name}" for name in ("del", "moveFrom", "delText", "instrText"))
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}
_WIDEST_SPAN = 50  # columns that a cell may reach over
_LEAST_SHIFT = 3  # half points off the line from which a character is raised or lowered
_LONGEST_RAISED = 30  # characters
_LAYOUT_TEXT = 300  # characters of a cell from which a table only lays out the page


def parse(data: bytes) -> ParsedDocument | Sequence[ParsedDocument]:
    """Parse a document; a table row becomes one line, its cells separated by "|".

    An export of a press database gives its articles.

    Raises:
        UnreadableDocument: the archive unpacks to too much, or a name in it leads outside.
        Exception: python-docx, lxml or zipfile cannot read it.
    """
    archive = open_archive(data)
    from docx import Document

    document = Document(io.BytesIO(data))
    reader = _Reader(_styles(xml_of(archive, "word/styles.xml")))
    margins = _margins(archive, reader.styles)
    for kind in ("footnote", "endnote"):
        root = xml_of(archive, f"word/{kind}s.xml")
        for note in () if root is None else root.iter(f"{_WORD}{kind}"):
            if note.get(f"{_WORD}type") is None:
                reader.notes[f"{kind} {note.get(f'{_WORD}id')}"] = note
    reader.read(document.element.body)
    properties = document.core_properties
    return documents_from_lines(
        reader.lines,
        FileProperties(
            properties.title, properties.author, properties.created, reader.title_line, margins
        ),
    )


@dataclass(slots=True)
class _Styles:
    """The ids of styles whose text is a headline, a caption, not shown, or raised or lowered."""

    headlines: set[str] = field(default_factory=lambda: {"Title", "Heading1"})
    captions: set[str] = field(default_factory=lambda: {"Caption"})
    unseen: set[str] = field(default_factory=set)
    raised: dict[str, str] = field(default_factory=dict)  # "superscript" or "subscript"


def _styles(root: Any) -> _Styles:
    styles = _Styles()
    for style in () if root is None else root.iter(f"{_WORD}style"):
        name = style.find(f"{_WORD}name")
        label = "" if name is None else name.get(f"{_WORD}val", "").lower()
        if label in {"title", "heading 1"}:
            styles.headlines.add(style.get(f"{_WORD}styleId", ""))
        if label == "caption":
            styles.captions.add(style.get(f"{_WORD}styleId", ""))
        properties = style.find(f"{_WORD}rPr")
        if _is_unseen(properties):
            styles.unseen.add(style.get(f"{_WORD}styleId", ""))
        if raised := _raised(properties):
            styles.raised[style.get(f"{_WORD}styleId", "")] = raised
    return styles


def _margins(archive: ZipFile, styles: _Styles) -> tuple[str, ...]:
    """The lines of running heads and feet, without those in which Word fills in a day itself."""
    reader, days = _Reader(styles), ("DATE", "TIME", "PRINTDATE", "SAVEDATE", "CREATEDATE")
    names = sorted(archive.namelist())
    for kind in ("header", "footer"):
        for name in (each for each in names if re.fullmatch(rf"word/{kind}\d*\.xml", each)):
            root = xml_of(archive, name)
            for paragraph in () if root is None else root.iter(f"{_WORD}p"):
                fields = [each.text or "" for each in paragraph.iter(f"{_WORD}instrText")]
                fields += [
                    each.get(f"{_WORD}instr", "") for each in paragraph.iter(f"{_WORD}fldSimple")
                ]
                if not any(each.split()[:1] == [day] for each in fields for day in days):
                    reader.read([paragraph])
    return tuple(reader.lines)


def _raised(properties: Any) -> str:
    """ "superscript" or "subscript" by alignment, or by a position off the line; else ""."""
    if properties is None:
        return ""
    align = properties.find(f"{_WORD}vertAlign")
    if align is not None:
        value = str(align.get(f"{_WORD}val", ""))
        return value if value in {"superscript", "subscript"} else ""
    position = properties.find(f"{_WORD}position")
    shift = "0" if position is None else position.get(f"{_WORD}val", "0")
    if not re.fullmatch(r"-?\d{1,3}", shift) or abs(int(shift)) < _LEAST_SHIFT:
        return ""
    return "superscript" if int(shift) > 0 else "subscript"


def _is_on(properties: Any, name: str) -> bool:
    """Whether a property such as "strike" is set."""
    switch = None if properties is None else properties.find(f"{_WORD}{name}")
    return switch is not None and switch.get(f"{_WORD}val", "1").lower() not in _OFF


def _is_unseen(properties: Any) -> bool:
    return any(_is_on(properties, name) for name in ("strike", "dstrike", "vanish"))


@dataclass(slots=True)
class _Reader:
    """Collects the lines of a document."""

    styles: _Styles
    notes: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    title_line: int | None = None
    _due: list[str] = field(default_factory=list)  # notes and boxes of the current paragraph
    _drop_cap: str = ""

    def read(self, container: Any) -> None:
        """Add the lines of the paragraphs and tables in `container`."""
        for block in container:
            if block.tag == f"{_WORD}p":
                self._paragraph(block)
            elif block.tag == f"{_WORD}tbl":
                self.lines += self._table(block)
                self._add_due()
            elif block.tag not in _DELETED and isinstance(block.tag, str):
                self.read(block)

    def _paragraph(self, paragraph: Any) -> None:
        text = self._text_of(paragraph)
        properties = paragraph.find(f"{_WORD}pPr")
        frame = None if properties is None else properties.find(f"{_WORD}framePr")
        if frame is not None and frame.get(f"{_WORD}dropCap") and len(text) <= 3:
            self._drop_cap = text
            return
        text, self._drop_cap = self._drop_cap + text, ""
        style = None if properties is None else properties.find(f"{_WORD}pStyle")
        headline = style is not None and style.get(f"{_WORD}val") in self.styles.headlines
        if text and headline and self.title_line is None and len(self.lines) < 5:
            self.title_line = len(self.lines)
        if style is not None and style.get(f"{_WORD}val") in self.styles.unseen:
            text = ""
        if style is not None and style.get(f"{_WORD}val") in self.styles.captions:
            text = marked_caption(text)
        if text:
            self.lines.append(" ".join(text.split()) if headline else text)
        self._add_due()

    def _add_due(self) -> None:
        due, self._due = self._due, []
        self.lines += due

    def _text_of(self, paragraph: Any) -> str:
        return resolve("".join(self._pieces(paragraph))).strip()

    def _pieces(self, element: Any) -> Iterator[str]:
        """The text of the runs in `element`; boxes and notes become due."""
        for child in element:
            tag = child.tag if isinstance(child.tag, str) else ""
            if tag in _DELETED:
                continue
            if tag == f"{_WORD}r":
                yield self._run(child)
            elif tag.startswith(_MATH):
                yield _formula(child)
            elif tag in {f"{_WORD}txbxContent", f"{_WORD}p"}:
                self._box(child)
            elif tag == f"{_ALTERNATIVES}AlternateContent":
                yield from self._pieces(child[:1])
            elif not tag.endswith(("}pPr", "}rPr", "}sdtPr")):
                yield from self._pieces(child)

    def _run(self, run: Any) -> str:
        properties = run.find(f"{_WORD}rPr")
        style = None if properties is None else properties.find(f"{_WORD}rStyle")
        styled = "" if style is None else style.get(f"{_WORD}val", "")
        if _is_unseen(properties) or styled in self.styles.unseen:
            return ""
        text = ""
        for child in run:
            name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
            if name == "t":
                text += MARKS.sub("", child.text or "")
            elif name in _SIGNS:
                text += _SIGNS[name]
            elif name in {"footnoteReference", "endnoteReference"}:
                self._note(f"{name.removesuffix('Reference')} {child.get(f'{_WORD}id')}")
            elif name not in {"rPr", "delText", "instrText", "footnoteRef", "endnoteRef"}:
                text += "".join(self._pieces([child]))
        raised = _raised(properties) or self.styles.raised.get(styled, "")
        if text.strip() and raised and len(text) <= _LONGEST_RAISED:
            return superscript(text) if raised == "superscript" else subscript(text)
        return text

    def _note(self, key: str) -> None:
        note = self.notes.pop(key, None)
        if note is not None:
            text = " ".join(filter(None, map(self._text_of, note.iter(f"{_WORD}p"))))
            self._due += [f"Note: {text}"] if text else []

    def _box(self, box: Any) -> None:
        paragraphs = [box] if box.tag == f"{_WORD}p" else list(box.iter(f"{_WORD}p"))
        for paragraph in paragraphs:
            style = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
            named = "" if style is None else style.get(f"{_WORD}val", "")
            text = "" if named in self.styles.unseen else self._text_of(paragraph)
            text = marked_caption(text) if named in self.styles.captions else text
            self._due += [text] if text else []

    def _table(self, table: Any) -> list[str]:
        rows: list[list[Cell]] = []
        headings = 0
        for row in table.iter(f"{_WORD}tr"):
            if next(row.iterancestors(f"{_WORD}tbl")) is not table:
                continue  # of a table in a cell
            properties = row.find(f"{_WORD}trPr")
            if properties is not None and properties.find(f"{_WORD}del") is not None:
                continue
            above = rows[-1] if rows else []
            rows.append(self._cells(row, above))
            headings += headings == len(rows) - 1 and _is_on(properties, "tblHeader")
        if any(cell and len(cell) > _LAYOUT_TEXT for row in rows for cell in row):
            return [cell for row in rows for cell in row if cell]
        return table_lines(rows, headings or None)

    def _cells(self, row: Any, above: list[Cell]) -> list[Cell]:
        cells: list[Cell] = []
        for cell in row.iter(f"{_WORD}tc"):
            if next(cell.iterancestors(f"{_WORD}tr")) is not row:
                continue
            paragraphs = cell.iter(f"{_WORD}p")
            outermost = (
                paragraph
                for paragraph in paragraphs
                if next(paragraph.iterancestors(f"{_WORD}p"), None) is None
            )
            text = " ".join(filter(None, map(self._text_of, outermost)))
            properties = cell.find(f"{_WORD}tcPr")
            merge = None if properties is None else properties.find(f"{_WORD}vMerge")
            if merge is not None and merge.get(f"{_WORD}val") != "restart":
                text = text or (above[len(cells)] if len(cells) < len(above) else "") or ""
            span = None if properties is None else properties.find(f"{_WORD}gridSpan")
            wide = "1" if span is None else span.get(f"{_WORD}val", "1")
            columns = min(int(wide), _WIDEST_SPAN) if wide.isdigit() else 1
            cells += [text, *[None] * (columns - 1)]
        return cells


def _formula(element: Any) -> str:
    """A formula in one line: powers, indices and fractions as they are read."""
    name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    if name == "t":
        return MARKS.sub("", element.text or "")
    if name in {"sup", "sub"}:
        text = "".join(map(_formula, element))
        return superscript(text) if name == "sup" else subscript(text)
    if name == "f":
        parts = ["".join(map(_formula, part)) for part in element
                 if isinstance(part.tag, str) and part.tag.endswith(("}num", "}den"))]  # fmt: skip
        return "/".join(parts)
    return "".join(map(_formula, element))

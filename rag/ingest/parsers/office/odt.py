"""OpenDocument texts (.odt): what a reader sees of them, and the document's properties."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.markup.raised import MARKS, resolve, subscript, superscript
from rag.ingest.markup.table_text import Cell, table_lines
from rag.ingest.parsers.archive import open_archive, xml_of
from rag.ingest.parsers.properties import FileProperties, document_from_lines, marked_caption

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _TABLE, _OFFICE = (f"{{{_NAMESPACE}{name}:1.0}}" for name in ("text", "table", "office"))
_STYLE, _META = f"{{{_NAMESPACE}style:1.0}}", f"{{{_NAMESPACE}meta:1.0}}"
_CORE = "{http://purl.org/dc/elements/1.1/}"
_SKIPPED = frozenset(
    (
        f"{_TEXT}tracked-changes",
        f"{_TEXT}note-citation",
        f"{_OFFICE}annotation",
        f"{_TEXT}ruby-text",
    )
)
_SIGNS = {"tab": "\t", "line-break": "\n"}
# names of paragraph styles under which captions are stored
_CAPTIONS = frozenset(("Caption", "Illustration", "Figure", "Drawing"))
_MOST_BLANKS, _WIDEST_SPAN = 20, 50


def parse(data: bytes) -> ParsedDocument:
    """Parse a document; deleted and struck-out text is left out, a note stands below its paragraph.

    Raises:
        UnreadableDocument: it unpacks to too much, is encrypted, or has no text part.
        Exception: lxml or zipfile cannot read it.
    """
    archive = open_archive(data)
    content = xml_of(archive, "content.xml")
    body = None if content is None else content.find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        raise UnreadableDocument("no text document in the archive")
    styles: dict[str, str] = {}
    for root in (xml_of(archive, "styles.xml"), content):
        if root is not None:
            styles |= _styles(root)
    reader, margins = _Reader(styles), _Reader(styles)
    reader.read(body)
    for part in _heads_and_feet(xml_of(archive, "styles.xml")):
        margins.read(part)
    meta = xml_of(archive, "meta.xml")

    def stated(name: str) -> str | None:
        return None if meta is None else meta.findtext(f".//{name}")

    author = stated(f"{_META}initial-creator") or stated(f"{_CORE}creator")
    created = stated(f"{_META}creation-date") or stated(f"{_CORE}date")
    return document_from_lines(
        reader.lines,
        FileProperties(
            stated(f"{_CORE}title"), author, created, reader.title_line, tuple(margins.lines)
        ),
    )


def _heads_and_feet(root: Any) -> Iterator[Any]:
    """The running heads and feet, heads first, without those that have a day filled in."""
    for kind in ("header", "footer"):
        for part in () if root is None else root.iter(f"{_STYLE}{kind}"):
            if next(part.iter(f"{_TEXT}date", f"{_TEXT}print-date"), None) is None:
                yield part


def _styles(root: Any) -> dict[str, str]:
    """What styles do to their text, by name: "unseen", "superscript", "subscript", "title"."""
    effects: dict[str, str] = {}
    for style in root.iter(f"{_STYLE}style"):
        name = style.get(f"{_STYLE}name", "")
        parent = style.get(f"{_STYLE}parent-style-name", "")
        if name == "Title" or parent == "Title":
            effects[name] = "title"
        elif not _CAPTIONS.isdisjoint((name, parent)):
            effects[name] = "caption"
        properties = style.find(f"{_STYLE}text-properties")
        if properties is None:
            continue
        line = properties.get(f"{_STYLE}text-line-through-style", "none")
        kind = properties.get(f"{_STYLE}text-line-through-type", "none")
        position = properties.get(f"{_STYLE}text-position", "")
        if (
            line != "none"
            or kind != "none"
            or properties.get(f"{{{_NAMESPACE}text:1.0}}display") == "none"
        ):
            effects[name] = "unseen"
        elif position.startswith("super") or (position[:1].isdigit() and position[:2] != "0%"):
            effects[name] = "superscript"
        elif position.startswith(("sub", "-")):
            effects[name] = "subscript"
    return effects


@dataclass(slots=True)
class _Reader:
    """Collects the lines of a document."""

    styles: dict[str, str]
    lines: list[str] = field(default_factory=list)
    title_line: int | None = None
    _due: list[str] = field(default_factory=list)  # notes and boxes of the current paragraph

    def read(self, container: Any) -> None:
        """Add the lines of the paragraphs, lists and tables in `container`."""
        for block in container:
            tag = block.tag if isinstance(block.tag, str) else ""
            if tag in {f"{_TEXT}p", f"{_TEXT}h"}:
                self._paragraph(block)
            elif tag == f"{_TABLE}table":
                self.lines += self._table(block)
            elif tag and tag not in _SKIPPED:
                self.read(block)

    def _paragraph(self, paragraph: Any) -> None:
        effect = self.styles.get(paragraph.get(f"{_TEXT}style-name", ""), "")
        text = "" if effect == "unseen" else self._text_of(paragraph)
        level = paragraph.get(f"{_TEXT}outline-level") == "1" and paragraph.tag == f"{_TEXT}h"
        if (
            text
            and (effect == "title" or level)
            and self.title_line is None
            and len(self.lines) < 5
        ):
            self.title_line = len(self.lines)
        text = marked_caption(text) if effect == "caption" else text
        self.lines += [text] if text else []
        due, self._due = self._due, []
        self.lines += due

    def _text_of(self, element: Any) -> str:
        return resolve("".join(self._pieces(element))).strip()

    def _pieces(self, element: Any) -> Iterator[str]:
        yield MARKS.sub("", element.text or "")
        for child in element:
            tag = child.tag if isinstance(child.tag, str) else ""
            yield self._inline(child, tag)
            yield MARKS.sub("", child.tail or "")

    def _inline(self, element: Any, tag: str) -> str:
        name = tag.rpartition("}")[2]
        if tag in _SKIPPED or not tag:
            return ""
        if name in {"note", "frame", "text-box", "custom-shape"}:
            self._set_apart(element, is_note=name == "note")
            return ""
        if name == "s":
            count = element.get(f"{_TEXT}c", "1")
            return " " * min(int(count) if count.isdigit() else 1, _MOST_BLANKS)
        return _SIGNS.get(name) or self._span(element)

    def _span(self, element: Any) -> str:
        effect = self.styles.get(element.get(f"{_TEXT}style-name", ""), "")
        text = "" if effect == "unseen" else "".join(self._pieces(element))
        if text.strip() and effect in {"superscript", "subscript"}:
            return superscript(text) if effect == "superscript" else subscript(text)
        return text

    def _set_apart(self, element: Any, *, is_note: bool) -> None:
        """Put the text of a note or a box below the paragraph."""
        body = element.find(f"{_TEXT}note-body") if is_note else element
        texts = [] if body is None else list(map(self._boxed, body.iter(f"{_TEXT}p")))
        if is_note:
            texts = [f"Note: {' '.join(texts)}"] if any(texts) else []
        self._due += filter(None, texts)

    def _boxed(self, paragraph: Any) -> str:
        effect = self.styles.get(paragraph.get(f"{_TEXT}style-name", ""), "")
        text = "" if effect == "unseen" else self._text_of(paragraph)
        return marked_caption(text) if effect == "caption" else text

    def _table(self, table: Any) -> list[str]:
        rows: list[list[Cell]] = []
        headings = 0
        for row in table.iter(f"{_TABLE}table-row"):
            cells: list[Cell] = []
            for cell in row:
                name = cell.tag.rpartition("}")[2] if isinstance(cell.tag, str) else ""
                repeated = cell.get(f"{_TABLE}number-columns-repeated", "1")
                text = " ".join(filter(None, map(self._text_of, cell.iter(f"{_TEXT}p"))))
                value = None if name == "covered-table-cell" and not text else text
                if name in {"table-cell", "covered-table-cell"}:
                    times = min(int(repeated), _WIDEST_SPAN) if repeated.isdigit() else 1
                    cells += [value] * times
            while cells and not cells[-1]:
                cells.pop()
            rows.append(cells)
            headings += row.getparent().tag == f"{_TABLE}table-header-rows"
        return table_lines(rows, headings or None)

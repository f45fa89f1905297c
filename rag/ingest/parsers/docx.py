"""Word documents: paragraphs and table rows without hidden text, and the document's properties.

The archive is checked by what it declares, before anything in it is unpacked.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.normalize import normalize
from rag.ingest.parsers.properties import document_from_lines

MEMBER_LIMIT = 5_000  # files in the archive
UNPACKED_LIMIT, XML_LIMIT = 50_000_000, 10_000_000  # bytes of all files, and of the XML files
RATIO_LIMIT = 200  # times that a file may grow when unpacked


def parse(data: bytes) -> ParsedDocument:
    """Parse a document; a table row becomes one line, its cells separated by "|".

    Raises:
        UnreadableDocument: the archive unpacks to too much, or a name in it leads outside.
        Exception: python-docx, lxml or zipfile cannot read it.
    """
    _check_archive(data)
    from docx import Document
    from docx.oxml.ns import qn

    def run_text(run: Any) -> str:
        hidden = run.find(f"{qn('w:rPr')}/{qn('w:vanish')}") is not None
        return "" if hidden else run.text

    def block_text(block: Any) -> str:
        outermost = (
            paragraph
            for paragraph in block.iter(qn("w:p"))
            if next(paragraph.iterancestors(qn("w:p")), None) is None
        )
        return " ".join(
            "".join(map(run_text, paragraph.iter(qn("w:r")))) for paragraph in outermost
        ).strip()

    document, rows = Document(io.BytesIO(data)), list[str]()
    for block in document.element.body.iter(qn("w:p"), qn("w:tr")):
        if next(block.iterancestors(qn("w:tr"), qn("w:p")), None) is None:
            cells = block.iterchildren(qn("w:tc")) if block.tag == qn("w:tr") else [block]
            rows.append(" | ".join(filter(None, map(block_text, cells))))
    properties = document.core_properties
    return document_from_properties(
        normalize("\n".join(rows)), properties.title, properties.author, properties.created
    )


def _check_archive(data: bytes) -> None:
    """Reject a zip archive that no word processor writes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    total = sum(member.file_size for member in members)
    xml = sum(m.file_size for m in members if m.filename.endswith((".xml", ".rels")))
    if len(members) > MEMBER_LIMIT or total > UNPACKED_LIMIT or xml > XML_LIMIT:
        raise UnreadableDocument("unpacks to too much")
    for member in members:
        parts = re.split(r"[/\\]", member.filename)
        if ".." in parts or not parts[0] or ":" in parts[0]:
            raise UnreadableDocument("a file name in the archive leads outside")
        if member.file_size > max(1_000_000, RATIO_LIMIT * member.compress_size):
            raise UnreadableDocument("unpacks to too much")

"""Documents that the tests of ingestion write to a folder, and how they read them back."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from docx import Document
from reportlab.pdfgen import canvas

from rag.ingest.corpus import Corpus, SkippedFile
from rag.types import Article

TALKS = "The strike of the ferry crews ended on Monday after twelve days of talks."


def parse_all(path: Path) -> list[Article | SkippedFile]:
    return list(Corpus.open(path))


def parse_file(path: Path, name: str, data: bytes | str) -> Article | SkippedFile:
    """The article of a single file, or why it is skipped."""
    file = path / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    (item,) = parse_all(file)
    return item


def pdf(pages: list[list[str]], **options: str) -> bytes:
    out = io.BytesIO()
    paper = canvas.Canvas(out, **options)
    paper.setTitle("A title")
    paper.setAuthor("Jane Doe")
    for number, page in enumerate(pages, 1):
        for row, line in enumerate([*page, str(number)]):
            paper.drawString(50, 800 - 14 * row, line)
        paper.showPage()
    paper.save()
    return out.getvalue()


def docx(body: str = "", **properties: object) -> bytes:
    out = io.BytesIO()
    document = Document()
    for key, value in properties.items():
        setattr(document.core_properties, key, value)
    for line in filter(None, body.split("\n")):
        document.add_paragraph(line)
    table = document.add_table(1, 2)
    for cell, text in zip(table.rows[0].cells, ("Name", "Kim"), strict=True):
        cell.text = text
    document.add_paragraph("Below the table.")
    document.save(out)
    return out.getvalue()


def with_member(data: bytes, name: str, content: bytes) -> bytes:
    """The same archive with one member replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()

"""PDF: the text of the pages as paragraphs, in the order in which a person reads them.

In:  the bytes of a file.
Out: `parse`: its article, with the record that its text states; the file's own day is kept apart.
Map: `runs` (the only importer of pypdfium2) gives pieces of lines with their places; `layout` puts
     them into columns, lines and paragraphs; `running_heads` finds what is printed on every page.
Left to others: what the head of a text states (`rag.ingest.boilerplate.heads`), pages without text,
which need character recognition (`rag.ingest.containers.scans`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.ingest.boilerplate.heads import Head, record_of
from rag.ingest.document import ParsedDocument, ScannedDocument, UnreadableDocument
from rag.ingest.line_wraps import compounds
from rag.ingest.markup.places import PlacedLine, places_of_lines
from rag.ingest.parsers.pdf.layout import Paragraph, join_across, paragraphs_of
from rag.ingest.parsers.pdf.running_heads import without_running_heads
from rag.ingest.parsers.pdf.runs import read_pages
from rag.ingest.parsers.properties import FileProperties, document_from_lines

PAGE_LIMIT = 2_000
_LARGER = 1.15  # times the size of most letters from which a line is a headline


def parse(data: bytes) -> ParsedDocument:
    """Parse a file; running heads and page numbers are left out.

    Raises:
        ScannedDocument: it has no text, but pages that are pictures.
        UnreadableDocument: it is encrypted, has too many pages, or no text.
        pypdfium2.PdfiumError: it is broken.
    """
    pages, properties, broken = read_pages(data, PAGE_LIMIT)
    scans = [page.number for page in pages if page.is_scan]
    pages, running = without_running_heads(pages)
    known = compounds("\n".join(run.text for page in pages for run in page.runs))
    by_page = [(page.number, paragraphs_of(page.runs, known)) for page in pages]
    paragraphs = join_across(by_page, known)
    if not paragraphs:
        raise ScannedDocument if scans else UnreadableDocument("no text in it")
    paragraphs, title = _headline(paragraphs)
    document = document_from_lines(
        [paragraph.text for paragraph in paragraphs],
        FileProperties(
            _own_title(properties.get("Title"), running),
            properties.get("Author"),
            _day(properties.get("CreationDate")),
            title,
        ),
    )
    places = places_of_lines(document.text, list(map(_placed, paragraphs)))
    document = replace(document, details={**document.details, "places": places})
    if unread := sorted({*broken, *scans}):
        numbers = ", ".join(map(str, unread[:20]))
        document = replace(document, details={**document.details, "pages_not_read": numbers})
    return _with_masthead(document, running)


def _placed(paragraph: Paragraph) -> PlacedLine:
    """A paragraph, with the numbers of the pages that it is on."""
    pages = ((0, paragraph.page), *paragraph.breaks)
    return PlacedLine(paragraph.text, tuple((offset, str(page)) for offset, page in pages))


def _headline(paragraphs: Sequence[Paragraph]) -> tuple[list[Paragraph], int | None]:
    """The paragraphs, those of the headline joined, and its number: what is set largest, early on.

    A masthead, which may be larger, is none: it states the record.
    """
    letters = sorted(size for each in paragraphs for size in [each.size] * len(each.text))
    body = letters[len(letters) // 2]
    early = [
        (number, each)
        for number, each in enumerate(paragraphs[:10])
        if each.page == paragraphs[0].page
        and each.size >= _LARGER * body
        and len(each.text) > 3
        and record_of(each.text) is None
    ]
    if not early:
        return list(paragraphs), None
    start, largest = max(early, key=lambda pair: (round(pair[1].size, 1), -pair[0]))
    end = start + 1
    while end < len(paragraphs) and abs(paragraphs[end].size - largest.size) < 0.05 * largest.size:
        end += 1
    text = " ".join(each.text for each in paragraphs[start:end])
    if len(text) > 250:
        return list(paragraphs), None
    joined = replace(largest, text=" ".join(text.split()))
    return [*paragraphs[:start], joined, *paragraphs[end:]], start


def _with_masthead(document: ParsedDocument, running: Sequence[str]) -> ParsedDocument:
    """The document with what the heads of its pages state, where its text states nothing."""
    head = Head()
    for line in running:
        head = head.joined(record_of(line) or Head())
    day = document.published or head.published
    return replace(
        document,
        source=document.source or head.source,
        published=day,
        published_basis=document.published_basis if document.published else head.basis,
    )


def _own_title(title: str | None, running: Sequence[str]) -> str | None:
    """The title that the file states, unless it is a running head."""
    return None if not title or title in running else title


def _day(created: str | None) -> str | None:
    match = re.match(r"(?:D:)?(\d{4})(\d\d)(\d\d)", created or "")
    return "-".join(match.groups()) if match else None

"""PDF: the text of the pages as paragraphs, and the document's properties, by pypdf."""

from __future__ import annotations

import io
import logging
import re

from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.normalize import join_wrapped_lines, normalize
from rag.ingest.parsers.properties import document_from_lines

PAGE_LIMIT = 2_000


def parse(data: bytes) -> ParsedDocument:
    """Parse a file; page numbers on lines of their own are left out.

    Raises:
        UnreadableDocument: it is encrypted or has too many pages.
        pypdf.errors.PyPdfError: it is broken, or unpacks to too much.
    """
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what matters comes as an exception
    with pypdf.apply_configuration(
        stream_parsing_work_maximum_count=200_000, xform_maximum_invocations_per_extraction=200
    ):
        pdf = pypdf.PdfReader(io.BytesIO(data))
        if pdf.is_encrypted and not pdf.decrypt(""):
            raise UnreadableDocument("encrypted")
        if len(pdf.pages) > PAGE_LIMIT:
            raise UnreadableDocument(f"over {PAGE_LIMIT} pages")
        lines = list[str]()
        for number, page in enumerate(pdf.pages, 1):
            text = normalize(page.extract_text().replace("\u00ad\n", "-\n"))
            lines += [line for line in text.split("\n") if line != str(number)]
        properties = pdf.metadata or pypdf.DocumentInformation()
    # pypdf's own property raises on a malformed date
    created = re.match(r"D:(\d{4})(\d\d)(\d\d)", str(properties.get("/CreationDate", "")))
    return document_from_properties(
        join_wrapped_lines(lines),
        properties.title,
        properties.author,
        "-".join(created.groups()) if created else None,
    )

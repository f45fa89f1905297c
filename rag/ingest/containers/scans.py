"""The pages of a scanned PDF as pictures, for character recognition (`rag.ingest.tesseract`)."""

from __future__ import annotations

from typing import BinaryIO

from rag.ingest.containers import INNER_LIMIT, InnerFile, Unpacked
from rag.ingest.document import UnreadPart
from rag.ingest.parsers.pdf.runs import draw_pages

_PAGE_LIMIT = 500


def unpack(file: BinaryIO) -> Unpacked:
    """A picture (PGM) of each page, by its number; a page that cannot be drawn is named.

    Raises:
        UnreadableDocument: it has too many pages.
        pypdfium2.PdfiumError: it is broken.
    """
    for number, picture in draw_pages(file.read(INNER_LIMIT), _PAGE_LIMIT):
        if picture is None:
            yield UnreadPart(str(number), "the page cannot be drawn")
        else:
            yield InnerFile(str(number), str(number), "pgm", picture)

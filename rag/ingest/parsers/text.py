"""Plain text, often saved from a web page: the article without the page around it."""

from __future__ import annotations

from rag.ingest.boilerplate import strip_boilerplate
from rag.ingest.decoding import decode
from rag.ingest.document import ParsedDocument


def parse(data: bytes) -> ParsedDocument:
    """Parse a text file in any encoding.

    Raises:
        UnreadableDocument: it is not text.
    """
    return strip_boilerplate(decode(data))

"""Plain text, often saved from a web page or a press database: its articles, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.ingest.boilerplate import split_export, strip_boilerplate
from rag.ingest.decoding import decode
from rag.ingest.document import TEXT_LIMIT, ParsedDocument, UnreadableDocument
from rag.ingest.normalize import normalize


def parse(data: bytes) -> ParsedDocument | Sequence[ParsedDocument]:
    """Parse a text file in any encoding; an export of a press database gives its articles.

    Raises:
        UnreadableDocument: it is not text, or far too much of it.
    """
    decoded = decode(data)
    details = {"encoding": decoded.doubtful} if decoded.doubtful else {}
    if articles := split_export(decoded.text):
        return [replace(article, details=details) for article in articles]
    if len(decoded.text) > 2 * TEXT_LIMIT and len(normalize(decoded.text)) > TEXT_LIMIT:
        raise UnreadableDocument(f"over {TEXT_LIMIT} characters of text")
    return replace(strip_boilerplate(decoded.text), details=details)

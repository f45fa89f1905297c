"""Pages that Safari saved as one file (.webarchive): a property list of the page's parts."""

from __future__ import annotations

import plistlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.ingest.document import ParsedDocument, UnreadableDocument, UnreadPart
from rag.ingest.metadata import web_url
from rag.ingest.normalize import one_line


def parse(data: bytes) -> ParsedDocument | Sequence[ParsedDocument | UnreadPart]:
    """Parse a saved page: its main document, without pictures and frames.

    A saved text may be an export of a press database, which gives its articles.

    Raises:
        UnreadableDocument: there is no page or no article in it.
        plistlib.InvalidFileException: it is no property list.
    """
    from rag.ingest.parsers import text
    from rag.ingest.parsers.html import parse_declared

    saved = plistlib.loads(data)
    page = saved.get("WebMainResource") if isinstance(saved, Mapping) else None
    content = page.get("WebResourceData") if isinstance(page, Mapping) else None
    if not isinstance(page, Mapping) or not isinstance(content, bytes):
        raise UnreadableDocument("no page in the file")
    kind = page.get("WebResourceMIMEType")
    if kind == "text/plain":
        parsed = text.parse(content)
    elif kind in {None, "text/html", "application/xhtml+xml"}:
        parsed = parse_declared(content, one_line(page.get("WebResourceTextEncodingName")))
    else:
        raise UnreadableDocument(f"of a kind that is not read ({one_line(kind)})")
    address = web_url(page.get("WebResourceURL"))
    if isinstance(parsed, ParsedDocument):
        return replace(parsed, url=parsed.url or address)
    return [
        replace(each, url=each.url or address) if isinstance(each, ParsedDocument) else each
        for each in parsed
    ]

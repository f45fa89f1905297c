"""One line of a JSON Lines dump: an object with "id" and "text", and any other metadata fields."""

from __future__ import annotations

import json
from dataclasses import replace

from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.metadata import document_from_metadata
from rag.ingest.normalize import drop_invisible, escape_unprintable, normalize, shorten


def parse(data: bytes) -> ParsedDocument:
    """Parse one line. Its text is stored as it is, but for characters that nobody sees.

    Raises:
        UnreadableDocument: it is not an object, or has no "id" or no "text".
        ValueError: it is not JSON, or holds half a surrogate pair, which no index could store.
    """
    value = json.loads(data.decode("utf-8-sig"))
    if not isinstance(value, dict):
        raise UnreadableDocument("not a JSON object")
    for key in ("id", "text"):
        if not isinstance(value.get(key), str) or not value[key].strip():
            raise UnreadableDocument(f'"{key}" is missing, blank or not a string')
        value[key].encode()  # raises on half a surrogate pair
    document = document_from_metadata(drop_invisible(value["text"]), value, "stated: in the dump")
    id = escape_unprintable(value["id"])
    first_line = shorten(normalize(document.text[:4000]).partition("\n")[0])
    return replace(document, id=id, title=document.title or first_line or id)

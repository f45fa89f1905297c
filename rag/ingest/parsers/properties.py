"""Metadata that office programs store in a file: the properties of a PDF or docx."""

from __future__ import annotations

from rag.ingest.document import ParsedDocument
from rag.ingest.metadata import document_from_metadata
from rag.ingest.normalize import one_line, shorten

# what programs fill in where the author says nothing; the day is that of python-docx's template
_PLACEHOLDERS = frozenset(
    {"anonymous", "(anonymous)", "untitled", "python-docx", "2013-12-23 23:15:00+00:00"}
)


def document_from_properties(
    text: str, title: object, author: object, created: object
) -> ParsedDocument:
    """A document with the properties of its file; its title is else the first line of `text`."""
    properties = {"title": title, "author": author, "published": created}
    properties = {
        key: value for key, value in properties.items() if str(value).lower() not in _PLACEHOLDERS
    }
    properties["title"] = one_line(properties.get("title")) or shorten(text.partition("\n")[0])
    return document_from_metadata(text, properties, "stated: document properties")

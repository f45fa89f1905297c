"""What a parser returns for one document, and how it rejects one."""

from __future__ import annotations

from dataclasses import dataclass


class UnreadableDocument(Exception):
    """The document is no article that can be stored; `str(error)` is the reason, in plain words.

    `rag.ingest.corpus` turns it into a `SkippedFile`.
    """


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """The clean text of one document and the metadata it states; see `rag.types.Article`.

    `title` and `id` are "" where the document has none of its own: it is then named after its file.
    """

    title: str
    text: str
    source: str | None = None
    author: str | None = None
    published: str | None = None
    published_basis: str | None = None
    url: str | None = None
    id: str = ""

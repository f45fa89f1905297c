"""What a parser returns for one document, and how it rejects one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.ingest.normalize import escape_unprintable, shorten

TEXT_LIMIT = 4_000_000  # characters of an article: a very long book


class UnreadableDocument(Exception):
    """The document is no article that can be stored; `str(error)` is the reason, in plain words.

    `rag.ingest.corpus` turns it into a `SkippedFile`.
    """


class ScannedDocument(UnreadableDocument):
    """The document has pages that are pictures and no text: character recognition may read it."""

    def __init__(self) -> None:
        super().__init__(
            "no text in it, only scanned pages: install Tesseract, which reads them, "
            "and type: rag index"
        )


def failure_reason(error: Exception) -> str:
    """Why a document cannot be read, on one line that is safe to show."""
    message = (error.strerror if isinstance(error, OSError) else None) or str(error)
    own = isinstance(error, (UnreadableDocument, OSError))
    prefix = "" if own else f"{type(error).__name__}: "
    return escape_unprintable(shorten((prefix + " ".join(message.split())).removesuffix(": "), 140))


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """The clean text of one document and the metadata it states; see `rag.types.Article`.

    `title` and `id` are "" where the document has none of its own: it is then named after its file.
    `part` is "" where it is all of its file, else its path or number in the file.
    """

    title: str
    text: str
    source: str | None = None
    author: str | None = None
    published: str | None = None
    published_basis: str | None = None
    url: str | None = None
    id: str = ""
    part: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnreadPart:
    """A part of a file, by its path or number in it, that could not be read, and why."""

    part: str
    reason: str

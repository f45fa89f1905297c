"""Parsers of the supported formats: the bytes of one document in, an `Article` out.

    parse_document(extension, name, data)  ->  Article
    PARSERS[extension](data)               ->  ParsedDocument; each in a module of its own
    SUPPORTED_EXTENSIONS                       in lower case, without the dot

A parser rejects, before it unpacks or parses anything, what is known to take too much memory or
time; whatever else goes wrong is contained by `rag.ingest.sandbox`, in whose process parsers run.
They import their libraries when they are called. Text that a page hides is not parsed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.parsers import docx, html, jsonl, markdown, pdf, text
from rag.types import Article

__all__ = [
    "PARSERS",
    "PARSER_VERSION",
    "SUPPORTED_EXTENSIONS",
    "Parser",
    "parse_document",
]

# Raise this with every change after which the same bytes give another article: in a parser, in
# `boilerplate` and its word lists, in `metadata`, `decoding` or `normalize`, in how `files` cuts a
# dump into lines, or in the release of a parsing library. The next `rag index` then parses all
# files again. A change of comments, names or speed alone leaves it as it is.
PARSER_VERSION = "1"
TEXT_LIMIT = 4_000_000  # characters of an article: a very long book

Parser = Callable[[bytes], ParsedDocument]

PARSERS: dict[str, Parser] = {
    "html": html.parse,
    "htm": html.parse,
    "docx": docx.parse,
    "md": markdown.parse,
    "markdown": markdown.parse,
    "pdf": pdf.parse,
    "txt": text.parse,
    "text": text.parse,
    "jsonl": jsonl.parse,
}
SUPPORTED_EXTENSIONS = tuple(PARSERS)


def parse_document(extension: str, name: str, data: bytes) -> Article:
    """Parse `data`, the bytes of a file or the line of a dump, as the format of `extension`.

    `name` is the file's path in the corpus, with "/" as separator: without its ending it is the
    article's id, and its last part the title, unless the document has its own.

    Raises:
        UnreadableDocument: it is not an article that can be stored; the error says why.
        Exception: whatever the format's library makes of a broken document.
    """
    document = PARSERS[extension](data)
    if not document.text.strip():
        raise UnreadableDocument("no text in it")
    if len(document.text) > TEXT_LIMIT:
        raise UnreadableDocument(f"over {TEXT_LIMIT} characters of text")
    path = PurePosixPath(name)
    return Article(
        id=document.id or str(path.with_suffix("")),
        title=document.title or path.stem,
        text=document.text,
        source=document.source,
        published=document.published,
        published_basis=document.published_basis,
        author=document.author,
        url=document.url,
    )

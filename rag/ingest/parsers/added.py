"""Parsers that other packages add (docs/extending.md): found by name, loaded when needed.

In:  entry points `footnoted.parsers`: an ending of file names -> a `Parser`.
Out: those that are in use, by ending; a parser whose result is checked.

They run where ours run, in the sandbox (`rag.ingest.sandbox`): a broken one rejects its own files.
An ending that Footnoted reads itself stays ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from rag.errors import ExtensionError
from rag.ingest.document import ParsedDocument, UnreadableDocument, UnreadPart
from rag.runtime import extensions
from rag.runtime.extensions import Extension, FoundExtensions

_TEXTS = ("title", "text", "id", "part")
_OPTIONAL = ("source", "author", "published", "published_basis", "url")


@lru_cache(maxsize=1)
def parsers() -> FoundExtensions:
    """The parsers of other packages, by ending."""
    from rag.ingest.containers import CONTAINERS
    from rag.ingest.parsers import PARSERS

    return extensions.find_extensions(extensions.PARSERS, {*PARSERS, *CONTAINERS})


def load_parser(extension: Extension) -> Callable[[bytes], Any]:
    """The parser, as one that gives nothing but what it must.

    Raises:
        UnreadableDocument: it does not load, or is no function.
    """
    try:
        parse = extension.load()
        if not callable(parse):
            raise extension.fault("is no function")
    except ExtensionError as error:
        raise UnreadableDocument(str(error)) from error

    def checked(data: bytes) -> ParsedDocument | Sequence[ParsedDocument | UnreadPart]:
        parsed = parse(data)
        if isinstance(parsed, ParsedDocument):
            return _checked(extension, parsed)
        if not isinstance(parsed, (list, tuple)):
            raise _wrong(extension, f"a {type(parsed).__name__}")
        return [
            part if isinstance(part, UnreadPart) else _checked(extension, part) for part in parsed
        ]

    return checked


def _checked(extension: Extension, document: Any) -> ParsedDocument:
    if not isinstance(document, ParsedDocument):
        raise _wrong(extension, f"a {type(document).__name__}")
    for name in (*_TEXTS, *_OPTIONAL):
        value = getattr(document, name)
        if not (isinstance(value, str) or (value is None and name in _OPTIONAL)):
            raise _wrong(extension, f"a document whose {name} is a {type(value).__name__}")
    if not all(isinstance(each, str) for pair in document.details.items() for each in pair):
        raise _wrong(extension, "a document with details that are not text")
    return document


def _wrong(extension: Extension, given: str) -> UnreadableDocument:
    return UnreadableDocument(f"the extension {extension} gave {given}, not a ParsedDocument")

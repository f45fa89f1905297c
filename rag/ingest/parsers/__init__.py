"""Parsers of the supported formats: the bytes of one document in, its articles out.

    parse_documents(extension, id, data)  ->  Article | UnreadPart, at least one
    parser_of(extension)(data)            ->  ParsedDocument, or a list of them; a module for each
                                              kind of file, loaded when it is first needed
    supported_extensions()                    in lower case, without the dot; those of containers,
                                              whose inner files are parsed, too, and those that
                                              other packages add (`rag.ingest.parsers.added`)

A parser rejects, before it unpacks or parses anything, what is known to take too much memory or
time; whatever else goes wrong is contained by `rag.ingest.sandbox`, in whose process parsers run.
They import their libraries when they are called. Text that a page hides is not parsed. A file whose
first bytes are those of another format is parsed as that one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import cast

from rag.ingest.containers import CONTAINERS
from rag.ingest.document import TEXT_LIMIT, ParsedDocument, UnreadableDocument, UnreadPart
from rag.ingest.parsers import added
from rag.ingest.parsers.content_type import true_extension
from rag.types import Article

__all__ = [
    "PARSERS",
    "PARSER_VERSION",
    "WEB_PAGES",
    "Parser",
    "parse_documents",
    "parser_of",
    "parser_version",
    "supported_extensions",
]

# Raise this with every change after which the same bytes give another article: in a parser, in
# `boilerplate` and `markup` and their word lists, in `heads`, `metadata`, `decoding` or
# `normalize`, in how `files` cuts a dump into lines, or in the release of a parsing library. The
# next `rag index` then parses all files again. A change of comments, names or speed alone leaves it
# as it is.
PARSER_VERSION = "11"
PART_LIMIT = 20_000  # articles of one file, other than a dump of one a line

Parsed = ParsedDocument | Sequence[ParsedDocument | UnreadPart]
Parser = Callable[[bytes], Parsed]
"""What reads one kind of file; it raises `UnreadableDocument` for what is no article."""

PARSERS = {  # module and function, by extension
    "html": "html.parse",
    "htm": "html.parse",
    "xhtml": "html.parse",
    "docx": "office.docx.parse",
    "odt": "office.odt.parse",
    "rtf": "office.rtf.parse",
    "pptx": "office.pptx.parse",
    "epub": "epub.parse",
    "md": "markdown.parse",
    "markdown": "markdown.parse",
    "pdf": "pdf.parse",
    "txt": "text.parse",
    "text": "text.parse",
    "csv": "tables.parse_csv",
    "tsv": "tables.parse_csv",
    "xlsx": "tables.parse_xlsx",
    "eml": "mail.parse_mail",
    "mht": "mail.parse_saved_page",
    "mhtml": "mail.parse_saved_page",
    "webarchive": "webarchive.parse",
    "srt": "subtitles.parse",
    "vtt": "subtitles.parse",
    "xml": "xml.parse",
    "nitf": "xml.parse",
    "newsml": "xml.parse",
    "alto": "xml.parse",
    "hocr": "digitised.hocr.parse",
    "mets": "digitised.mets.parse",
    "json": "dumps.parse",
    "jsonl": "dumps.parse_line",
}
WEB_PAGES = ("html", "htm", "xhtml")  # whose pictures and frames browsers save in a folder


@lru_cache(maxsize=1)
def supported_extensions() -> tuple[str, ...]:
    """The endings of files that are read, ours and those that other packages add."""
    return tuple(dict.fromkeys((*PARSERS, *CONTAINERS, *added.parsers().by_name)))


@lru_cache(maxsize=64)
def parser_version(extension: str) -> str:
    """The version of what parses files with this extension: another one parses them again."""
    packages = {each.name: each for each in added.parsers().by_name.values()}
    if extension in packages:
        return f"{PARSER_VERSION}+{packages[extension].package}-{packages[extension].version}"
    if extension in CONTAINERS and packages:  # which may hold such files
        return "+".join([PARSER_VERSION, *(f"{n}-{each.version}" for n, each in packages.items())])
    return PARSER_VERSION


def parser_of(extension: str) -> Parser:
    """The parser of files with this extension.

    Raises:
        KeyError: there is none.
        UnreadableDocument: it is that of another package, and does not load.
    """
    if extension not in PARSERS:
        return added.load_parser(added.parsers().by_name[extension])
    module, _, function = PARSERS[extension].rpartition(".")
    return cast(Parser, getattr(import_module(f"rag.ingest.parsers.{module}"), function))


def parse_documents(extension: str, id: str, data: bytes) -> list[Article | UnreadPart]:
    """Parse `data`, the bytes of a file or the line of a dump, as the format of `extension`.

    `id` is the article's id unless the document has its own, and its last part the title. Where the
    file holds several articles, each id is `id`, "!", and the article's path or number in the file.

    Raises:
        UnreadableDocument: it is not an article that can be stored; the error says why.
        Exception: whatever the format's library makes of a broken document.
    """
    is_added = extension not in PARSERS and extension in added.parsers().by_name
    parser = parser_of(extension if is_added else true_extension(extension, data, PARSERS))
    parsed = parser(data)
    if isinstance(parsed, ParsedDocument):
        return [_article(id, parsed)]
    if len(parsed) > PART_LIMIT:
        raise UnreadableDocument(f"over {PART_LIMIT} articles")
    items = [_article_or_unread(id, part) for part in parsed]
    if not any(isinstance(item, Article) for item in items):
        raise UnreadableDocument(
            next((item.reason for item in items if isinstance(item, UnreadPart)), "no text in it")
        )
    return items


def _article_or_unread(id: str, part: ParsedDocument | UnreadPart) -> Article | UnreadPart:
    if isinstance(part, UnreadPart):
        return part
    try:
        return _article(id, part)
    except UnreadableDocument as error:
        return UnreadPart(part.part, str(error))


def _article(id: str, document: ParsedDocument) -> Article:
    if not document.text.strip():
        raise UnreadableDocument("no text in it")
    if len(document.text) > TEXT_LIMIT:
        raise UnreadableDocument(f"over {TEXT_LIMIT} characters of text")
    own = f"{id}!{document.part}" if document.part else id
    details = {key: value for key, value in document.details.items() if value}
    if document.part and not document.part.isdigit():
        details["inner"] = document.part
    return Article(
        id=document.id or own,
        title=document.title or own.rpartition("/")[2].rpartition("!")[2] or own,
        text=document.text,
        source=document.source,
        published=document.published,
        published_basis=document.published_basis,
        author=document.author,
        url=document.url,
        details=details,
    )

"""EPUB books: the text in reading order, and what the package file says of the book."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

from rag.ingest.date_forms import publication_day
from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.markup.blocks import blocks_of
from rag.ingest.metadata import people
from rag.ingest.normalize import normalize, one_line
from rag.ingest.parsers.archive import open_archive, xml_of

_CORE = "{http://purl.org/dc/elements/1.1/}"
_PACKAGE = "{http://www.idpf.org/2007/opf}"


def parse(data: bytes) -> ParsedDocument:
    """Parse a book; its table of contents is no part of the text.

    Raises:
        UnreadableDocument: it unpacks to too much, is encrypted, or has no package file.
        Exception: lxml or zipfile cannot read it.
    """
    archive = open_archive(data)
    if "META-INF/rights.xml" in archive.namelist():
        raise UnreadableDocument("encrypted")
    path = _package_path(archive)
    package = xml_of(archive, path)
    if package is None:
        raise UnreadableDocument("no package file in the book")
    chapters = [_text_of(archive, name) for name in _reading_order(package, path)]
    day = _published(package)
    return ParsedDocument(
        title=one_line(_first(package, "title")) or "",
        text=normalize("\n\n".join(filter(None, chapters))),
        source=one_line(_first(package, "publisher")),
        author=people([each.text for each in package.iter(f"{_CORE}creator")]),
        published=day,
        published_basis="stated: package of the book" if day else None,
    )


def _package_path(archive: ZipFile) -> str:
    container = xml_of(archive, "META-INF/container.xml")
    paths = [] if container is None else [each.get("full-path") for each in container.iter()]
    return next(filter(None, paths), "")


def _reading_order(package: Any, path: str) -> list[str]:
    """The names of the chapters' files in the archive."""
    items = {
        item.get("id"): item
        for item in package.iter(f"{_PACKAGE}item")
        if "html" in item.get("media-type", "") and "nav" not in item.get("properties", "").split()
    }
    names = []
    for reference in package.iter(f"{_PACKAGE}itemref"):
        item = items.get(reference.get("idref"))
        if item is not None:
            href = unquote(item.get("href", "")).partition("#")[0]
            names.append(posixpath.normpath(posixpath.join(posixpath.dirname(path), href)))
    return list(dict.fromkeys(names))


def _text_of(archive: ZipFile, name: str) -> str:
    if name not in archive.namelist():
        return ""
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(archive.read(name), parser=parser)
    except etree.ParserError:
        return ""
    return "\n".join(block.text for block in blocks_of(tree))


def _first(package: Any, name: str) -> str | None:
    return next((each.text for each in package.iter(f"{_CORE}{name}") if each.text), None)


def _published(package: Any) -> str | None:
    """The day of publication; a date of creation or modification is none."""
    for each in package.iter(f"{_CORE}date"):
        event = each.get(f"{_PACKAGE}event", "publication")
        if event in {"publication", "original-publication"} and (day := publication_day(each.text)):
            return day
    return None

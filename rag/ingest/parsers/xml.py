"""XML files: wire copy, feeds, pages of a digitised newspaper, web pages, by their first element.

    parse(data)      ->  the articles, or `UnreadableDocument` for an XML file of another kind
    read_xml(data)   ->  the root element, by defusedxml: no entity of the file's own is expanded

Left to others: what the elements mean (`rag.ingest.parsers.wire`, `rag.ingest.parsers.digitised`).
"""

from __future__ import annotations

import html.entities
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from rag.ingest.decoding import decode
from rag.ingest.document import ParsedDocument, UnreadableDocument, UnreadPart

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Parsed = ParsedDocument | Sequence[ParsedDocument | UnreadPart]

_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,300}\?>")
_ENCODING = re.compile(rb"<\?xml[^>]{0,100}encoding=[\"']([\w:.-]{2,20})", re.IGNORECASE)
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,8});")


def parse(data: bytes) -> Parsed:
    """Parse a file of any kind of XML that is read.

    Raises:
        UnreadableDocument: it is of another kind, withdrawn, or has no text.
        xml.etree.ElementTree.ParseError: it is not XML.
        defusedxml.DefusedXmlException: it defines entities.
    """
    root = read_xml(data)
    kind = local_name(root)
    if kind == "html":
        from rag.ingest.parsers import html

        return html.parse(data)
    if kind == "mets":
        raise UnreadableDocument(
            "of a kind that is not read (METS without the pages that it names beside it)"
        )
    parser = _parser_of(kind)
    if parser is None:
        raise UnreadableDocument(f"of a kind that is not read (XML, <{kind[:40]}>)")
    return parser(root)


def read_xml(data: bytes) -> Element:
    """The root element; HTML's names of characters are known, whatever the file declares.

    Raises:
        UnreadableDocument: it is not text.
        xml.etree.ElementTree.ParseError: it is not XML.
        defusedxml.DefusedXmlException: it defines entities.
    """
    from defusedxml.ElementTree import DefusedXMLParser

    declared = _ENCODING.search(data[:400])
    text = decode(data, declared[1].decode() if declared else None).text
    text = _DECLARATION.sub("", text.lstrip("\ufeff"), count=1).lstrip()
    parser = DefusedXMLParser()
    parser.feed(_ENTITY.sub(_character, text))
    root: Element = parser.close()
    return root


def _character(entity: re.Match[str]) -> str:
    """The character that HTML calls so; XML's own five, and what has no such name, as it is."""
    code = None if entity[1] in _XML_ENTITIES else html.entities.name2codepoint.get(entity[1])
    return entity[0] if code is None else chr(code)


def local_name(element: Element) -> str:
    """The name of an element without its namespace; "" for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def descendants(element: Element, *names: str) -> Iterator[Element]:
    """The elements with one of `names` at or below `element`, in order, in any namespace."""
    return (each for each in element.iter() if local_name(each) in names)


def first(element: Element | None, *names: str) -> Element | None:
    """The first element with the first of `names` that any has, at or below `element`."""
    if element is None:
        return None
    return next((each for name in names for each in descendants(element, name)), None)


def text_of(element: Element | None) -> str:
    """All text of an element on one line; "" for None."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _parser_of(kind: str) -> Callable[[Element], Parsed] | None:
    if kind == "alto":
        from rag.ingest.parsers.digitised import alto

        return alto.article_of
    if kind == "nitf":
        from rag.ingest.parsers.wire import nitf

        return nitf.article_of
    if kind in {"newsItem", "newsMessage", "itemSet", "NewsML"}:
        from rag.ingest.parsers.wire import newsml

        return newsml.articles_of
    if kind in {"rss", "feed", "RDF"}:
        from rag.ingest.parsers.wire import feed

        return feed.articles_of
    return None

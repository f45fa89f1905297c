"""A story of an agency: its marked-up text as plain text, its record as a `ParsedDocument`.

markup_text(element)   ->  the text of an element with the tags of NITF or XHTML
plain_text(text)       ->  the same for text, which may be HTML
Story.document()       ->  the article
check_status(status)   ->  `UnreadableDocument` where the agency withdrew the item
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.ingest.date_forms import publication_day
from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.line_wraps import unwrap
from rag.ingest.markup.blocks import text_of_html
from rag.ingest.metadata import people
from rag.ingest.normalize import normalize, one_line
from rag.ingest.parsers.xml import local_name

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_USABLE = frozenset({"", "usable", "embargoed", "canceled-embargo"})
_BASIS = "stated: record of the agency"
_AS_HTML = {  # tags of NITF by those of HTML that look alike
    **{"hl1": "h1", "hl2": "h2", "media": "figure", "media-caption": "figcaption"},
    **{"bq": "blockquote", "block": "div", "body.content": "div", "credit": "p", "fn": "p"},
    **{"nitf-table": "table", "nitf-table-header": "caption", "nitf-col": "td"},
}
_UNSEEN = frozenset(
    ("media-reference", "media-metadata", "media-object", "media-producer", "object.title",
     "nitf-table-metadata", "head", "script", "style", "ds")
)  # fmt: skip
_KEPT_ATTRIBUTES = ("colspan", "rowspan", "href", "style", "class")
_HTML = re.compile(r"</?(?:p|div|br|b|i|em|strong|table|ul|li)\b[^<>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Story:
    """What an item says; `day` is a field in any form of dates, the rest is plain text."""

    headline: str
    subheadline: str
    byline: str
    dateline: str
    source: str
    day: str
    text: str

    def document(self) -> ParsedDocument:
        """The article of the story; the dateline is its first line unless the text has it.

        Raises:
            UnreadableDocument: it has no text.
        """
        if not self.text.strip():
            raise UnreadableDocument("no text in it")
        dateline = one_line(self.dateline) or ""
        place = dateline.split(",")[0]
        has_place = self.text.casefold().startswith(place.casefold())
        parts = (one_line(self.subheadline), None if has_place else dateline, self.text)
        day = publication_day(self.day)
        return ParsedDocument(
            title=one_line(self.headline) or "",
            text=normalize("\n\n".join(filter(None, parts))),
            source=one_line(self.source),
            author=people(self.byline),
            published=day,
            published_basis=_BASIS if day else None,
        )


def check_status(status: str) -> None:
    """Reject an item that must not be used: "canceled", "stat:withheld".

    Raises:
        UnreadableDocument: the agency says so.
    """
    word = status.rpartition(":")[2].strip().casefold()
    if word not in _USABLE:
        raise UnreadableDocument(f"withdrawn by its agency (status {word[:40]!r})")


def markup_text(element: Element) -> str:
    """The text of an element and what it holds, a blank line between paragraphs."""
    return text_of_html("".join(_as_html(element)))


def plain_text(text: str) -> str:
    """The text of a field: HTML as plain text, wrapped lines joined."""
    return text_of_html(text) if _HTML.search(text) else unwrap(normalize(text))


def _as_html(element: Element) -> Iterator[str]:
    """An element and what it holds as HTML, without its tail."""
    name = local_name(element)
    if not name or name in _UNSEEN:
        return
    tag = _AS_HTML.get(name, name)
    attributes = "".join(
        f' {key}="{html.escape(element.get(key, ""))}"'
        for key in _KEPT_ATTRIBUTES
        if element.get(key)
    )
    yield f"<{tag}{attributes}>"
    yield html.escape(element.text or "")
    for child in element:
        yield from _as_html(child)
        yield html.escape(child.tail or "")
    if tag != "br":
        yield f"</{tag}>"

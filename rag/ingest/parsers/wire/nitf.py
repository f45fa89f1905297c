"""NITF: a story of an agency, with its headline, byline, dateline and day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.ingest.document import ParsedDocument
from rag.ingest.parsers.wire.story import Story, check_status, markup_text
from rag.ingest.parsers.xml import descendants, first, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# where the day may stand, the most certain first: element and attribute
_DAYS = (
    ("pubdata", "date.publication"),
    ("date.release", "norm"),
    ("date.issue", "norm"),
    ("story.date", "norm"),
)


def article_of(root: Element) -> ParsedDocument:
    """The article of a file.

    Raises:
        UnreadableDocument: it is withdrawn, or has no text.
    """
    return story_of(root).document()


def story_of(root: Element) -> Story:
    """The story that an element `nitf` holds.

    Raises:
        UnreadableDocument: it is withdrawn.
    """
    record = first(root, "docdata")
    check_status("" if record is None else record.get("management-status", ""))
    head = first(root, "body.head")
    parts = [*descendants(root, "body.content"), *descendants(root, "tagline")]
    return Story(
        headline=text_of(first(head, "hl1", "hedline")) or text_of(first(root, "title")),
        subheadline=text_of(first(head, "hl2")),
        byline=_byline(head),
        dateline=text_of(first(head, "dateline")),
        source=_source(root, head),
        day=next(filter(None, (_attribute(root, *place) for place in _DAYS)), ""),
        text="\n\n".join(filter(None, map(markup_text, parts))),
    )


def _byline(head: Element | None) -> str:
    """The persons of the byline, comma-separated, else all of it without the writer's office."""
    line = first(head, "byline")
    if line is None:
        return ""
    persons = [text_of(each) for each in descendants(line, "person")]
    office = text_of(first(line, "byttl"))
    return ", ".join(filter(None, persons)) or text_of(line).removesuffix(office).strip()


def _source(root: Element, head: Element | None) -> str:
    stated = (
        _attribute(root, "pubdata", "name"),
        text_of(first(head, "distributor")),
        _attribute(root, "doc.copyright", "holder"),
    )
    return next(filter(None, stated), "")


def _attribute(root: Element, name: str, attribute: str) -> str:
    element = first(root, name)
    return "" if element is None else element.get(attribute, "")

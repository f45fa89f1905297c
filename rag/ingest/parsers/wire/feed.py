"""Feeds (RSS, Atom): each entry an article, of the outlet that the feed is called after."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.ingest.document import ParsedDocument, UnreadableDocument, UnreadPart
from rag.ingest.metadata import web_url
from rag.ingest.normalize import one_line
from rag.ingest.parsers.wire.story import Story, markup_text, plain_text
from rag.ingest.parsers.xml import descendants, local_name, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_TEXTS = ("encoded", "content", "description", "summary")  # the longest is read
_DAYS = ("pubDate", "published", "issued", "date", "updated", "modified")
_AUTHORS = ("creator", "author")


def articles_of(root: Element) -> Sequence[ParsedDocument | UnreadPart]:
    """The articles of a feed, by their numbers; an entry without text is named.

    Raises:
        UnreadableDocument: it has no entry.
    """
    entries = list(descendants(root, "item", "entry"))
    if not entries:
        raise UnreadableDocument("no text in it: the feed has no entry")
    channel = next(descendants(root, "channel"), root)
    outlet = _plain(_field(channel, "title"))
    return [_article(entry, outlet, str(number)) for number, entry in enumerate(entries, 1)]


def _article(entry: Element, outlet: str, part: str) -> ParsedDocument | UnreadPart:
    texts = [_text(each) for each in entry if local_name(each) in _TEXTS]
    story = Story(
        headline=_plain(_field(entry, "title")),
        subheadline="",
        byline=_author(entry),
        dateline="",
        source=outlet,
        day=_field(entry, *_DAYS),
        text=max(texts, key=len, default=""),
    )
    try:
        return replace(story.document(), part=part, url=next(_addresses(entry), None))
    except UnreadableDocument as error:
        return UnreadPart(part, str(error))


def _field(element: Element, *names: str) -> str:
    """The text of the first of `names` that a child of `element` has filled."""
    texts = (text_of(each) for name in names for each in element if local_name(each) == name)
    return next(filter(None, texts), "")


def _text(element: Element) -> str:
    """The text of an element, whose HTML is escaped or stands in it as elements."""
    return markup_text(element) if len(element) else _plain(element.text or "")


def _plain(text: str) -> str:
    """Text that was HTML before it was escaped, as plain text."""
    return html.unescape(plain_text(text))


def _author(entry: Element) -> str:
    """The names of an entry's authors; of "desk@oye.example (Ida Holt)" the name alone."""
    stated = (each for name in _AUTHORS for each in entry if local_name(each) == name)
    names = (next(filter(None, (_field(each, "name"), text_of(each))), "") for each in stated)
    bare = (name.partition("(")[2].rstrip(")") if "@" in name else name for name in names)
    return ", ".join(dict.fromkeys(filter(None, map(one_line, bare))))


def _addresses(entry: Element) -> Iterator[str]:
    """The addresses of an entry's page, the main one first."""
    for link in (each for each in entry if local_name(each) in {"link", "guid", "id"}):
        if link.get("rel", "alternate") == "alternate" and (
            address := web_url(link.get("href") or text_of(link))
        ):
            yield address

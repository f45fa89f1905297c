"""NewsML and NewsML-G2: items of an agency, each an article; withdrawn ones are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.ingest.boilerplate.bylines import is_person
from rag.ingest.document import ParsedDocument, UnreadableDocument, UnreadPart
from rag.ingest.parsers.wire.nitf import story_of
from rag.ingest.parsers.wire.story import Story, check_status, markup_text, plain_text
from rag.ingest.parsers.xml import descendants, first, local_name, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Parsed = ParsedDocument | Sequence[ParsedDocument | UnreadPart]


def articles_of(root: Element) -> Parsed:
    """The articles of the items at or below `root`: one, or several with their numbers.

    Raises:
        UnreadableDocument: there is no item, or the only one is withdrawn or has no text.
    """
    items = list(descendants(root, "newsItem", "NewsItem"))
    if not items:
        raise UnreadableDocument("no text in it: it holds no news item")
    if len(items) == 1:
        return _article(items[0], "")
    return [_article_or_reason(item, str(number)) for number, item in enumerate(items, 1)]


def _article_or_reason(item: Element, part: str) -> ParsedDocument | UnreadPart:
    try:
        return _article(item, part)
    except UnreadableDocument as error:
        return UnreadPart(part, str(error))


def _article(item: Element, part: str) -> ParsedDocument:
    story = _story_g2(item) if local_name(item) == "newsItem" else _story_1(item)
    return replace(story.document(), part=part)


def _story_g2(item: Element) -> Story:
    record, content = first(item, "itemMeta"), first(item, "contentMeta")
    status = first(record, "pubStatus")
    check_status("" if status is None else status.get("qcode", ""))
    provider = first(record, "provider")
    named = text_of(first(provider, "name"))
    code = "" if provider is None else provider.get("literal", "") or provider.get("qcode", "")
    creator = text_of(first(first(content, "creator"), "name"))
    moments = (
        text_of(first(content, "contentCreated")),
        text_of(first(record, "firstCreated")),
        text_of(first(record, "versionCreated")),
    )
    stated = Story(
        headline=text_of(first(content, "headline")),
        subheadline=text_of(first(content, "subheadline")),
        byline=text_of(first(content, "by")),
        dateline=text_of(first(content, "dateline")),
        source=named or text_of(first(content, "infoSource")) or code.rpartition(":")[2],
        day=next(filter(None, moments), ""),
        text="",
    )
    story = _with_content(stated, _parts(item, "inlineXML", "inlineData"))
    by_person = creator if is_person(creator) else ""
    return replace(story, byline=story.byline or by_person)


def _story_1(item: Element) -> Story:
    status = first(item, "Status")
    check_status("" if status is None else status.get("FormalName", ""))
    party = first(first(item, "Provider", "Source"), "Party")
    moments = (
        text_of(first(item, "FirstCreated")),
        text_of(first(item, "ThisRevisionCreated")),
        text_of(first(item, "DateId")),
    )
    stated = Story(
        headline=text_of(first(item, "HeadLine")),
        subheadline=text_of(first(item, "SubHeadLine")),
        byline=text_of(first(item, "ByLine")),
        dateline=text_of(first(item, "DateLine")),
        source=(party.get("FormalName", "") if party is not None else "")
        or text_of(first(item, "ProviderId")),
        day=next(filter(None, moments), ""),
        text="",
    )
    return _with_content(stated, _parts(item, "DataContent"))


def _parts(item: Element, *names: str) -> Iterator[Element | str]:
    """The contents of an item: the marked-up story in it, or its text."""
    for content in descendants(item, *names):
        children = [child for child in content if local_name(child)]
        if children:
            yield from children
        elif (content.text or "").strip():
            yield content.text or ""


def _with_content(stated: Story, parts: Iterator[Element | str]) -> Story:
    """The story with the text of its parts, and what NITF among them states and it does not."""
    texts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            text = plain_text(part)
        elif local_name(part) == "nitf":
            inner = story_of(part)
            stated = _completed(stated, inner)
            text = inner.text or markup_text(part)
        else:
            text = markup_text(part)
        if text and text not in texts:
            texts.append(text)
    return replace(stated, text="\n\n".join(texts))


def _completed(stated: Story, inner: Story) -> Story:
    fields = ("headline", "subheadline", "byline", "dateline", "source", "day")
    values = {name: getattr(stated, name) or getattr(inner, name) for name in fields}
    return replace(stated, **values)

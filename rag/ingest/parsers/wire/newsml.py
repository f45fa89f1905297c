"""NewsML and NewsML-G2: items of an agency, each an article; withdrawn ones are named.

Of several renditions of one text (marked up, plain, shortened) the longest is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
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
    story = _story(item, _G2 if local_name(item) == "newsItem" else _NEWSML_1)
    return replace(story.document(), part=part)


@dataclass(frozen=True, slots=True)
class _Dialect:
    """Where a version of NewsML has what is read of an item: names of elements and attributes.

    Of several the first that is filled counts. `source` finds the outlet, and `texts` the elements
    of each text of the item: the renditions of one text together.
    """

    status: str
    status_attributes: tuple[str, ...]
    headline: str
    subheadline: str
    byline: str
    dateline: str
    moments: tuple[str, ...]
    source: Callable[[Element], str]
    texts: Callable[[Element], Iterator[list[Element]]]


def _stated(item: Element, *names: str) -> Element | None:
    """The first element of a name in the record of an item, which is not its content."""
    parts = (first(part, *names) for part in item if local_name(part) != "contentSet")
    return next((part for part in parts if part is not None), None)


def _source_g2(item: Element) -> str:
    provider = _stated(item, "provider")
    code = "" if provider is None else provider.get("literal", "") or provider.get("qcode", "")
    named = text_of(first(provider, "name")) or text_of(_stated(item, "infoSource"))
    return named or code.rpartition(":")[2]


def _source_1(item: Element) -> str:
    party = first(_stated(item, "Provider", "Source"), "Party")
    named = "" if party is None else party.get("FormalName", "")
    return named or text_of(_stated(item, "ProviderId"))


def _texts_g2(item: Element) -> Iterator[list[Element]]:
    yield list(descendants(item, "inlineXML", "inlineData"))


def _texts_1(item: Element) -> Iterator[list[Element]]:
    taken: set[Element] = set()
    for part in descendants(item, "NewsComponent", "DataContent"):
        if local_name(part) == "NewsComponent" and part.get("EquivalentsList") != "yes":
            continue
        renditions = [each for each in descendants(part, "DataContent") if each not in taken]
        taken.update(renditions)
        if renditions:
            yield renditions


_G2 = _Dialect(
    status="pubStatus",
    status_attributes=("qcode", "uri"),
    headline="headline",
    subheadline="subheadline",
    byline="by",
    dateline="dateline",
    moments=("contentCreated", "firstCreated", "versionCreated"),
    source=_source_g2,
    texts=_texts_g2,
)
_NEWSML_1 = _Dialect(
    status="Status",
    status_attributes=("FormalName",),
    headline="HeadLine",
    subheadline="SubHeadLine",
    byline="ByLine",
    dateline="DateLine",
    moments=("FirstCreated", "ThisRevisionCreated", "DateId"),
    source=_source_1,
    texts=_texts_1,
)


def _story(item: Element, dialect: _Dialect) -> Story:
    """What an item says, by the words of its version of NewsML."""
    status = _stated(item, dialect.status)
    if status is not None:
        named = (status.get(name, "") for name in dialect.status_attributes)
        check_status(next(filter(None, named), ""))
    moments = (text_of(_stated(item, name)) for name in dialect.moments)
    story = Story(
        headline=text_of(_stated(item, dialect.headline)),
        subheadline=text_of(_stated(item, dialect.subheadline)),
        byline=text_of(_stated(item, dialect.byline)),
        dateline=text_of(_stated(item, dialect.dateline)),
        source=dialect.source(item),
        day=next(filter(None, moments), ""),
        text="",
    )
    texts: list[str] = []
    for renditions in dialect.texts(item):
        read = [_content(each) for each in renditions]
        for inner in read:
            story = _completed(story, inner)
        text = max((inner.text for inner in read), key=len, default="")
        texts += [text] if text and text not in texts else []
    creator = text_of(first(_stated(item, "creator"), "name"))
    byline = story.byline or (creator if is_person(creator) else "")
    return replace(story, byline=byline, text="\n\n".join(texts))


def _content(content: Element) -> Story:
    """What one rendition says: its text, and where it is NITF its record."""
    story, texts = _NOTHING, list[str]()
    parts = [child for child in content if local_name(child)]
    for part in parts:
        if local_name(part) == "nitf":
            inner = story_of(part)
            story = _completed(story, inner)
            texts.append(inner.text or markup_text(part))
        else:
            texts.append(markup_text(part))
    if not parts:
        texts.append(plain_text(content.text or ""))
    return replace(story, text="\n\n".join(filter(None, texts)))


_NOTHING = Story("", "", "", "", "", "", "")


def _completed(stated: Story, inner: Story) -> Story:
    fields = ("headline", "subheadline", "byline", "dateline", "source", "day")
    values = {name: getattr(stated, name) or getattr(inner, name) for name in fields}
    return replace(stated, **values)

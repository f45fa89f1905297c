"""Dumps of articles: JSON Lines with an article a line, or JSON with an array of articles.

An article is an object with a text, under any of the names that dumps use for it and for its
metadata (`rag.ingest.metadata`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.ingest.decoding import decode
from rag.ingest.document import ParsedDocument, UnreadableDocument, UnreadPart
from rag.ingest.metadata import (
    document_fields,
    document_from_metadata,
    has_whole_text,
    web_url,
    worded,
)
from rag.ingest.normalize import drop_invisible, escape_unprintable, normalize, shorten

_TAG = re.compile(r"</(?:p|div|b|i|em|strong|a|span|ul|ol|li|table|h[1-6])>|<br ?/?>|<p>", re.I)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#\d{2,6}|#x[0-9a-f]{2,5}|[a-z]{2,8});", re.I)
_WHOLE_HTML = re.compile(r"\s*<(p|div|article|section|h[1-6]|ul|ol|table|body|html)\b", re.I)
_ESCAPED = 3  # times that a text may have been escaped
_WRAPPERS = ("_source", "article", "fields", "attributes", "doc", "document", "data", "item",
             "record", "node", "metadata", "meta", "thread")  # fmt: skip
_DEPTH = 3  # of objects that may lie around an array of articles


def parse_line(data: bytes) -> Sequence[ParsedDocument | UnreadPart] | ParsedDocument:
    """Parse one line. Its text is stored as it is, but for HTML and characters that nobody sees.

    Raises:
        UnreadableDocument: it is neither an object nor an array of objects, or has no text.
        ValueError: it is not JSON, or holds half a surrogate pair, which no index could store.
    """
    value = json.loads(decode(data).text)
    return _articles(value) if isinstance(value, list) else article_of(value)


def parse(data: bytes) -> Sequence[ParsedDocument | UnreadPart] | ParsedDocument:
    """Parse a file: an array of articles, an object that holds one, an article, or one a line.

    Raises:
        UnreadableDocument: there is no article in it.
        ValueError: it is not JSON, and neither are most of its lines.
    """
    text = decode(data).text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        lines = [line for line in text.split("\n") if line.strip()]
        value = [_value_or_none(line) for line in lines]
        if len(lines) < 2 or value.count(None) > len(lines) / 2:
            raise
    array = _array(value, _DEPTH)
    return numbered_articles(array) if array is not None else replace(article_of(value), id="")


def _value_or_none(line: str) -> object:
    """What a line of JSON says; None where it is broken, which loses no other line."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def article_of(value: object) -> ParsedDocument:
    """The article of one object.

    Raises:
        UnreadableDocument: it is not an object, or has no text.
        UnicodeEncodeError: its id or text holds half a surrogate pair.
    """
    if not isinstance(value, Mapping):
        raise UnreadableDocument("not a JSON object")
    fields = document_fields(_unwrapped(value))
    body = _body(fields.get("text"))
    if not isinstance(body, str) or not body.strip():
        raise UnreadableDocument('"text" is missing, blank or not a string')
    body.encode()  # raises on half a surrogate pair
    fields["title"] = _plain_line(worded(fields.get("title")))
    fields["published"] = _day(fields.get("published"))
    document = document_from_metadata(_plain(body), fields, "stated: in the dump")
    id = _id_of(fields)
    first_line = shorten(normalize(document.text[:4000]).partition("\n")[0])
    return replace(document, id=id, title=document.title or first_line or id)


def _unwrapped(value: Mapping[str, object]) -> Mapping[str, object]:
    """An object with the fields of the objects in it that only group some; its own come first."""
    inner = [each for key in _WRAPPERS if isinstance(each := value.get(key), Mapping)]
    own = {key: each for key, each in value.items() if each not in inner} if inner else value
    merged = dict(own)
    for group in inner:
        taken = document_fields(merged)
        new = {
            key: each
            for key, each in group.items()
            if not document_fields({key: each}).keys() & taken.keys()
        }
        merged = {**new, **merged}
    return merged


def _body(value: object) -> object:
    """The text of a field: a string, a list of paragraphs, or an object that has either."""
    if isinstance(value, list):
        parts = [_body(part) for part in value]
        return "\n\n".join(part for part in parts if isinstance(part, str)) or None
    if isinstance(value, Mapping):
        inner = worded(value)
        return inner if inner is not None else _body(document_fields(value).get("text"))
    return value


def _day(value: object) -> object:
    """The day of a field; MongoDB writes `{"$date": …}`."""
    while isinstance(value, Mapping):
        value = next(
            (
                value[key]
                for key in ("$date", "$numberLong", "iso", "date", "value")
                if key in value
            ),
            None,
        )
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{12,13}", value) else value


def _id_of(fields: Mapping[str, object]) -> str:
    """The id that an object has, else its address, else ""."""
    id = fields.get("id")
    if isinstance(id, Mapping):
        id = id.get("$oid")
    if isinstance(id, int) and not isinstance(id, bool):
        id = str(id)
    if not isinstance(id, str) or not id.strip():
        id = web_url(fields.get("url")) or ""
    id.encode()
    return escape_unprintable(id)


def _plain(text: str) -> str:
    """`text` without HTML, if it is HTML; otherwise as it is but for what nobody sees.

    Text that was escaped more than once is unescaped as often. Tags that appear by this are HTML
    where they open the text; a text that only speaks of a tag keeps it.
    """
    from html import unescape

    is_html = _TAG.search(text) is not None
    for _ in range(_ESCAPED):
        if is_html:
            from rag.ingest.markup.blocks import text_of_html

            text = text_of_html(text)
        if not _ENTITY.search(text):
            break
        text = unescape(text)
        is_html = _WHOLE_HTML.match(text) is not None and _TAG.search(text) is not None
    return drop_invisible(text)


def _plain_line(value: object) -> object:
    return " ".join(_plain(value).split()) if isinstance(value, str) else value


def _array(value: object, depth: int) -> list[object] | None:
    """The array of articles in `value`: itself, or the longest in an object."""
    if isinstance(value, list):
        return value
    if not isinstance(value, Mapping) or depth == 0 or has_whole_text(value):
        return None
    arrays = [
        array for each in value.values() if (array := _array(each, depth - 1)) and _holds(array)
    ]
    return max(arrays, key=len, default=None)


def _holds(array: Sequence[object]) -> bool:
    return any(isinstance(each, Mapping) and "text" in document_fields(each) for each in array)


def _articles(array: Sequence[object]) -> list[ParsedDocument | UnreadPart]:
    """The articles of the array of a line, with the ids that they have."""
    return [
        part if isinstance(part, UnreadPart) else replace(part, part=str(number))
        for number, part in enumerate(map(_article_or_reason, array), 1)
    ]


def numbered_articles(array: Sequence[object]) -> list[ParsedDocument | UnreadPart]:
    """The articles of a file, each named by its own id in it, or its number."""
    parts: list[ParsedDocument | UnreadPart] = []
    taken: set[str] = set()
    for number, part in enumerate(map(_article_or_reason, array), 1):
        if isinstance(part, UnreadPart):
            parts.append(UnreadPart(str(number), part.reason))
            continue
        named = part.id and part.id not in taken and part.id != part.url
        name = part.id if named else str(number)
        taken.add(name)
        parts.append(replace(part, id="", part=name))
    return parts


def _article_or_reason(value: object) -> ParsedDocument | UnreadPart:
    try:
        return article_of(value)
    except UnreadableDocument as error:
        return UnreadPart("", str(error))
    except UnicodeEncodeError:
        return UnreadPart("", "half a surrogate pair in it")
    except (ValueError, OverflowError, RecursionError) as error:
        return UnreadPart("", f"a value that cannot be read ({type(error).__name__})")

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
from rag.ingest.metadata import document_fields, document_from_metadata, web_url
from rag.ingest.normalize import drop_invisible, escape_unprintable, normalize, shorten

_TAG = re.compile(r"</(?:p|div|b|i|em|strong|a|span|ul|ol|li|table|h[1-6])>|<br ?/?>|<p>", re.I)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#\d{2,6}|#x[0-9a-f]{2,5}|[a-z]{2,8});", re.I)
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
    except ValueError:
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
    except ValueError:
        return None


def article_of(value: object) -> ParsedDocument:
    """The article of one object.

    Raises:
        UnreadableDocument: it is not an object, or has no text.
        UnicodeEncodeError: its id or text holds half a surrogate pair.
    """
    if not isinstance(value, Mapping):
        raise UnreadableDocument("not a JSON object")
    fields = document_fields(value)
    body = fields.get("text")
    body = "\n\n".join(map(str, body)) if isinstance(body, list) else body
    if not isinstance(body, str) or not body.strip():
        raise UnreadableDocument('"text" is missing, blank or not a string')
    body.encode()  # raises on half a surrogate pair
    document = document_from_metadata(
        _plain(body), {**fields, "title": _plain_line(fields.get("title"))}, "stated: in the dump"
    )
    id = _id_of(fields)
    first_line = shorten(normalize(document.text[:4000]).partition("\n")[0])
    return replace(document, id=id, title=document.title or first_line or id)


def _id_of(fields: Mapping[str, object]) -> str:
    """The id that an object has, else its address, else ""."""
    id = fields.get("id")
    if isinstance(id, int) and not isinstance(id, bool):
        id = str(id)
    if not isinstance(id, str) or not id.strip():
        id = web_url(fields.get("url")) or ""
    id.encode()
    return escape_unprintable(id)


def _plain(text: str) -> str:
    """`text` without HTML, if it is HTML; otherwise as it is but for what nobody sees."""
    if _TAG.search(text):
        from rag.ingest.markup.blocks import text_of_html

        return text_of_html(text)
    if _ENTITY.search(text):
        import html

        text = html.unescape(text)
    return drop_invisible(text)


def _plain_line(value: object) -> object:
    return " ".join(_plain(value).split()) if isinstance(value, str) else value


def _array(value: object, depth: int) -> list[object] | None:
    """The array of articles in `value`: itself, or the longest in an object."""
    if isinstance(value, list):
        return value
    if not isinstance(value, Mapping) or depth == 0 or "text" in document_fields(value):
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

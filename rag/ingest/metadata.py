"""Metadata that a document states about itself: kept where it is valid, dropped where it is not.

    document_from_metadata(text, stated, basis)   ->  ParsedDocument
    iso_day, web_url                              ->  the value, or None where it is not valid

Pure functions. Left to others: where a format keeps its metadata (`rag.ingest.parsers`), what the
lines of a saved page say (`rag.ingest.boilerplate`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from rag.ingest.document import ParsedDocument
from rag.ingest.normalize import one_line


def document_from_metadata(text: str, stated: Mapping[str, object], basis: str) -> ParsedDocument:
    """A document of clean `text` with the valid fields of `stated` (title, source, author,
    published, url).

    `basis` says where the day of publication is stated, such as "stated: front matter".
    """
    title, source, author = (one_line(stated.get(key)) for key in ("title", "source", "author"))
    day, url = iso_day(stated.get("published")), web_url(stated.get("url"))
    return ParsedDocument(
        title=title or "",
        text=text,
        source=source,
        author=author,
        published=day,
        published_basis=basis if day else None,
        url=url,
    )


def iso_day(value: object) -> str | None:
    """The year, month or day (ISO 8601) of a date object or an ISO 8601 text, else None."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    text = value.strip() if isinstance(value, str) else str(value) if type(value) is int else ""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.{0,20})?)?)?", text):
        return None
    try:
        datetime.fromisoformat(text + "-01-01"[len(text) - 4 :])  # completes a bare year or month
    except ValueError:
        return None
    return text[:10]


def web_url(value: object) -> str | None:
    """`value` if it is an http(s) address, else None: an address may be rendered as a link."""
    match = isinstance(value, str) and re.fullmatch(r"https?://[^\s<>\"\x00-\x20]{3,2000}", value)
    return match[0] if match else None

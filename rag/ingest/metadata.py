"""Metadata that a document states about itself: kept where it is valid, dropped where it is not.

    document_from_metadata(text, stated, basis)   ->  ParsedDocument
    document_fields(stated)                       ->  the same fields under one set of names
    people, web_url                               ->  the value, or None where it is not valid

Pure functions. Left to others: where a format keeps its metadata (`rag.ingest.parsers`), what the
lines of a saved page say (`rag.ingest.boilerplate`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rag.ingest.boilerplate.bylines import byline
from rag.ingest.date_forms import publication_day
from rag.ingest.document import ParsedDocument
from rag.ingest.normalize import one_line

# names by which dumps, tables and front matter call a field, the most certain first
SYNONYMS = {
    "id": ("id", "_id", "article_id", "articleid", "guid", "uid"),
    "title": ("title", "headline", "hd", "titel", "titre", "título", "heading", "name"),
    "text": (
        *("text", "body", "content", "article", "article_body", "articlebody", "full_text"),
        *("fulltext", "full text", "bodytext", "body_text", "maintext", "article_text", "story"),
        *("plain_text", "texte", "texto", "content_text", "content_html", "description"),
    ),
    "source": (
        *("source", "outlet", "publication", "publisher", "newspaper", "site_name", "sitename"),
        *("source_name", "publication title", "publication_title", "medium", "site", "paper"),
        *("journal", "quelle"),
    ),
    "author": ("author", "authors", "byline", "by", "creator", "writer", "autor", "auteur"),
    "published": (
        *("published", "date", "published_at", "publishedat", "publication_date", "pubdate"),
        *("pub_date", "date_published", "datepublished", "published_date", "publish_date"),
        *("publication date", "published_on", "datum", "timestamp", "datetime", "issued", "day"),
    ),
    "published_basis": ("published_basis",),
    "url": ("url", "link", "web_url", "weburl", "address", "permalink", "source_url", "href"),
}


def document_from_metadata(text: str, stated: Mapping[str, object], basis: str) -> ParsedDocument:
    """A document of clean `text` with the valid fields of `stated` (title, source, author,
    published, url).

    `basis` says where the day of publication is stated, such as "stated: front matter".
    """
    title, source, author = (
        one_line(stated.get("title")),
        stated.get("source"),
        stated.get("author"),
    )
    day, url = publication_day(stated.get("published")), web_url(stated.get("url"))
    return ParsedDocument(
        title=title or "",
        text=text,
        source=people(source),
        author=people(author),
        published=day,
        published_basis=basis if day else None,
        url=url,
    )


def people(value: object) -> str | None:
    """The authors that a field names, comma-separated: one, a list, or objects with a "name"."""
    if isinstance(value, Mapping):
        value = value.get("name")
    if isinstance(value, (list, tuple)):
        names = dict.fromkeys(filter(None, map(people, value[:20])))
        return one_line(", ".join(names))
    name = one_line(value)
    if name is None:
        return None
    return byline(name) or re.sub(r"\s*;\s*", ", ", re.sub(r"^[Bb][Yy] +", "", name))


def document_fields(stated: Mapping[str, object]) -> dict[str, object]:
    """`stated` under the names of `ParsedDocument`, whatever its own: "headline", "byline"."""
    fields: dict[str, object] = {}
    lower = {str(key).strip().lower(): value for key, value in stated.items()}
    for field, names in SYNONYMS.items():
        for name in names:
            if name in lower and lower[name] not in (None, "", [], {}):
                fields[field] = lower[name]
                break
    return fields


def web_url(value: object) -> str | None:
    """`value` if it is an http(s) address, else None: an address may be rendered as a link."""
    match = isinstance(value, str) and re.fullmatch(r"https?://[^\s<>\"\x00-\x20]{3,2000}", value)
    return match[0] if match else None

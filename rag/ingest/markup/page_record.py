"""What a web page states about its article: structured data (JSON-LD) first, then meta tags.

    page_record(tree)   ->  `PageRecord`

Left to others: what the lines of the page say (`rag.ingest.boilerplate.heads`).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rag.ingest.boilerplate.bylines import is_section, outlet_score
from rag.ingest.date_forms import publication_day
from rag.ingest.markup.blocks import text_of_html
from rag.ingest.metadata import people, web_url
from rag.ingest.normalize import normalize, one_line

_ARTICLE_TYPES = re.compile(r"(?:Article|BlogPosting|LiveBlogPosting|Report|Review|NewsItem)$")
_PUBLISHED = (
    *("article:published_time", "article:published", "og:published_time", "datepublished"),
    *("article.published", "parsely-pub-date", "sailthru.date", "publishdate", "publish-date"),
    *("publish_date", "pubdate", "publication_date", "citation_publication_date", "citation_date"),
    *("dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date", "dc.date.created", "date"),
    *("dcterms.date", "originalpublicationdate", "cxenseparse:recs:publishtime", "uploaddate"),
)
_SITE = ("og:site_name", "dc.publisher", "citation_journal_title", "publisher", "copyright-holder",
         "application-name", "apple-mobile-web-app-title")  # fmt: skip
_AUTHOR = (
    *("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "byl"),
    *("citation_author", "sailthru.author", "og:article:author"),
)
_WRAPPING = re.compile(
    r"^\s*(?:/\*\s*|//\s*)?(?:<!\[CDATA\[|<!--)(?:\s*(?://\s*)?\*/)?"
    r"|;?\s*(?:/\*\s*|//\s*)?(?:\]\]>|-->)(?:\s*\*/)?\s*$|;\s*$"
)
_ENTITY = re.compile(r"&(?:#\d{2,6}|#x[0-9a-f]{2,5}|[a-z]{2,8});", re.IGNORECASE)
_PAGE_TYPES = re.compile(r"(?:WebPage|ItemPage|AboutPage)$")
_SITE_TYPE = re.compile(r"WebSite$")
_ENTRY_LIMIT = 2_000  # of a live blog
_BLOCK_LIMIT = 50  # objects of structured data that are looked at
_NODE_LIMIT, _DEEPEST_NODE = 5_000, 12  # objects with an id, and how deep they may lie
_DEEPEST_PART = 3  # an article in a page in a section in a site
_SEPARATORS = re.compile(r"\s+(?:[|–—·•»«:/-]|::|\|\||>>|--)\s+|\s*\|\s*|(?<=\w): ")


@dataclass(frozen=True, slots=True)
class PageRecord:
    """What a page states; `titles` are the headlines that it gives, the most certain first.

    `body` is the text of the article where the structured data has it, else "".
    """

    titles: tuple[str, ...] = ()
    source: str | None = None
    author: str | None = None
    published: str | None = None
    basis: str | None = None
    url: str | None = None
    body: str = ""


def page_record(tree: Any) -> PageRecord:
    """The record that the head of a page states."""
    meta = _meta(tree)
    blocks = _structured(tree)
    nodes = _nodes_by_id(blocks)
    article = _main_article(list(_articles(blocks)))
    published, basis = publication_day(article.get("datePublished")), "stated: structured data"
    if published is None:
        days = (publication_day(value) for name in _PUBLISHED for value in meta.get(name, ()))
        published, basis = next(filter(None, days), None), "stated: page metadata"
    headline = _plain(article.get("headline")) or _plain(article.get("name"))
    shown = " ".join("".join(tree.xpath("string((//head//title)[1])")).split())
    source = (
        _name(_resolved(article.get("publisher"), nodes))
        or _first(meta, _SITE)
        or _site_of(article, nodes)
    )
    canonical = tree.xpath("//link[@rel='canonical']/@href")
    urls = (*canonical, *meta.get("og:url", ()), article.get("url"))
    return PageRecord(
        titles=tuple(filter(None, (headline, _first(meta, ("og:title",)), one_line(shown)))),
        source=source,
        author=_authors(_resolved(article.get("author") or article.get("creator"), nodes))
        or _meta_authors(meta, source),
        published=published,
        basis=basis if published else None,
        url=next(filter(None, map(web_url, urls)), None),
        body=_body(article),
    )


def _plain(value: object) -> str | None:
    return one_line(html.unescape(value)) if isinstance(value, str) else None


def _body(article: Mapping[str, Any]) -> str:
    """The text of the article, or the entries of a live blog with their times."""
    body = article.get("articleBody")
    if isinstance(body, str) and body.strip():
        if re.search(r"<(?:p|br|div)\b", body):
            return text_of_html(body)
        return normalize(_ENTITY.sub(lambda entity: html.unescape(entity[0]), body))
    entries = article.get("liveBlogUpdate")
    parts: list[str] = []
    for entry in entries[:_ENTRY_LIMIT] if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            clock = re.search(r"[T ](\d\d:\d\d)", str(entry.get("datePublished")))
            heading = " ".join(filter(None, (clock and clock[1], _plain(entry.get("headline")))))
            parts += filter(None, (heading, _body(entry)))
    return "\n".join(parts)


def split_title(title: str, source: str | None) -> list[tuple[str, str | None]]:
    """The ways in which a page title may be a headline and an outlet, the title itself last."""
    ways: list[tuple[str, str | None]] = []
    for mark in _SEPARATORS.finditer(title):
        left, right = title[: mark.start()].strip(), title[mark.end() :].strip()
        for headline, beside in ((left, right), (right, left)):
            known = source is not None and _same(beside, source)
            outlet = beside if known else _outlet_in(beside)
            if headline and outlet and (known or (outlet_score(outlet) and not is_section(outlet))):
                ways.append((headline, outlet))
    return [*ways, (title, None)]


def _outlet_in(title: str) -> str:
    """The part of a title that names an outlet beside names of sections; else all of it."""
    parts = _SEPARATORS.split(title)
    return next((part for part in parts if outlet_score(part) == 2), title)


def _same(one: str, other: str) -> bool:
    bare = [re.sub(r"^the |\W", "", text.casefold()) for text in (one, other)]
    return bare[0] == bare[1]


def _meta(tree: Any) -> dict[str, list[str]]:
    """The contents of meta tags by name, in lower case."""
    values: dict[str, list[str]] = {}
    for tag in tree.iter("meta"):
        name = tag.get("property") or tag.get("name") or tag.get("itemprop") or ""
        content = one_line(tag.get("content"))
        if name and content:
            values.setdefault(name.strip().lower(), []).append(content)
    return values


def _first(meta: Mapping[str, list[str]], names: tuple[str, ...]) -> str | None:
    return next((meta[name][0] for name in names if meta.get(name)), None)


def _meta_authors(meta: Mapping[str, list[str]], source: str | None) -> str | None:
    for name in _AUTHOR:
        names = [
            value
            for value in meta.get(name, ())
            if not re.search(r"https?:|www\.|@", value) and not (source and _same(value, source))
        ]
        if names:
            return people(names)
    return None


def _structured(tree: Any) -> list[object]:
    """The values of the blocks of structured data of a page."""
    values: list[object] = []
    for script in tree.xpath("//script[contains(@type, 'ld+json')]"):
        with suppress(ValueError, RecursionError):
            values.append(json.loads(_WRAPPING.sub("", script.text or ""), strict=False))
    return values


def _articles(blocks: Sequence[object]) -> Iterator[Mapping[str, Any]]:
    """The objects of the structured data that describe articles; else those of a dated page."""
    nodes = [each for block in blocks for each in islice(_objects(block, 4), _BLOCK_LIMIT)]
    articles = [each for each in nodes if _is_of_type(each, _ARTICLE_TYPES)]
    yield from articles or (
        each for each in nodes if _is_of_type(each, _PAGE_TYPES) and each.get("datePublished")
    )


def _is_of_type(node: Mapping[str, Any], types: re.Pattern[str]) -> bool:
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(kind, str) and types.search(kind) for kind in kinds)


def _nodes_by_id(blocks: Sequence[object]) -> dict[str, Mapping[str, Any]]:
    """The objects that have an `@id`, wherever in the blocks: others refer to them by it.

    What several objects say of one thing is put together.
    """
    nodes: dict[str, Mapping[str, Any]] = {}
    due: list[tuple[object, int]] = [(block, 0) for block in reversed(blocks)]
    while due and len(nodes) < _NODE_LIMIT:
        value, depth = due.pop()
        if isinstance(value, dict):
            if isinstance(id := value.get("@id"), str):
                nodes[id] = {**value, **nodes.get(id, {})}
            value = list(value.values())
        if isinstance(value, list) and depth < _DEEPEST_NODE:
            due += ((each, depth + 1) for each in value if isinstance(each, (dict, list)))
    return nodes


def _resolved(value: object, nodes: Mapping[str, Mapping[str, Any]]) -> object:
    """A value with the objects in place of references to them; None for one to nowhere."""
    if isinstance(value, list):
        return [_resolved(each, nodes) for each in value]
    if isinstance(value, str):
        return nodes.get(value, value)
    if isinstance(value, dict) and isinstance(value.get("@id"), str):
        return {**nodes.get(value["@id"], {}), **value}
    return value


def _site_of(article: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The name of what the article is part of, which is not its page; else that of the site."""
    part: object = article
    for _ in range(_DEEPEST_PART):
        part = _resolved(part.get("isPartOf"), nodes) if isinstance(part, Mapping) else None
        part = part[0] if isinstance(part, list) and part else part
        if isinstance(part, Mapping) and _is_of_type(part, _PAGE_TYPES):
            continue
        if name := _name(part):
            return name
    sites = (each for each in nodes.values() if _is_of_type(each, _SITE_TYPE))
    return next(filter(None, map(_name, sites)), None)


def _main_article(articles: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The first of `articles`; one with the same headline that also has the text before it."""
    if not articles:
        return {}
    first = articles[0]
    same = (each for each in articles if each.get("headline") == first.get("headline"))
    return next((each for each in same if each.get("articleBody")), first)


def _objects(value: object, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth == 0:
        return
    if isinstance(value, list):
        for each in value:
            yield from _objects(each, depth - 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item"):
            yield from _objects(value.get(key), depth - 1)


def _name(value: object) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    return one_line(value.get("name") if isinstance(value, dict) else value)


def _authors(value: object) -> str | None:
    names = people(value)
    return None if names and re.search(r"https?:", names) else names

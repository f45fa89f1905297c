"""How a notebook shows an answer: its text, its notes, and each citation with its quote.

In:  the JSON values of an `Answer`. Out: HTML; Markdown.

All of it is escaped: no text of an article, a model or a user becomes markup, and only an address
of the web becomes a link.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

__all__ = ["to_html", "to_markdown"]

_WEB_ADDRESS = re.compile(r"https?://[!-;=?-~]+")
_MARKUP = re.compile(r"[!-+./:<-@\[-`{-~-]")  # ASCII punctuation but for the comma and semicolon


def to_html(answer: Mapping[str, Any]) -> str:
    """The answer as HTML without styles or scripts; each quote in an element of its own."""
    remarks = "".join(f"<p><em>{escape(each['text'])}</em></p>" for each in answer["notes"])
    items = "".join(f"<li>{_html_source(each)}</li>" for each in answer["citations"])
    sources = f'<ul style="list-style: none; padding-left: 0">{items}</ul>' if items else ""
    return f"<div><p><bdi>{escape(answer['text'])}</bdi></p>{remarks}{sources}</div>"


def to_markdown(answer: Mapping[str, Any]) -> str:
    """The answer as Markdown."""
    remarks = [f"*{_plain(each['text'])}*" for each in answer["notes"]]
    sources = [f"- {_markdown_source(each)}" for each in answer["citations"]]
    return "\n\n".join([_plain(answer["text"]), *remarks, *(["\n".join(sources)] * bool(sources))])


def _html_source(citation: Mapping[str, Any]) -> str:
    title = f"<bdi>{escape(_title(citation))}</bdi>"
    if address := _address(citation):
        title = f'<a href="{escape(address)}" rel="noreferrer">{title}</a>'
    details = escape(_details(citation))
    return f"[{citation['number']}] {title}{details}: <q><bdi>{escape(citation['quote'])}</bdi></q>"


def _markdown_source(citation: Mapping[str, Any]) -> str:
    title = _plain(_title(citation))
    if address := _address(citation):
        title = f"[{title}](<{address}>)"
    details, quote = _plain(_details(citation)), _plain(citation["quote"])
    return f"\\[{citation['number']}\\] {title}{details}: “{quote}”"


def _title(citation: Mapping[str, Any]) -> str:
    return str(citation["title"] or citation["article"])


def _details(citation: Mapping[str, Any]) -> str:
    """The outlet and the day; for what a record says the field, too: ", Kurier, author"."""
    parts = (citation["source"], citation["published"], citation["field"])
    return "".join(f", {each}" for each in parts if each)


def _address(citation: Mapping[str, Any]) -> str:
    """The address of the quote, where it is one of the web."""
    address = citation["fragment"] or citation["url"] or ""
    return address if _WEB_ADDRESS.fullmatch(address) else ""


def _plain(text: str) -> str:
    """Foreign `text` on one line of Markdown, without markup: references stand for punctuation."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", " ".join(text.split()))

"""Pages in XML (XHTML) as the HTML parser reads them.

    as_html(text)   ->  the page without prefixes of names, `<script/>` and CDATA sections

The HTML parser takes `<h:p>` for an unknown element, and an element that is closed in its own tag
(`<script src="…"/>`) for one that runs on to the end of the page. Other text stays as it is.
"""

from __future__ import annotations

import re
from html import escape

_PREFIX = re.compile(
    r"""xmlns:([A-Za-z][\w.-]{0,30})\s*=\s*["']http://www\.w3\.org/1999/xhtml["']"""
)
_IS_XML = re.compile(
    r"""\s*<\?xml\b|[^<]*(?:<![^>]*>\s*)*<html\b[^>]*\bxmlns\s*=\s*["']http://www\.w3\.org/1999/xhtml"""
)
_HEAD = 4_000  # characters within which the root element opens
_CLOSED = re.compile(
    r"<(script|style|title|iframe|textarea|noscript|object|select|button|a|p|div|span|td|th|tr|li"
    r"|ul|ol|em|i|b|strong|sup|sub|del|s|h[1-6]|section|article|aside|nav|header|footer|figure)"
    r"((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*/>",
    re.IGNORECASE,
)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_RAW = re.compile(r"(<(script|style)\b.*?</\2\s*>)", re.DOTALL | re.IGNORECASE)


def as_html(text: str) -> str:
    """The text of a page in HTML; `text` itself where the page is no XML."""
    prefix = _PREFIX.search(text[:_HEAD])
    if prefix:
        text = re.sub(rf"(</?){re.escape(prefix[1])}:(?=[A-Za-z])", r"\1", text)
    if not prefix and not _IS_XML.match(text[:_HEAD]):
        return text
    text = _CLOSED.sub(r"<\1\2></\1>", text)
    parts = _RAW.split(text)  # text, raw element, its name, text, …
    parts[::3] = [
        _CDATA.sub(lambda each: escape(each[1], quote=False), part) for part in parts[::3]
    ]
    del parts[2::3]
    return "".join(parts)

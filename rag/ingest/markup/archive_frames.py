"""The frame that a web archive or a cache puts around a saved page: "This is a cached copy of …".

    drop_archive_frames(tree)   removes from the tree what says where and when the page was saved

Such a box speaks of snapshots, captures or copies and names an address or a time; neither a heading
nor a paragraph of the page is in it. Left to others: other boxes (`rag.ingest.markup.clutter`),
frames in plain text (`rag.ingest.boilerplate`).
"""

from __future__ import annotations

import re
from typing import Any

from rag.ingest.normalize import split_words

_SAVED = re.compile(
    r"\b(?:cached (?:copy|version|page|snapshot)|(?:this|a|all|no other|other) snapshots?\b"
    r"|snapshots? (?:of|taken|from)|(?:saved|archived|captured|crawled|harvested|mirrored)"
    r" (?:from|copy|version|page|content|web ?(?:page|site)|on|by|at)\b"
    r"|page (?:was|has been) (?:archived|captured|saved|crawled)|wayback machine"
    r"|(?:internet|web) archive\b|as it appeared on|acquired for preservation|\d+ captures?\b"
    r"|webcite|perma\.cc|archive\.(?:today|is|ph|li|vn|md|fo|org)\b)",
    re.IGNORECASE,
)
_PLACE_OR_TIME = re.compile(
    r"https?://|\bwww\.|\b\d{1,2}:\d\d\b|\b(?:19|20)\d\d\b|\b(?:19|20)\d{12}\b", re.IGNORECASE
)
_LONGEST = 800  # characters of a frame
_PARAGRAPH = 60  # characters of a paragraph that is the page's
_FRAME_TAGS = split_words(
    """div table tbody thead tr td th center span p ul ol li header form section b i font small a
    strong em input dl dt dd iframe nav aside footer blockquote pre"""
)
_DEPTH = 6  # boxes around a headline
_TOP = 3  # boxes at the head of the page among which a frame stands, and as many at its foot


def drop_archive_frames(tree: Any) -> None:
    """Remove the frames of web archives and caches at the head and the foot of a page."""
    for body in tree.xpath("//body[1]"):
        for element in _edges(body):
            if _is_frame(element):
                element.drop_tree()


def _edges(body: Any) -> list[Any]:
    """The boxes at the head and the foot of a page, and of the boxes around its headline."""
    edges, around = list[Any](), [body]
    for _ in range(_DEPTH):
        children = [each for each in around[0] if isinstance(each.tag, str)]
        children = [each for each in children if each.tag not in {"script", "style", "link"}]
        edges += [*children[:_TOP], *children[_TOP:][-_TOP:]]
        around = [each for each in children if each.find(".//h1") is not None] or children[:1]
        if not around:
            break
    return edges


def _is_frame(element: Any) -> bool:
    if element.tag not in _FRAME_TAGS or element.getparent() is None:
        return False
    text = " ".join("".join(element.itertext()).split())
    if len(text) > _LONGEST or not _SAVED.search(text):
        return False
    values = element.xpath(".//input/@value | .//@href | ./@href | .//@src")
    if not any(map(_PLACE_OR_TIME.search, (text, *values))):
        return False
    paragraphs = (" ".join(p.text_content().split()) for p in element.iter("p"))
    own = any(len(p) >= _PARAGRAPH and not _SAVED.search(p) for p in paragraphs)
    return not own and not element.xpath(".//h1 | .//h2 | .//article | .//main")

"""The frame that a web archive or a cache puts around a saved page: "This is a cached copy of …".

    drop_archive_frames(tree)   removes from the tree what says where and when the page was saved

Such a box speaks of snapshots, captures or copies and names an address or a time; neither a heading
nor a paragraph of the page is in it. Left to others: other boxes (`rag.ingest.markup.clutter`),
frames in plain text (`rag.ingest.boilerplate`).
"""

from __future__ import annotations

import re
from typing import Any

from rag.ingest.boilerplate.rows import is_prose
from rag.ingest.normalize import split_words

_SAVED = re.compile(
    r"\b(?:cached (?:copy|version|page|snapshot)|(?:this|a|all|no other|other) snapshots?\b"
    r"|snapshots? (?:of|taken|from)|(?:saved|archived|captured|crawled|harvested|mirrored)"
    r" (?:from|copy|version|page|content|web ?(?:page|site)|on|by|at)\b"
    r"|page (?:was|has been) (?:archived|captured|saved|crawled)|wayback machine"
    r"|(?:internet|web) archive\b|as it appeared on|acquired for preservation|\d+ captures?\b"
    r"|(?:página|pagina) (?:preservada|arquivada|archivada|guardada|capturada|archiviata|salvata)"
    r"|arquivo da web|archivo de la web|(?:archives? de l[’']internet|archives? du web)\b"
    r"|page (?:archivée|capturée|enregistrée)|(?:copie|version|versión) (?:en|du) cach[eé]"
    r"|archivierte (?:seite|version|kopie)|gespeicherte (?:seite|version|kopie)"
    r"|gearchiveerde (?:pagina|versie|website)|arkiverad (?:sida|version)|arkivert side"
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
_TOP = 3  # boxes at the head of the page without a headline, or at its foot, that may be frames


def drop_archive_frames(tree: Any) -> None:
    """Remove the frames of web archives and caches at the head and the foot of a page."""
    for body in tree.xpath("//body[1]"):
        above, others = _edges(body)
        for element in above:
            if _is_frame(element, _text(element)):
                element.drop_tree()
        for element in others:
            text = _text(element)
            if element.tag != "p" and not is_prose(text) and _is_frame(element, text):
                element.drop_tree()


def _edges(body: Any) -> tuple[list[Any], list[Any]]:
    """The boxes above the headline of a page, and the first and last ones beside or around it."""
    above, others, around = list[Any](), list[Any](), body
    for _ in range(_DEPTH):
        children = [each for each in around if isinstance(each.tag, str)]
        children = [each for each in children if each.tag not in {"script", "style", "link"}]
        place = next((n for n, each in enumerate(children) if _holds_headline(each)), None)
        if place is None:
            others += [*children[:_TOP], *children[_TOP:][-_TOP:]]
            break
        above += children[:place]
        others += children[place + 1 :][-_TOP:]
        around = children[place]
    return above, others


def _holds_headline(element: Any) -> bool:
    return element.tag == "h1" or element.find(".//h1") is not None


def _is_frame(element: Any, text: str) -> bool:
    if element.tag not in _FRAME_TAGS or element.getparent() is None:
        return False
    if len(text) > _LONGEST or not _SAVED.search(text):
        return False
    values = element.xpath(".//input/@value | .//@href | ./@href | .//@src")
    if not any(map(_PLACE_OR_TIME.search, (text, *values))):
        return False
    own = any(
        len(_text(p)) >= _PARAGRAPH and not _SAVED.search(_text(p)) for p in element.iter("p")
    )
    return not own and not element.xpath(".//h1 | .//h2 | .//article | .//main")


def _text(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())

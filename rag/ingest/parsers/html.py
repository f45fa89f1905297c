"""HTML: the article of a web page and its record.

trafilatura tells where on the page the article stands; what stands there is written out block by
block (`rag.ingest.markup`), so that figures, tables and the order of entries stay as they are.
Elements that the page hides are removed first.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rag.ingest.boilerplate.bylines import byline, credit, is_person
from rag.ingest.boilerplate.contradictions import KnownDay, day_of_article, day_of_record
from rag.ingest.boilerplate.date_lines import is_date_line
from rag.ingest.boilerplate.heads import Head, outlet_of_dateline, read_head
from rag.ingest.boilerplate.margins import KnownRecord, day_beside, margin_lines
from rag.ingest.boilerplate.rows import (
    FURNITURE,
    article_end,
    end_mark,
    is_cut_off,
    is_prose,
    is_sentence,
    split_rows,
    word_gaps,
)
from rag.ingest.date_forms import publication_day
from rag.ingest.decoding import decode
from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.markup.archive_frames import drop_archive_frames
from rag.ingest.markup.blocks import Block, blocks_of
from rag.ingest.markup.clutter import is_offer, repeated_quotes, squash, strip_page
from rag.ingest.markup.page_headline import Headline, day_of_masthead, headline_of
from rag.ingest.markup.page_marks import Mark, marked, marks_of, tells_change
from rag.ingest.markup.page_record import PageRecord, page_record
from rag.ingest.markup.style_sheets import apply_styles
from rag.ingest.markup.xhtml import as_html
from rag.ingest.normalize import normalize

EXTRACTION_LIMIT = 12_000  # elements of a page: the time of trafilatura grows out of hand
ELEMENT_LIMIT = 300_000
_DECLARED_ENCODING = re.compile(
    rb"<(?:meta[^>]{0,200}charset=[\"']?|\?xml[^>]{0,100}encoding=[\"'])([\w:.-]{2,20})",
    re.IGNORECASE,
)
_MANY_LINKS = 0.6  # share of a block's characters in links from which it is a menu
_NEAR = (
    8  # blocks above the first that was extracted, and below the last, that may be of the article
)
_LEAST_TEXT = 200  # characters of an article without any sentence
_PIECE = 20  # letters of a block that are looked for together
_IDLE = 2  # blocks without a sentence between two parts of an article
_ARTICLE_NAMES = re.compile(
    r"article-?(?:body|text|content)|story-?(?:body|text)|post-?(?:body|content)|entry-?content"
    r"|\bmain\b",
    re.IGNORECASE,
)
_GREAT_SHARE = 0.2  # of the text of an element that is marked as the article: then all of it is
_SMALL_SHARE = 0.25  # of the prose of a page, below which trafilatura missed the article


def parse(data: bytes) -> ParsedDocument:
    """Parse a page.

    Raises:
        UnreadableDocument: it holds no article, too many elements, or is not text.
    """
    return parse_declared(data)


def parse_declared(data: bytes, charset: str | None = None) -> ParsedDocument:
    """Parse a page that came with the name of its encoding, which counts for more than its own.

    Raises:
        UnreadableDocument: as `parse` does.
    """
    stated = _DECLARED_ENCODING.search(data[:4000])
    decoded = decode(data, charset or (stated[1].decode() if stated else None))
    details = {"encoding": decoded.doubtful} if decoded.doubtful else {}
    return replace(parse_page(decoded.text), details=details)


def parse_page(text: str) -> ParsedDocument:
    """Parse the text of a page.

    Raises:
        UnreadableDocument: it holds no article or too many elements.
    """
    if (elements := sum(1 for _ in re.finditer(r"<[a-zA-Z]", text))) > ELEMENT_LIMIT:
        raise UnreadableDocument(f"over {ELEMENT_LIMIT} elements")
    tree = _tree(as_html(text))
    record, marks = page_record(tree), marks_of(tree)
    drop_archive_frames(tree)
    apply_styles(tree)
    strip_page(tree)
    blocks = [line for block in blocks_of(tree) for line in _lines(_with_change_named(block))]
    extracted = _extracted(tree) if elements <= EXTRACTION_LIMIT else ""
    article = _article(blocks, extracted)
    document = _document(blocks, article, record, marks)
    if record.body and len(document.text) * 3 < len(record.body):
        return _structured(record)
    if not document.text or not _holds_text(article):
        raise UnreadableDocument("no article found in the page")
    return document


def _tree(text: str) -> Any:
    """The elements of a page.

    Raises:
        UnreadableDocument: it has none.
    """
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise UnreadableDocument("no article found in the page") from error


def _lines(block: Block) -> list[Block]:
    """A paragraph by its lines: where a page only breaks lines, each may be a part of its own."""
    if block.kind not in {"paragraph", "quote", "preformatted"} or "\n" not in block.text:
        return [block]
    return [replace(block, text=line) for line in block.text.split("\n")]


def _with_change_named(block: Block) -> Block:
    """A date that only its markup tells to be that of a change, with that word before it."""
    if not is_date_line(block.text):
        return block
    times = block.element.xpath(".//time")
    if not all(map(tells_change, times or [block.element])) or "pdat" in block.text.lower():
        return block
    return replace(block, text=f"Updated {block.text}")


def _holds_text(article: Sequence[Block]) -> bool:
    """Whether blocks are more than a few words of a menu or a message."""
    letters = sum(len(squash(block.text)) for block in article if block.links < _MANY_LINKS)
    return letters >= _LEAST_TEXT or (letters > 0 and any(map(_is_text, article)))


def _is_text(block: Block) -> bool:
    """Whether a block says something by itself: a sentence, values, or a line of its own length."""
    sentence = is_sentence(block.text) or is_prose(block.text)
    sentence = sentence or len(block.text) >= 60 or word_gaps(block.text) >= 10
    return block.kind in {"row", "preformatted"} or (sentence and block.links < _MANY_LINKS)


def _structured(record: PageRecord) -> ParsedDocument:
    """The article as the structured data of the page has it."""
    return ParsedDocument(
        title=record.titles[0] if record.titles else "",
        text=record.body,
        source=record.source,
        author=record.author,
        published=record.published,
        published_basis=record.basis,
        url=record.url,
    )


def _extracted(tree: Any) -> str:
    """What trafilatura takes for the article, as letters and digits alone."""
    from trafilatura import bare_extraction

    extract: Any = bare_extraction(
        copy.deepcopy(tree), favor_precision=True, include_comments=False, with_metadata=False
    )
    return squash(extract.text) if extract is not None and extract.text else ""


# --- which blocks are the article ---------------------------------------------------------------


def _article(blocks: Sequence[Block], extracted: str) -> list[Block]:
    """The blocks of the article, in order: the ones around those that were `extracted`."""
    anchors = _anchors(blocks, extracted)
    prose = sum(len(block.text) for block in blocks if _is_text(block))
    if sum(len(block.text) for block in anchors) < _SMALL_SHARE * prose:
        anchors = []
    anchor_ids = {id(anchor) for anchor in anchors}
    region = _region(blocks, anchors) if anchors else list(blocks)
    repeated = repeated_quotes(region)
    region = [block for number, block in enumerate(region) if number not in repeated]
    rows = [next(split_rows(" ".join(block.text.split()))) for block in region]
    article, menu = [], False
    for number, row in enumerate(rows[: article_end(rows)]):
        block = region[number]
        anchored = id(block) in anchor_ids
        if menu and is_cut_off(block.text):  # the beginning of an article that is linked
            continue
        menu = block.links > _MANY_LINKS and block.kind != "row" and len(block.text) < 300
        stays = (anchored and is_sentence(block.text)) or _heads_card(block, region[number + 1 :])
        if row.kind in FURNITURE or (menu and not stays):
            continue
        if not anchored and is_offer(block.text) and _only_offers(block.text):
            continue
        article.append(block)
    return _without_idle_headings(article)


def _heads_card(block: Block, below: Sequence[Block]) -> bool:
    """Whether a linked heading names what the sentence below it in the same box tells of."""
    if block.kind != "heading" or not below:
        return False
    below_it, box = below[0], block.element.getparent()
    beside = box is not None and box in (
        below_it.element.getparent(),
        *below_it.element.iterancestors(),
    )
    is_told = block.element.tag == "dt" or end_mark(below_it.text) in {".", "!", "?"}
    return beside and is_told and below_it.links < _MANY_LINKS and not is_cut_off(below_it.text)


def _anchors(blocks: Sequence[Block], extracted: str) -> list[Block]:
    """The blocks of which most pieces were `extracted`; in time that grows with the page."""
    pieces = [_pieces(block) for block in blocks]
    wanted = {piece for own in pieces for piece in own}
    ends = range(_PIECE, len(extracted) + 1)
    there = wanted.intersection(extracted[end - _PIECE : end] for end in ends)
    return [
        block
        for block, own in zip(blocks, pieces, strict=True)
        if own and 5 * sum(piece in there for piece in own) >= 3 * len(own)
    ]


def _pieces(block: Block) -> list[str]:
    bare = squash(block.text)
    return [bare[at : at + _PIECE] for at in range(0, len(bare) - _PIECE + 1, _PIECE)]


def _region(blocks: Sequence[Block], anchors: Sequence[Block]) -> list[Block]:
    """The blocks below the nearest element that holds all `anchors`, from a heading on."""
    elements = [anchor.element for anchor in anchors]
    root = _common_ancestor(elements)
    if root in elements and root.getparent() is not None:
        root = root.getparent()
    whole = next((each for each in (root, *root.iterancestors()) if _is_article(each)), root)
    anchored = sum(len(anchor.text) for anchor in anchors)
    if anchored >= _GREAT_SHARE * len(" ".join(whole.text_content().split())):
        root = whole
    below = {id(element) for element in root.iter()}
    inside = [block for block in blocks if id(block.element) in below]
    anchor_ids = {id(anchor) for anchor in anchors}
    places = [number for number, block in enumerate(inside) if id(block) in anchor_ids]
    first, last = places[0], places[-1]
    start = first
    while start and inside[start - 1].links < _MANY_LINKS and first - start < _NEAR:
        start -= 1
    end = last + 1
    parents = {id(element.getparent()) for element in elements}
    while end < len(inside) and (
        any(map(_is_text, inside[end : end + _IDLE + 1]))
        or any(_is_closing(each, parents) for each in inside[end : end + _NEAR])
    ):
        end += 1
    if _is_article(root):
        end = len(inside)
    return inside[start:end]


def _is_closing(block: Block, parents: set[int]) -> bool:
    """Whether a block is a short sentence or quotation beside the paragraphs of the article."""
    beside = block.element.tag in {"p", "blockquote"} and id(block.element.getparent()) in parents
    return beside and not block.links and " " in block.text and end_mark(block.text) != ""


def _is_article(element: Any) -> bool:
    """Whether the markup of an element says that it holds an article and nothing else."""
    named = " ".join(element.get(name, "") for name in ("class", "id", "itemprop", "role"))
    return element.tag in {"article", "main"} or _ARTICLE_NAMES.search(named) is not None


def _common_ancestor(elements: Sequence[Any]) -> Any:
    path = [*reversed(list(elements[0].iterancestors())), elements[0]]
    for element in elements[1:]:
        other = [*reversed(list(element.iterancestors())), element]
        shared = 0
        while shared < min(len(path), len(other)) and path[shared] is other[shared]:
            shared += 1
        path = path[:shared]
    return path[-1]


def _only_offers(text: str) -> bool:
    return len(text) < 200 and all(
        is_offer(part) for part in re.split(r"(?<=[.?!])\s+", text) if len(part) > 8
    )


def _without_idle_headings(blocks: Sequence[Block]) -> list[Block]:
    """The blocks without headings that nothing follows."""
    remaining = list(blocks)
    while (
        len(remaining) > 1
        and remaining[-1].kind == "heading"
        and not is_sentence(remaining[-1].text)
    ):
        remaining.pop()
    return remaining


# --- its record ---------------------------------------------------------------------------------


def _document(
    blocks: Sequence[Block],
    article: Sequence[Block],
    record: PageRecord,
    marks: Sequence[Mark],
) -> ParsedDocument:
    headline = headline_of(blocks, record)
    marked_day, marked_author = marked(marks, article[0].element) if article else (None, None)
    head = _head(blocks, headline)
    spoken_for = {id(blocks[number]) for number in head.lines}
    same = squash(headline.text)
    body = [
        block
        for block in article
        if id(block) not in spoken_for and not (same and squash(block.text) == same)
    ]
    lines = [block.text for block in body]
    text = normalize("\n".join(lines))
    head = head.joined(outlet_of_dateline(lines, text))
    published, basis = day_of_record(KnownDay(record.published, record.basis), text)
    if published is None:
        own = (head.published, head.basis)
        beside = day_beside(lines) or day_of_masthead(blocks, headline)
        stated = KnownDay(*(own if head.published else beside or own))
        published, basis = day_of_article(stated, headline.text, text)
    if published is None and marked_day:
        stated = KnownDay(marked_day, "stated: markup of the page")
        published, basis = day_of_record(stated, text)
    if published is None and not marked_day:
        published, basis = _day_of_time(blocks, headline), "stated: time of the page"
    credited = (credit(block.text) for block in reversed(blocks[-8:]))
    source = record.source or headline.outlet or head.source or next(filter(None, credited), None)
    author = record.author or head.author or _marked_author(blocks) or marked_author
    known = KnownRecord(headline.text, tuple(filter(None, (author, source))), bool(published))
    margins = margin_lines(lines, known)
    return ParsedDocument(
        title=headline.text,
        text=normalize("\n".join(each for n, each in enumerate(lines) if n not in margins)),
        source=source,
        author=author,
        published=published,
        published_basis=basis if published else None,
        url=record.url,
    )


def _head(blocks: Sequence[Block], headline: Headline) -> Head:
    """What the lines around the headline state; those of the first blocks where it has none."""
    lines = [block.text for block in blocks]
    if headline.block is None:
        return read_head(["", *lines[:12]], 0).without_lines() if lines else Head()
    start = max(0, headline.block - 2)
    head = read_head(lines[start : headline.block + 12], headline.block - start)
    return replace(head, lines=frozenset(number + start for number in head.lines))


def _day_of_time(blocks: Sequence[Block], headline: Headline) -> str | None:
    """The day of the first <time> between the headline and the first paragraph of the article."""
    if not blocks:
        return None
    start = headline.block or 0
    prose = (block for block in blocks[start + 1 :] if is_prose(block.text))
    last = next(prose, blocks[-1]).element
    begun = False
    for element in blocks[0].element.getroottree().iter():
        begun = begun or element is blocks[start].element
        if element is last:
            break
        named = element.get("itemprop") == "datePublished"
        stated = element.get("datetime") or (element.get("content") if named else None)
        is_time = begun and (named or element.tag == "time")
        if is_time and (day := publication_day(stated)) and not tells_change(element):
            return day
    return None


def _marked_author(blocks: Sequence[Block]) -> str | None:
    """The person whom the markup of the first blocks names as the author."""
    for block in blocks[:20]:
        element = block.element
        named: Mapping[str, str] = dict(element.attrib)
        marks = " ".join(named.get(name, "") for name in ("class", "rel", "itemprop", "id"))
        links = element.xpath(".//a[@rel='author'] | .//*[@itemprop='author']")
        if links or re.search(r"\b(?:by-?line|author)\b", marks, re.IGNORECASE):
            text = " ".join("".join(links[0].itertext()).split()) if links else block.text
            if is_person(text):
                return text
            if names := byline(block.text):
                return names
    return None

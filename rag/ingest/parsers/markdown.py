"""Markdown: front matter as metadata, and the text of the blocks, HTML among them, without marks.

Read are CommonMark, tables, struck-out text, notes, raised and lowered characters, and what note
programs add: links in double brackets, marked words, callouts, comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from rag.ingest.boilerplate.heads import Head, read_head, record_of
from rag.ingest.decoding import decode
from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.markup.blocks import Block, blocks_of
from rag.ingest.markup.front_matter import split_front_matter
from rag.ingest.markup.raised import MARKS
from rag.ingest.metadata import document_fields, document_from_metadata
from rag.ingest.normalize import normalize, one_line

BRACKET_LIMIT = 20_000  # "[" in a text: the time of parsing links grows out of hand
_FENCE = re.compile(r"(?P<fence>`{3,}|~{3,}).*?(?:^(?P=fence)|\Z)", re.DOTALL | re.MULTILINE)
_QUERY = re.compile(r"[`~]{3,}[ \t]*(?:dataview(?:js)?|tasks|query)\b")
_NOTE = re.compile(r"^\[\^[^\]\s]{1,40}\]:[ \t]*", re.MULTILINE)
_COMMENT = re.compile(r"%%.{0,5000}?%%", re.DOTALL)
_MACHINE_PROPERTY = re.compile(
    r"^[ \t]*(?:[-*] )?(?:id|collapsed|heading|template|background-color|created-at|updated-at"
    r"|logseq\.[\w.-]+|query-[\w-]+|card-[\w-]+|ls-type|hl-[\w-]+)::.*\n?",
    re.MULTILINE | re.IGNORECASE,
)
_NOTE_PROGRAMS = (  # properties of a block, macros, references to blocks, marks of a calendar
    (_MACHINE_PROPERTY, ""),
    (re.compile(r"^([ \t]*(?:[-*] )?[A-Za-z][\w-]{0,30})::(?=[ \t])", re.MULTILINE), r"\1:"),
    (re.compile(r"^[ \t]*:LOGBOOK:.{0,5000}?:END:[ \t]*\n?", re.MULTILINE | re.DOTALL), ""),
    (re.compile(r"^[ \t]*(?:SCHEDULED|DEADLINE): <[^>\n]{1,60}>[ \t]*\n?", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*#\+(?:BEGIN|END)_\w+[ \t]*$", re.MULTILINE | re.IGNORECASE), ""),
    (re.compile(r"\[([^\[\]]{1,200})\]\(\(\([\w-]{1,40}\)\)\)"), r"\1"),
    (re.compile(r"\{\{[^{}]{0,1000}\}\}|\{%[^{}]{0,1000}%\}"), ""),
    (re.compile(r"\(\((?=\d*[a-f])[0-9a-f][0-9a-f-]{3,40}\)\)"), ""),
    (re.compile(r"[ \t]\^(?=\d*[a-z])[A-Za-z0-9-]{3,40}[ \t]*$", re.MULTILINE), ""),
    (re.compile(r"^([ \t]*[-*] )(?:TODO|DOING|LATER|NOW|DONE)[ \t]", re.MULTILINE), r"\1"),
)
_CALLOUT = re.compile(
    r"^(?P<quote>(?:> ?)+)\[![\w-]{1,20}\][+-]?[ \t]*(?P<title>.*)$", re.MULTILINE
)
_PLAIN_MARKS = (  # in the text of a line, already escaped
    (re.compile(r"!\[\[[^\[\]]{1,200}\]\]"), ""),
    (re.compile(r"\[\[(?:[^\[\]|]{1,200}\|)([^\[\]]{1,200})\]\]"), r"\1"),
    (re.compile(r"\[\[([^\[\]#|]{1,200})(?:#[^\[\]]*)?\]\]"), r"\1"),
    (re.compile(r"\[\[#([^\[\]]{1,200})\]\]"), r"\1"),
    (re.compile(r"\^\[([^\[\]]{1,1000})\]"), r" (Note: \1)"),
    (re.compile(r"\[\^[^\]\s]{1,40}\]"), ""),
    (re.compile(r"==(?=\S)(.{1,1000}?)(?<=\S)=="), r"\1"),
    (re.compile(r"\^(?=\S)([^\s^]{1,20})\^"), r"<sup>\1</sup>"),
    (re.compile(r"(?<!~)~(?=[^\s~])([^\s~]{1,20})~(?!~)"), r"<sub>\1</sub>"),
)


def parse(data: bytes) -> ParsedDocument:
    """Parse a text. Its first heading becomes the title, unless the front matter names another.

    Raises:
        UnreadableDocument: it is not text, or holds too many brackets.
    """
    if data.count(b"[") > BRACKET_LIMIT:
        raise UnreadableDocument(f"over {BRACKET_LIMIT} brackets")
    decoded = decode(data)
    stated, body = split_front_matter(
        decoded.text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    )
    fields = document_fields(stated)
    blocks = _blocks(body)
    heading = next((n for n, block in enumerate(blocks) if block.kind == "heading"), None)
    title = None if heading is None else one_line(blocks[heading].text)
    head, blocks = _without_record(blocks, heading)
    if heading is not None and fields.get("title") in {None, title}:
        fields["title"] = title
        blocks = [block for block in blocks if not _is_title(block, title)]
    text = normalize("\n\n".join(block.text for block in blocks))
    basis = str(fields.get("published_basis") or "stated: front matter")
    document = document_from_metadata(text, fields, basis)
    dated = document.published is not None
    return replace(
        document,
        source=document.source or head.source,
        author=document.author or head.author,
        published=document.published if dated else head.published,
        published_basis=document.published_basis if dated else head.basis,
        details={"encoding": decoded.doubtful} if decoded.doubtful else {},
    )


def _is_title(block: Block, title: str | None) -> bool:
    return block.kind == "heading" and one_line(block.text) == title


def _without_record(blocks: list[Block], heading: int | None) -> tuple[Head, list[Block]]:
    """What the lines below the first heading state, and the blocks without these lines."""
    if heading is None or heading > 2:
        return Head(), blocks
    lines = [(number, line) for number, block in enumerate(blocks[: heading + 10])
             for line in block.text.split("\n")]  # fmt: skip
    title = next(at for at, (number, _) in enumerate(lines) if number == heading)
    head = read_head([line for _, line in lines], title)
    spoken_for = {number for at, (number, _) in enumerate(lines) if at in head.lines}
    left = {number for at, (number, _) in enumerate(lines) if at not in head.lines}
    whole = spoken_for - left - {heading}
    return head, [block for number, block in enumerate(blocks) if number not in whole]


# --- blocks -------------------------------------------------------------------------------------


def _blocks(body: str) -> list[Block]:
    """The blocks of a Markdown text, those that are HTML among them."""
    from lxml import html
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": 60}).enable(["table", "strikethrough"])
    tokens = parser.parse(_outside_code(MARKS.sub("", body)))
    for token in tokens:
        if token.type == "inline":
            lines = token.content.split("\n")
            is_record = len(lines) > 1 and all(record_of(line.strip()) for line in lines)
            token.children = list(_plain_tokens(token.children or [], is_record))
    page = parser.renderer.render(tokens, parser.options, {})
    if not page.strip():
        return []
    return blocks_of(html.fragment_fromstring(page, create_parent="div"))


def _outside_code(body: str) -> str:
    """`body` with notes and callouts as plain paragraphs, except in fenced code."""
    parts, end = list[str](), 0
    for fence in _FENCE.finditer(body):
        if fence.start() and body[fence.start() - 1] != "\n":
            continue
        shown = "" if _QUERY.match(fence[0]) else fence[0]
        parts += [_plain_blocks(body[end : fence.start()]), shown]
        end = fence.end()
    return "".join([*parts, _plain_blocks(body[end:])])


def _plain_blocks(text: str) -> str:
    for pattern, replacement in _NOTE_PROGRAMS:
        text = pattern.sub(replacement, text)
    text = _COMMENT.sub("", text)
    text = _CALLOUT.sub(lambda match: f"{match['quote']}{match['title']}\n{match['quote']}", text)
    return _NOTE.sub("\nNote: ", text)


def _plain_tokens(tokens: Sequence[Any], is_record: bool) -> Iterator[Any]:
    """The tokens of a line; marks that CommonMark does not know are made HTML or taken away."""
    for token in tokens:
        if token.type == "text":
            content = escape(token.content, quote=False)
            for pattern, replacement in _PLAIN_MARKS:
                content = pattern.sub(replacement, content)
            token.type, token.content = "html_inline", content
        elif token.type == "softbreak" and is_record:
            token.type = "hardbreak"
        if token.type != "image":
            yield token

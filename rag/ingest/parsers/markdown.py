"""Markdown: front matter as metadata, and the text of the blocks without images and raw HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rag.ingest.decoding import decode
from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.metadata import document_from_metadata
from rag.ingest.normalize import normalize, one_line
from rag.ingest.markup.hidden import hides

BRACKET_LIMIT = 20_000  # "[" in a text: the time of parsing links grows out of hand
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_SYNONYMS = {"headline": "title", "outlet": "source", "date": "published"}
_TOKEN_TEXT = {"softbreak": " ", "hardbreak": "\n", "image": "", "html_inline": ""}
_HIDING_TAG = re.compile(
    r"<(\w+)\b[^>]*?(?:\sstyle\s*=\s*[\"']?([^\"'>]*)|\s(hidden)\b)[^>]*>", re.IGNORECASE
)


def parse(data: bytes) -> ParsedDocument:
    """Parse a text. Its first heading becomes the title, unless the front matter names another.

    Raises:
        UnreadableDocument: it is not text, or holds too many brackets.
        yaml.YAMLError: the front matter is not YAML.
    """
    if data.count(b"[") > BRACKET_LIMIT:
        raise UnreadableDocument(f"over {BRACKET_LIMIT} brackets")
    metadata, body = _split_front_matter(decode(data).text.replace("\r\n", "\n"))
    blocks = list(_blocks(body))
    heading = next((i for i, (kind, _) in enumerate(blocks) if kind == "heading"), None)
    if heading is not None and metadata.get("title") in {None, one_line(blocks[heading][1])}:
        metadata["title"] = blocks.pop(heading)[1]
    text = normalize("\n\n".join(text for _, text in blocks))
    basis = metadata.get("published_basis") or "stated: front matter"
    return document_from_metadata(text, metadata, basis)


def _split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The one-line values of the YAML block that opens `text`, and the text after it."""
    match = _FRONT_MATTER.match(text[:65_536])
    if not match:
        return {}, text
    import yaml

    # the base loader makes only strings: no objects, and no error over a day that does not exist
    front = yaml.load(match[1], Loader=yaml.BaseLoader)  # noqa: S506
    if not isinstance(front, dict):
        return {}, text  # prose between two rules
    metadata: dict[str, str] = {}
    for key, value in front.items():
        parts = value[:20] if isinstance(value, list) else [value]  # aliases can make it endless
        line = one_line(", ".join(part for part in parts if isinstance(part, str)))
        if line and line not in {"null", "~"}:
            metadata.setdefault(_SYNONYMS.get(str(key).lower(), str(key).lower()), line)
    return metadata, text[match.end() :]


def _blocks(body: str) -> Iterator[tuple[str, str]]:
    """The blocks of a Markdown text as (kind, plain text); a table row is one block."""
    from markdown_it import MarkdownIt

    list_mark, kind, cells = "", "", list[str]()
    for token in MarkdownIt("commonmark", {"maxNesting": 60}).enable("table").parse(body):
        if token.type == "list_item_open":
            list_mark = f"{token.info}. " if token.info else "• "
        elif token.type.endswith("_open"):
            kind = token.type.removesuffix("_open")
        elif token.type in {"inline", "fence", "code_block"}:
            cells.append(list_mark + "".join(_visible_text(token.children or [token])))
            list_mark = ""
        if cells and (token.type == "tr_close" or kind not in {"th", "td"}):
            yield kind, " | ".join(cells)
            cells = []


def _visible_text(tokens: Sequence[Any]) -> Iterator[str]:
    """The text of a line's tokens, without what an HTML tag around it hides."""
    hiding_tag, depth = "", 0
    for token in tokens:
        tag = token.content.lower() if token.type == "html_inline" else ""
        if hiding_tag:
            depth += (tag.startswith(f"<{hiding_tag}") and not tag.endswith("/>")) - (
                tag.startswith(f"</{hiding_tag}")
            )
            hiding_tag = hiding_tag if depth else ""
            continue
        match = _HIDING_TAG.match(tag)
        if match and (match[3] or hides(match[2])) and not tag.endswith("/>"):
            hiding_tag, depth = match[1], 1
        else:
            yield _TOKEN_TEXT.get(token.type, token.content)

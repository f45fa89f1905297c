"""Readers of single formats: the bytes of one document in, an `Article` out.

    article(kind, name, data)  ->  Article            (any exception: the document is not read)
    READERS[kind](data)        ->  Page
    KINDS                          what can be read: endings of file names, in lower case

Each refuses, before anything is unpacked or parsed, what is known to take too much; what is not
known is ended by `rag.ingest.sandbox`, in whose process this runs. What a page hides is not read. Left to
others: the page around a saved text (`rag.ingest.boilerplate`), records (`rag.ingest.metadata`).
"""

from __future__ import annotations

import io
import json
import logging
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from rag.ingest.boilerplate import strip_boilerplate
from rag.ingest.metadata import ParsedDocument, document_from_metadata
from rag.ingest.normalize import (
    UnreadableDocument,
    decode,
    drop_invisible,
    escape_unprintable,
    join_wrapped_lines,
    normalize,
    one_line,
    shorten,
)
from rag.types import Article

# raised with each change after which the same bytes give another article: all files are then
# parsed again
PARSER_VERSION = "1"
TEXT_LIMIT = 4_000_000  # characters of an article: a very long book
ELEMENT_LIMIT, BRACKET_LIMIT = 12_000, 20_000  # of HTML, of Markdown: time grows out of hand
PAGE_LIMIT = 2_000  # of a PDF
MEMBER_LIMIT, RATIO_LIMIT = 5_000, 200  # of a docx: files in it, times they may grow
UNPACKED_LIMIT, XML_LIMIT = 50_000_000, 10_000_000  # bytes of a docx, and of the XML in it
_FRONT = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_SYNONYMS = {"headline": "title", "outlet": "source", "date": "published"}
_PARTS = {"softbreak": " ", "hardbreak": "\n", "image": "", "html_inline": ""}
_DEFAULTS = {"anonymous", "(anonymous)", "untitled", "python-docx", "2013-12-23 23:15:00+00:00"}
# of a style without spaces: a person who opens the page does not see the element
_HIDDEN = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|opacity:0?\.?0*(?![.\d])|color:transparent"
    r"|font-size:0?\.?0*(?![.\d])|(?:left|top|text-indent|margin-left):-\d{3,}"
    r"|clip:rect\(0|scale\(0\)"
)
_HIDING_TAG = re.compile(
    r"<(\w+)\b[^>]*?(?:\sstyle\s*=\s*[\"']?([^\"'>]*)|\s(hidden)\b)[^>]*>", re.IGNORECASE
)


def parse_document(kind: str, name: str, data: bytes) -> Article:
    """The article in `data`, a document of `kind` that is shown as `name` (or a line of a dump).

    Raises:
        Refused: it says why it is not read.
        Exception: whatever the format's library makes of a broken document.
    """
    found = _of_line(data) if kind == "jsonl" else _of_file(PARSERS[kind](data), name)
    if not found.text.strip():
        raise UnreadableDocument("no text in it")
    if len(found.text) > TEXT_LIMIT:
        raise UnreadableDocument(f"over {TEXT_LIMIT} characters of text")
    return found


def _of_file(page: ParsedDocument, name: str) -> Article:
    path = PurePosixPath(name)
    return Article(
        id=str(path.with_suffix("")), **(asdict(page) | {"title": page.title or path.stem})
    )


def _of_line(line: bytes) -> Article:
    value = json.loads(line.decode("utf-8-sig"))
    if not isinstance(value, dict):
        raise UnreadableDocument("not a JSON object")
    for key in ("id", "text"):
        if not isinstance(value.get(key), str) or not value[key].strip():
            raise UnreadableDocument(f'"{key}" is missing, blank or not a text')
        value[key].encode()  # raises over half a character, which no store could keep
    page, id = (
        document_from_metadata(drop_invisible(value["text"]), value, "stated: in the dump"),
        escape_unprintable(value["id"]),
    )
    title = page.title or shorten(normalize(page.text[:4000]).partition("\n")[0]) or id
    return Article(id=id, **(asdict(page) | {"title": title}))


def _html(data: bytes) -> ParsedDocument:
    if sum(1 for _ in re.finditer(rb"<[a-zA-Z]", data)) > ELEMENT_LIMIT:
        raise UnreadableDocument(f"over {ELEMENT_LIMIT} elements")
    from trafilatura import bare_extraction, load_html

    charset = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{2,20})", data[:4000], re.IGNORECASE)
    tree: Any = load_html(decode(data, charset[1].decode() if charset else None))
    if tree is None:
        raise UnreadableDocument("no article found in the page")
    for element in tree.xpath("body//*[@style or @hidden]"):
        if "hidden" in element.attrib or _hides(element.get("style", "")):
            element.drop_tree()
    found: Any = bare_extraction(
        tree,
        favor_precision=True,
        include_comments=False,
        with_metadata=True,
        date_extraction_params={"original_date": True, "extensive_search": False},
    )
    if found is None or not found.text:
        raise UnreadableDocument("no article found in the page")
    text = normalize(found.text).removeprefix(f"{one_line(found.title)}\n").strip()
    told = {"title": found.title, "source": found.sitename, "published": found.date}
    told |= {"author": (found.author or "").replace("; ", ", "), "url": found.url}
    return document_from_metadata(text, told, "stated: page metadata")


def _hides(style: str) -> bool:
    return _HIDDEN.search("".join(style.lower().split())) is not None


def _markdown(data: bytes) -> ParsedDocument:
    if data.count(b"[") > BRACKET_LIMIT:
        raise UnreadableDocument(f"over {BRACKET_LIMIT} brackets")
    front, body = _front_matter(decode(data).replace("\r\n", "\n"))
    blocks = list(_markdown_blocks(body))
    heading = next((i for i, (kind, _) in enumerate(blocks) if kind == "heading"), None)
    if heading is not None and front.get("title") in {None, one_line(blocks[heading][1])}:
        front["title"] = blocks.pop(heading)[1]
    text = normalize("\n\n".join(text for _, text in blocks))
    return document_from_metadata(
        text, front, front.get("published_basis") or "stated: front matter"
    )


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """The one-line values of the YAML block that opens a text, and the text after it."""
    found = _FRONT.match(text[:65_536])
    if not found:
        return {}, text
    import yaml

    # the base loader makes nothing but texts: no objects, no dates that do not exist
    front = yaml.load(found[1], Loader=yaml.BaseLoader)  # noqa: S506
    if not isinstance(front, dict):
        return {}, text  # prose between two rules
    lines: dict[str, str] = {}
    for key, value in front.items():
        parts = value[:20] if isinstance(value, list) else [value]  # aliases may make it endless
        line = one_line(", ".join(part for part in parts if isinstance(part, str)))
        if line and line not in {"null", "~"}:
            lines.setdefault(_SYNONYMS.get(str(key).lower(), str(key).lower()), line)
    return lines, text[found.end() :]


def _markdown_blocks(body: str) -> Iterator[tuple[str, str]]:
    """The blocks of a Markdown text as (kind, plain text), without images and raw HTML."""
    from markdown_it import MarkdownIt

    mark, kind, cells = "", "", list[str]()
    for token in MarkdownIt("commonmark", {"maxNesting": 60}).enable("table").parse(body):
        if token.type == "list_item_open":
            mark = f"{token.info}. " if token.info else "• "
        elif token.type.endswith("_open"):
            kind = token.type.removesuffix("_open")
        elif token.type in {"inline", "fence", "code_block"}:
            cells.append(mark + "".join(_shown_parts(token.children or [token])))
            mark = ""
        if cells and (token.type == "tr_close" or kind not in {"th", "td"}):
            yield kind, " | ".join(cells)
            cells = []


def _shown_parts(parts: Sequence[Any]) -> Iterator[str]:
    """The text of a line's parts, without what stands in a tag that hides it."""
    hiding, depth = "", 0
    for part in parts:
        tag = part.content.lower() if part.type == "html_inline" else ""
        if hiding:
            depth += (tag.startswith(f"<{hiding}") and not tag.endswith("/>")) - (
                tag.startswith(f"</{hiding}")
            )
            hiding = hiding if depth else ""
            continue
        found = _HIDING_TAG.match(tag)
        if found and (found[3] or _hides(found[2])) and not tag.endswith("/>"):
            hiding, depth = found[1], 1
        else:
            yield _PARTS.get(part.type, part.content)


def _pdf(data: bytes) -> ParsedDocument:
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its verdict comes as an exception
    with pypdf.apply_configuration(
        stream_parsing_work_maximum_count=200_000, xform_maximum_invocations_per_extraction=200
    ):
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableDocument("encrypted")
        if len(reader.pages) > PAGE_LIMIT:
            raise UnreadableDocument(f"over {PAGE_LIMIT} pages")
        lines = list[str]()
        for number, page in enumerate(reader.pages, 1):
            text = normalize(page.extract_text().replace("\u00ad\n", "-\n"))
            lines += [line for line in text.split("\n") if line != str(number)]
        told = reader.metadata or pypdf.DocumentInformation()
    made = re.match(r"D:(\d{4})(\d\d)(\d\d)", str(told.get("/CreationDate", "")))
    day = "-".join(made.groups()) if made else None  # pypdf's own fails on a malformed one
    return _with_properties(join_wrapped_lines(lines), told.title, told.author, day)


def _docx(data: bytes) -> ParsedDocument:
    _check_archive(data)
    from docx import Document
    from docx.oxml.ns import qn

    def text_of(run: Any) -> str:
        return "" if run.find(f"{qn('w:rPr')}/{qn('w:vanish')}") is not None else run.text

    def said(block: Any) -> str:
        tops = (p for p in block.iter(qn("w:p")) if next(p.iterancestors(qn("w:p")), None) is None)
        return " ".join("".join(map(text_of, p.iter(qn("w:r")))) for p in tops).strip()

    document, rows = Document(io.BytesIO(data)), list[str]()
    for block in document.element.body.iter(qn("w:p"), qn("w:tr")):
        if next(block.iterancestors(qn("w:tr"), qn("w:p")), None) is None:
            cells = block.iterchildren(qn("w:tc")) if block.tag == qn("w:tr") else [block]
            rows.append(" | ".join(filter(None, map(said, cells))))
    told = document.core_properties
    return _with_properties(normalize("\n".join(rows)), told.title, told.author, told.created)


def _check_archive(data: bytes) -> None:
    """Refuse, by what it declares and before anything is unpacked, a zip that is no document."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    total = sum(one.file_size for one in members)
    xml = sum(one.file_size for one in members if one.filename.endswith((".xml", ".rels")))
    if len(members) > MEMBER_LIMIT or total > UNPACKED_LIMIT or xml > XML_LIMIT:
        raise UnreadableDocument("unpacks to too much")
    for one in members:
        parts = re.split(r"[/\\]", one.filename)
        if ".." in parts or not parts[0] or ":" in parts[0]:
            raise UnreadableDocument("a name inside leads outside")
        if one.file_size > max(1_000_000, RATIO_LIMIT * one.compress_size):
            raise UnreadableDocument("unpacks to too much")


def _with_properties(text: str, title: object, author: object, made: object) -> ParsedDocument:
    """A page whose record is a PDF's or docx's own, without what its maker's program filled in."""
    record = {"title": title, "author": author, "published": made}
    record = {key: value for key, value in record.items() if str(value).lower() not in _DEFAULTS}
    record["title"] = one_line(record.get("title")) or shorten(text.partition("\n")[0])
    return document_from_metadata(text, record, "stated: document properties")


PARSERS: dict[str, Callable[[bytes], ParsedDocument]] = {"html": _html, "htm": _html, "docx": _docx}
PARSERS |= {"md": _markdown, "markdown": _markdown, "pdf": _pdf}
PARSERS |= dict.fromkeys(("txt", "text"), lambda data: strip_boilerplate(decode(data)))
SUPPORTED_EXTENSIONS = (*PARSERS, "jsonl")

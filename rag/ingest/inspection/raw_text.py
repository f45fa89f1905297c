"""All words of a file, also those of menus, running heads, notes, hidden and deleted text.

    raw_pieces(extension, data)   ->  its lines, paragraphs or blocks, as they come in the file

Nothing is judged here: no encoding but that of `rag.ingest.decoding`, no order, no headings. Runs
in the process of the parsers. Left to others: what of it is an article (`rag.ingest.parsers`).
"""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rag.ingest.decoding import decode
from rag.ingest.document import UnreadableDocument
from rag.ingest.normalize import normalize

_INVISIBLE = frozenset({"script", "style", "template"})
_INLINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr b bdi bdo big cite code data del dfn em font i ins kbd mark q s samp small span "
        "strike strong sub sup time tt u var wbr",
    )
)
_WORD_PARTS = re.compile(r"word/(?:document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml")
_BOOK_PARTS = re.compile(r".*\.x?html?", re.IGNORECASE)
_BOOK_WORDS = re.compile(r"xl/(?:sharedStrings|comments(?:/comment)?\d*|worksheets/[^/]+)\.xml")
_SHEETS = re.compile(r"xl/worksheets/[^/]+\.xml")
_SHEET_CODES = re.compile(r'&(?:"[^"]*"|\d+|[A-Z])')  # of fonts, page numbers and days
_PAGE_LIMIT = 2_000


def raw_pieces(extension: str, data: bytes) -> list[str]:
    """The pieces of a file; blank ones are left out.

    Raises:
        UnreadableDocument: files of this kind are not compared with what was stored of them.
        Exception: whatever the format's library makes of a broken document.
    """
    read = _READERS.get(extension)
    if read is None:
        raise UnreadableDocument(f"what is left out of .{extension} files is not told")
    return [line for line in (" ".join(normalize(piece).split()) for piece in read(data)) if line]


def _lines(data: bytes) -> Iterator[str]:
    yield from decode(data).text.splitlines()


def _page(data: bytes) -> Iterator[str]:
    """The blocks of a page, hidden ones too."""
    yield from _blocks(decode(data).text)


def _blocks(text: str) -> Iterator[str]:
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", huge_tree=False)
    root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    piece: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        is_text = isinstance(element.tag, str) and element.tag not in _INVISIBLE
        if is_text and element.tag not in _INLINE:
            yield "".join(piece)
            piece = []
        if event == "start" and is_text:
            piece.append(element.text or "")
        elif event == "end":
            piece.append(element.tail or "")
    yield "".join(piece)


def _mail(data: bytes) -> Iterator[str]:
    """The texts of a mail or of a page saved as one, without its other parts."""
    message = email.message_from_bytes(data.lstrip(b"\r\n"), policy=email.policy.default)
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if part.get_content_maintype() != "text" or not isinstance(payload, bytes) or not payload:
            continue
        text = decode(payload, part.get_content_charset()).text
        yield from (
            _blocks(text) if part.get_content_subtype() == "html" else iter(text.splitlines())
        )


def _pdf(data: bytes) -> Iterator[str]:
    from rag.ingest.parsers.pdf.layout import same_line
    from rag.ingest.parsers.pdf.runs import read_pages

    for page in read_pages(data, _PAGE_LIMIT).whole:
        for line in same_line(page.runs):
            yield " ".join(run.text for run in line)


def _docx(data: bytes) -> Iterator[str]:
    yield from _xml_paragraphs(data, _WORD_PARTS, frozenset({"p"}), frozenset({"t", "delText"}))


def _odt(data: bytes) -> Iterator[str]:
    parts = re.compile(r"(?:content|styles)\.xml")
    yield from _xml_paragraphs(data, parts, frozenset({"p", "h"}), None)


def _xml_paragraphs(
    data: bytes, parts: re.Pattern[str], paragraphs: frozenset[str], texts: frozenset[str] | None
) -> Iterator[str]:
    """The paragraphs in the `parts` of an archive: elements of these local names.

    `texts` are those of the elements whose text counts; None: all.
    """
    from rag.ingest.parsers.archive import open_archive, xml_of

    archive = open_archive(data)
    for name in filter(parts.fullmatch, archive.namelist()):
        root = xml_of(archive, name)
        for paragraph in root.iter() if root is not None else ():
            if _local_name(paragraph) in paragraphs:
                yield "".join(_texts(paragraph, texts))


def _texts(paragraph: Any, names: frozenset[str] | None) -> Iterator[str]:
    if names is None:
        yield from paragraph.itertext()
        return
    for element in paragraph.iter():
        name = _local_name(element)
        if name in names:
            yield element.text or ""
        elif name in ("tab", "br"):
            yield " "


def _local_name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _epub(data: bytes) -> Iterator[str]:
    from rag.ingest.parsers.archive import open_archive

    archive = open_archive(data)
    for name in filter(_BOOK_PARTS.fullmatch, archive.namelist()):
        yield from _page(archive.read(name))


def _xlsx(data: bytes) -> Iterator[str]:
    """The words of cells, remarks, heads and feet, of hidden sheets too; figures are not compared,
    since a workbook shows them in another form than it stores."""
    cells = frozenset({"si", "is", "comment"})
    yield from _xml_paragraphs(data, _BOOK_WORDS, cells, frozenset({"t"}))
    heads = frozenset({"oddHeader", "oddFooter", "evenHeader", "evenFooter"})
    for line in _xml_paragraphs(data, _SHEETS, heads, None):
        yield _SHEET_CODES.sub(" ", line)


def _rtf(data: bytes) -> Iterator[str]:
    from rag.ingest.parsers.office.rtf import raw_lines

    yield from raw_lines(data)


def _json(data: bytes) -> Iterator[str]:
    """The texts under all names, of each line where it is a dump; a broken line as it is.

    A value of one word is an id, an address, a day or the like, and is passed over.
    """
    text = decode(data).text
    try:
        yield from _values(json.loads(text))
        return
    except ValueError:
        lines = text.split("\n")
    for line in lines:
        try:
            yield from _values(json.loads(line))
        except ValueError:
            yield line


def _values(value: object) -> Iterator[str]:
    if isinstance(value, str) and len(value.split()) > 1:
        yield from _blocks(value) if "<" in value else value.splitlines()
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _values(each)
    elif isinstance(value, list):
        for each in value:
            yield from _values(each)


_READERS: dict[str, Callable[[bytes], Iterator[str]]] = {
    **dict.fromkeys(("txt", "text", "md", "markdown", "csv", "tsv"), _lines),
    **dict.fromkeys(("html", "htm", "xhtml"), _page),
    **dict.fromkeys(("eml", "mht", "mhtml"), _mail),
    "pdf": _pdf,
    **dict.fromkeys(("json", "jsonl"), _json),
    "xlsx": _xlsx,
    "rtf": _rtf,
    "docx": _docx,
    "odt": _odt,
    "epub": _epub,
}

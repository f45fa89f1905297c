"""hOCR: the words of scanned pages as HTML, by line and paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rag.ingest.decoding import decode
from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.parsers.digitised.scanned import ScannedBlock, article_of_blocks

_PAGE = re.compile(r"\bppageno (\d{1,5})\b")
_SIZE = re.compile(r"\bx_f?size ([\d.]{1,8})")
_LINES = ("ocr_line", "ocrx_line", "ocr_textfloat", "ocr_caption", "ocr_header", "ocr_footer")
_RUNNING = frozenset({"ocr_header", "ocr_footer", "ocr_pageno"})
# Tesseract calls a heading "ocr_header"; to others that is the head of every page
_HEADINGS = {"ocr_header", "ocr_caption", "ocr_textfloat"}


def parse(data: bytes) -> ParsedDocument:
    """Parse a file, without the heads and feet of its pages.

    Raises:
        UnreadableDocument: it is not text, no page is marked in it, or no word was recognised.
    """
    from lxml import html

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    tree = html.document_fromstring(decode(data).text.encode("utf-8", "replace"), parser=parser)
    pages = _with_class(tree, "ocr_page")
    if not pages:
        raise UnreadableDocument("no page in the file")
    system = " ".join(tree.xpath("//meta[@name='ocr-system']/@content"))
    running = _RUNNING - _HEADINGS if "tesseract" in system.lower() else _RUNNING
    blocks = [block for n, page in enumerate(pages, 1) for block in _blocks(page, n, running)]
    return article_of_blocks(blocks)


def _blocks(page: Any, count: int, running: frozenset[str]) -> Iterator[ScannedBlock]:
    stated = _PAGE.search(page.get("title", ""))
    number = str(int(stated[1]) + 1 if stated else count)
    paragraphs = _with_class(page, "ocr_par") or _with_class(page, "ocr_carea") or [page]
    for paragraph in paragraphs:
        lines = [
            line
            for line in paragraph.iter()
            if _classes(line) & set(_LINES) and not _classes(line) & running
        ]
        texts = [" ".join(line.text_content().split()) for line in lines]
        if not lines and not _classes(paragraph) & running:
            texts = [line.strip() for line in paragraph.text_content().split("\n")]
        sizes = [float(size[1]) for line in lines if (size := _SIZE.search(line.get("title", "")))]
        yield ScannedBlock(tuple(filter(None, texts)), number, max(sizes, default=0.0))


def _classes(element: Any) -> set[str]:
    return set(element.get("class", "").split()) if isinstance(element.tag, str) else set()


def _with_class(element: Any, name: str) -> list[Any]:
    return [each for each in element.iter() if name in _classes(each)]

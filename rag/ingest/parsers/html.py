"""HTML: the article of a web page and its metadata, extracted by trafilatura.

Elements that the page hides are removed first.
"""

from __future__ import annotations

import re
from typing import Any

from rag.ingest.decoding import decode
from rag.ingest.document import ParsedDocument, UnreadableDocument
from rag.ingest.metadata import document_from_metadata
from rag.ingest.normalize import normalize, one_line
from rag.ingest.parsers.hidden import hides

ELEMENT_LIMIT = 12_000  # elements of a page: the time of extraction grows out of hand
_DECLARED_ENCODING = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{2,20})", re.IGNORECASE)


def parse(data: bytes) -> ParsedDocument:
    """Parse a page.

    Raises:
        UnreadableDocument: it holds no article, too many elements, or is not text.
    """
    if sum(1 for _ in re.finditer(rb"<[a-zA-Z]", data)) > ELEMENT_LIMIT:
        raise UnreadableDocument(f"over {ELEMENT_LIMIT} elements")
    from trafilatura import bare_extraction, load_html

    charset = _DECLARED_ENCODING.search(data[:4000])
    tree: Any = load_html(decode(data, charset[1].decode() if charset else None))
    if tree is None:
        raise UnreadableDocument("no article found in the page")
    for element in tree.xpath("body//*[@style or @hidden]"):
        if "hidden" in element.attrib or hides(element.get("style", "")):
            element.drop_tree()
    extract: Any = bare_extraction(
        tree,
        favor_precision=True,
        include_comments=False,
        with_metadata=True,
        date_extraction_params={"original_date": True, "extensive_search": False},
    )
    if extract is None or not extract.text:
        raise UnreadableDocument("no article found in the page")
    text = normalize(extract.text).removeprefix(f"{one_line(extract.title)}\n").strip()
    metadata = {
        "title": extract.title,
        "source": extract.sitename,
        "published": extract.date,
        "author": (extract.author or "").replace("; ", ", "),
        "url": extract.url,
    }
    return document_from_metadata(text, metadata, "stated: page metadata")

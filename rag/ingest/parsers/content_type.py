"""The format of a file by its first bytes, for files that are not what their name says.

    true_extension(extension, data, supported)   ->  the extension whose parser reads `data`
    kind_of_members(names)                       ->  the same for the members of an archive

Left to others: reading it (`rag.ingest.parsers`).
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Collection, Container

_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_FRAGMENT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:p|div|h[1-6]|table|title|meta|center|font|article|section)\b[^<>]*>",
    re.IGNORECASE,
)
_SAVED_PAGE = re.compile(rb"(?:[\w-]+:[^\n]*\n|[ \t][^\n]*\n){1,30}", re.IGNORECASE)
_TEXTS = frozenset({"txt", "text", "md", "markdown", "csv", "tsv", "rtf", "html", "htm", "xhtml"})
_MEMBERS = {
    "word/document.xml": "docx",
    "xl/workbook.xml": "xlsx",
    "META-INF/container.xml": "epub",
    "ppt/presentation.xml": "pptx",
    "META-INF/manifest.xml": "odt",
}
_WORDS = re.compile(rb"[A-Za-z\x80-\xff]{3}\0?\s\0?[A-Za-z\x80-\xff]")
_PLAIN = frozenset({"txt", "text"})
_TAG = re.compile(rb"<\0{0,3}[A-Za-z!?/]")
_OTHERS = frozenset({"pdf", "docx", "odt", "xlsx", "pptx", "epub", "json"})
_HOCR = re.compile(rb"class=[\"']ocr_page\b|name=[\"']ocr-(?:system|capabilities)[\"']")
_PAGES = frozenset({"html", "htm", "xhtml", "xml"})


def true_extension(extension: str, data: bytes, supported: Container[str]) -> str:
    """The extension of the format that `data` is in; `extension` where that cannot be told."""
    content_kind = _by_content(extension, data)
    return content_kind if content_kind in supported else extension


def _by_content(extension: str, data: bytes) -> str:
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data.lstrip()[:5] == b"{\\rtf":
        return "rtf"
    if data.startswith(b"PK\x03\x04") and extension not in _MEMBERS.values():
        return _kind_of_archive(data) or extension
    if extension in _PAGES and _HOCR.search(data[:8_000]):
        return "hocr"
    if extension in _OTHERS:
        return "html" if _HTML.match(data[:8_000]) else extension
    return _kind_of_text(extension, data) if extension in _TEXTS else extension


def _kind_of_archive(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return None
    return kind_of_members(names)


def kind_of_members(names: Collection[str]) -> str | None:
    """The format of an archive by the names of its members; None for an archive of any files."""
    return next((kind for member, kind in _MEMBERS.items() if member in names), None)


def _kind_of_text(extension: str, data: bytes) -> str:
    is_page = extension in {"html", "htm", "xhtml"}
    if not is_page and _HTML.match(data[:8_000]):
        return "html"
    if is_page and not _TAG.search(data) and _WORDS.search(data[:8_000]):
        return "txt"
    head = _SAVED_PAGE.match(data[:4_000])
    lines = head[0].lower() if head else b""
    if b"mime-version:" in lines and b"multipart/related" in lines:
        return "mht"
    if b"\nmessage-id:" in lines or (b"mime-version:" in lines and b"subject:" in lines):
        return "eml"
    if extension in _PLAIN:
        is_fragment = _FRAGMENT.match(data[:2_000]) and re.search(rb"</(?:p|div|h\d)>", data, re.I)
        return "html" if is_fragment else "json" if _is_dump(data) else extension
    return extension


def _is_dump(data: bytes) -> bool:
    """Whether a text is JSON, or its first line is an object in JSON."""
    text = data.removeprefix(b"\xef\xbb\xbf").strip()
    if not re.match(rb"\{\s*\"|\[\s*\{", text):
        return False
    for part in (text, text.partition(b"\n")[0]):
        try:
            return isinstance(json.loads(part), (dict, list))
        except (ValueError, RecursionError):
            continue
    return False

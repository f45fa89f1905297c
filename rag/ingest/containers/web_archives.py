"""Web archives (WARC, WACZ): the pages and documents that were captured, with time and address.

A capture is a document by its number from 1 among those that are read. Pictures, styles and other
parts of pages, failures and redirections are left out; the same bytes from the same address again
are one document, captured first.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import zipfile
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from rag.ingest.containers import INNER_LIMIT, InnerFile, Unpacked
from rag.ingest.containers.file_names import ending_of
from rag.ingest.decoding import decode
from rag.ingest.document import UnreadableDocument, UnreadPart, failure_reason
from rag.ingest.metadata import web_url
from rag.ingest.parsers import PARSERS

_EXTENSIONS = {
    **{"text/html": "html", "application/xhtml+xml": "html", "text/plain": "txt"},
    **{"application/pdf": "pdf", "application/rtf": "rtf", "text/rtf": "rtf"},
    **{"application/epub+zip": "epub", "text/csv": "csv", "text/markdown": "md"},
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
}
_PARTS_OF_PAGES = ("image/", "video/", "audio/", "font/", "text/css", "text/javascript")
_ALSO_PARTS = ("javascript", "json", "font", "xml", "wasm", "octet-stream", "x-protobuf")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{5,20}Z?")
_NO_DOCUMENTS = ("/robots.txt", "/ads.txt", "/favicon.ico")


def unpack_warc(file: BinaryIO) -> Unpacked:
    """The captures of a WARC file, compressed or not.

    Raises:
        UnreadableDocument: it holds no record, or records of another format.
        Exception: warcio cannot read its first record.
    """
    from warcio.archiveiterator import ArchiveIterator

    number, seen, records = 0, set[bytes](), 0
    iterator = iter(ArchiveIterator(file))
    while True:
        try:
            record = next(iterator, None)
        except MemoryError:
            raise
        except Exception as error:
            if not records:
                raise
            yield UnreadPart(str(number + 1), f"damaged from here on ({type(error).__name__})")
            return
        if record is None:
            break
        if record.format != "warc":
            if not records:
                raise UnreadableDocument("no web archive: it does not begin with a WARC record")
            yield UnreadPart(str(number + 1), "damaged from here on (no WARC record)")
            return
        records += 1
        try:
            capture = _capture(record)
        except MemoryError:
            raise
        except Exception as error:
            yield UnreadPart(f"record {records}", f"damaged: {failure_reason(error)}")
            continue
        if capture is None:
            continue
        digest = hashlib.sha256(f"{capture.url}\n".encode() + capture.data).digest()
        if digest in seen:
            continue
        seen.add(digest)
        number += 1
        yield _numbered(capture, number)
    if not records:
        raise UnreadableDocument("no text in it: it holds no record")


def unpack_wacz(file: BinaryIO) -> Unpacked:
    """The captures of the WARC files in a WACZ file.

    Raises:
        UnreadableDocument: there is none.
        zipfile.BadZipFile: it is no archive.
    """
    archive = zipfile.ZipFile(file)
    names = [name for name in archive.namelist() if ending_of(name) == "warc"]
    if not names:
        raise UnreadableDocument("no text in it: it holds no WARC file")
    for name in names:
        with archive.open(name) as opened:
            for item in unpack_warc(cast(BinaryIO, opened)):
                yield _in_archive(item, InnerFile(name, name, "warc", b""))


def _in_archive(item: InnerFile | UnreadPart, outer: InnerFile) -> InnerFile | UnreadPart:
    if isinstance(item, UnreadPart):
        return UnreadPart(f"{outer.name}!{item.part}", item.reason)
    return item.within(outer)


def _numbered(capture: InnerFile, number: int) -> InnerFile | UnreadPart:
    address = f"{number} ({capture.url})"
    if len(capture.data) > INNER_LIMIT:
        return UnreadPart(address, f"over {INNER_LIMIT} bytes")
    if capture.extension not in PARSERS:
        return UnreadPart(address, f"of a kind that is not read ({capture.extension})")
    return InnerFile(
        str(number), address, capture.extension, capture.data, capture.url, capture.captured
    )


def _capture(record: Any) -> InnerFile | None:
    """What a record captured, not yet numbered; None for what is no document of its own."""
    if record.rec_type not in {"response", "resource", "conversion"}:
        return None
    url = web_url(record.rec_headers.get_header("WARC-Target-URI"))
    http = record.http_headers
    if url is None or urlsplit(url).path in _NO_DOCUMENTS:
        return None
    if http is not None and str(http.get_statuscode()) != "200":
        return None
    stated = (http or record.rec_headers).get_header("Content-Type") or ""
    kind, charset = _content_type(stated)
    extension = _EXTENSIONS.get(kind) or _by_address(url, kind)
    if extension is None:
        return None
    data = record.content_stream().read(INNER_LIMIT + 1)
    if len(data) <= INNER_LIMIT and _is_cut_off(record):
        raise UnreadableDocument("the record is cut off")
    if extension in {"html", "txt", "csv", "md"}:
        data = _with_charset(data, charset)
    captured = record.rec_headers.get_header("WARC-Date") or ""
    captured = captured if _MOMENT.fullmatch(captured) else None
    return InnerFile("", "", extension, data, url, captured)


def _is_cut_off(record: Any) -> bool:
    """Whether the archive ends before the record does, which is read to its end.

    Of a record that does not state its length this cannot be told.
    """
    rest = record.raw_stream
    while getattr(rest, "limit", 0) > 0 and rest.read(1 << 16):
        pass
    return bool(getattr(rest, "limit", 0) > 0)


def _content_type(stated: str) -> tuple[str, str | None]:
    kind, *parameters = (part.strip() for part in stated.split(";"))
    named = (part.partition("=")[2].strip("\"' ") for part in parameters
             if part.lower().startswith("charset="))  # fmt: skip
    return kind.lower(), next(named, None)


def _by_address(url: str, kind: str) -> str | None:
    """The ending of an address where the server does not say what it is; None for page parts."""
    ending = ending_of(urlsplit(url).path)
    if ending in PARSERS and kind in {"", "application/octet-stream", "binary/octet-stream"}:
        return ending
    if not kind or kind.startswith(_PARTS_OF_PAGES) or any(word in kind for word in _ALSO_PARTS):
        return None
    return kind


def _with_charset(data: bytes, charset: str | None) -> bytes:
    """Text in the encoding that its server named, as UTF-8 with a mark; other text as it is."""
    if charset is None or len(data) > INNER_LIMIT:
        return data
    try:
        decoded = decode(data, charset)
    except UnreadableDocument:
        return data
    return data if decoded.doubtful else codecs.BOM_UTF8 + decoded.text.encode("utf-8", "replace")

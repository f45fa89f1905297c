"""Containers that the tests of ingestion write: archives, mailboxes, web archives."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Mapping

PAGE = (
    "<html><head><title>{0}</title></head><body><article><h1>{0}</h1><p>The lock of Hellin was "
    "closed on Monday after {1} barges had passed it, the keeper said.</p><p>It is to open again "
    "once the gate has been mended.</p></article></body></html>"
)


def archive(members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as target:
        for name, data in members.items():
            target.writestr(name, data)
    return out.getvalue()


def locked(data: bytes, name: str) -> bytes:
    """The same archive, in which the member `name` says that it is encrypted."""
    changed = bytearray(data)
    for mark, name_at, flags_at in ((b"PK\x03\x04", 30, 6), (b"PK\x01\x02", 46, 8)):
        at = data.find(mark)
        while at >= 0:
            if data[at + name_at :].startswith(name.encode()):
                changed[at + flags_at] |= 1
            at = data.find(mark, at + 4)
    return bytes(changed)


def mailbox(*mails: bytes) -> bytes:
    return b"".join(b"From a@x.example Mon Jun  5 10:00:00 2023\n%s\n\n" % mail for mail in mails)


def record(kind: str, url: str, block: bytes, content: str = "application/http") -> bytes:
    lines = (
        "WARC/1.0",
        f"WARC-Type: {kind}",
        "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>",
        "WARC-Date: 2020-03-04T10:00:01Z",
        f"WARC-Target-URI: {url}",
        f"Content-Type: {content}",
        f"Content-Length: {len(block)}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def response(
    url: str, body: str | bytes, kind: str = "text/html", status: str = "200 OK", extra: str = ""
) -> bytes:
    body = body.encode() if isinstance(body, str) else body
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
    )
    return record("response", url, head.encode() + body)


def warc(*records: bytes, compressed: bool = False) -> bytes:
    return b"".join(gzip.compress(each) if compressed else each for each in records)

"""The text that the bytes of a file stand for.

    decode(data, declared)  ->  str, or `UnreadableDocument` for what is not text

Left to others: cleaning the text (`rag.ingest.normalize`), formats (`rag.ingest.parsers`).
"""

from __future__ import annotations

import codecs
import re

from rag.ingest.document import UnreadableDocument

_BINARY = re.compile(
    rb"%PDF-|PK\x03\x04|\x7fELF|\x89PNG|GIF8|\xff\xd8\xff|\x1f\x8b|7z\xbc\xaf|Rar!|\xd0\xcf\x11\xe0"
    rb"|\xfd7zXZ|\x28\xb5\x2f\xfd|\{\\rtf"
)
_CONTROLS = bytes({*range(32)} - {*b"\t\n\r\f\b\x1b"})
_SAMPLE = 200_000  # bytes that are looked at to guess the encoding


def decode(data: bytes, declared: str | None = None) -> str:
    """Decode a file: by its byte order mark, as UTF-8, as `declared`, or by the likeliest encoding.

    Raises:
        UnreadableDocument: the file is binary, or no encoding fits.
    """
    sample = data[:_SAMPLE]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif _BINARY.match(data) or b"\0" in data:
        raise UnreadableDocument("binary, not text")
    elif 20 * len(sample.translate(None, _CONTROLS)) < 19 * len(sample):
        raise UnreadableDocument("mostly control characters, not text")
    else:
        encodings = ["utf-8-sig", declared or "utf-8-sig", ""]
    for encoding in encodings:
        try:
            return data.decode(encoding or _likeliest_encoding(sample))
        except (UnicodeError, LookupError):
            continue
    raise UnreadableDocument("not valid text in any known encoding")


def _likeliest_encoding(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = from_bytes(sample)
    best = matches.best()
    western = [match for match in matches if "cp1252" in match.could_be_from_charset]
    # near twins of cp1252, which the library picks too often
    if best and western and best.encoding in {"cp1250", "cp1257"}:
        return "cp1252" if western[0].chaos <= best.chaos + 0.1 else best.encoding
    return best.encoding if best else "unknown"

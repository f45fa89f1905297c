"""The text that the bytes of a file stand for, as a browser reads it.

    decode(data, declared)       ->  `Decoded`, or `UnreadableDocument` for what is not text
    browser_encoding(declared)   ->  what a browser takes for a declared encoding

By its byte order mark, as UTF-8, in the declared encoding, else in the likeliest one
(`rag.ingest.encoding_guess`). One bad byte loses one character, not the document. Left to others:
cleaning the text (`rag.ingest.normalize`), formats (`rag.ingest.parsers`).
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import NamedTuple

from rag.ingest.document import UnreadableDocument
from rag.ingest.encoding_guess import likeliest

_BINARY = re.compile(
    rb"%PDF-|PK\x03\x04|\x7fELF|\x89PNG|GIF8|\xff\xd8\xff|\x1f\x8b|7z\xbc\xaf|Rar!|\xd0\xcf\x11\xe0"
    rb"|\xfd7zXZ|\x28\xb5\x2f\xfd|\{\\rtf"
)
_CONTROLS = bytes({*range(32)} - {*b"\t\n\r\f\b\x1b"})
_SAMPLE = 200_000  # bytes that are looked at to guess the encoding
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like that of UTF-16
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF32_BE, "utf-32"),
)
# what browsers read where a page declares the one before (WHATWG Encoding Standard)
_AS_BROWSERS_READ = {
    **{"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874"},
    **{"tis-620": "cp874", "shift_jis": "cp932", "gb2312": "gb18030", "gbk": "gb18030"},
    **{"euc_kr": "cp949", "big5": "big5hkscs", "utf-16": "utf-8", "utf-16-le": "utf-8"},
    **{"utf-16-be": "utf-8", "utf-7": "utf-8", "iso8859-8-i": "iso8859-8"},
}
_JAPANESE_ESCAPE = re.compile(rb"\x1b\$[@B]")
_FEW_NULS = 50  # bytes for each NUL of a text that only lost a byte to one


class Decoded(NamedTuple):
    """The text, and the encoding where that was guessed and another is about as likely."""

    text: str
    doubtful: str | None = None


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Decode a file; `declared` is the encoding that it or its header names, if any.

    Raises:
        UnreadableDocument: the file is binary, or no encoding fits.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data, encoding)
    if _BINARY.match(data):
        raise UnreadableDocument("binary, not text")
    if b"\0" in data:
        if wide := _wide_encoding(data[:_SAMPLE]):
            return Decoded(data.decode(wide, "replace"))
        if data.count(b"\0") * _FEW_NULS > len(data):
            raise UnreadableDocument("binary, not text")
        data = data.replace(b"\0", b"")
    sample = data[:_SAMPLE]
    if 20 * len(sample.translate(None, _CONTROLS)) < 19 * len(sample):
        raise UnreadableDocument("mostly control characters, not text")
    known = _in_known_encoding(data, declared)
    return _guessed(data) if known is None else Decoded(known)


def _in_known_encoding(data: bytes, declared: str | None) -> str | None:
    """`data` as ISO-2022-JP, as UTF-8, or as the encoding that is `declared`; None if in none."""
    if data.isascii() and _JAPANESE_ESCAPE.search(data[:_SAMPLE]):
        return data.decode("iso2022_jp_2", "replace")
    named = browser_encoding(declared)
    text = _as_utf8(data, stated=named == "utf-8")
    if text is None:
        text = _readable(data, named) if named not in {None, "utf-8"} else None
    return text


def _guessed(data: bytes) -> Decoded:
    guess = likeliest(data)
    if guess is None:
        raise UnreadableDocument("not valid text in any known encoding")
    text = data.decode(guess.encoding, "replace")
    return Decoded(text, guess.encoding if guess.doubtful else None)


def _strict(data: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding))
    except UnicodeDecodeError as error:
        text = data.decode(encoding, "replace")
        if 20 * text.count("\ufffd") > len(text):
            raise UnreadableDocument("not valid text in any known encoding") from error
        return Decoded(text)


def _wide_encoding(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark, by the places of its NULs."""
    nuls = sample.count(0)
    if nuls < 2 or nuls * 20 < len(sample):
        return None
    for encoding, width, places in (
        ("utf-32-le", 4, (2, 3)),
        ("utf-32-be", 4, (0, 1)),
        ("utf-16-le", 2, (1,)),
        ("utf-16-be", 2, (0,)),
    ):
        there = sum(sample[place::width].count(0) for place in places)
        filled = width == 2 or there * 8 > 7 * len(places) * (len(sample) // width)
        if (10 * there >= 9 * nuls and filled) or (width == 4 and filled):
            text = sample[: len(sample) // width * width].decode(encoding, "replace")
            odd = sum(unicodedata.category(char) in {"Cn", "Co", "Cs", "Cc"} or char == "\ufffd"
                      for char in text if char not in "\t\r\n")  # fmt: skip
            if 50 * odd <= len(text):
                return encoding
    return None


def _as_utf8(data: bytes, *, stated: bool) -> str | None:
    """`data` as UTF-8, with each bad byte as Windows reads it; None where it is not UTF-8.

    A character of three or four bytes hardly comes about by chance, and one that is `stated` to be
    UTF-8 need only have more good characters than bad bytes.
    """
    text = data.decode("utf-8", "surrogateescape")
    if text.isascii():
        return text
    bad = sum("\udc80" <= char <= "\udcff" for char in text)
    good = sum(char > "\x7f" for char in text) - bad
    long = sum(char > "\u07ff" for char in text) - bad
    if bad and good + 2 * long <= (0 if stated and good > bad else 2 * bad):
        return None
    return re.sub(
        "[\udc80-\udcff]",
        lambda byte: bytes([ord(byte[0]) - 0xDC00]).decode("cp1252", "replace"),
        text,
    )


def browser_encoding(declared: str | None) -> str | None:
    """The Python name of the encoding that a browser takes for `declared`; None if unknown."""
    try:
        name = codecs.lookup((declared or "").strip().lower()).name
    except (LookupError, ValueError):
        return None
    return _AS_BROWSERS_READ.get(name, name)


def _readable(data: bytes, encoding: str | None) -> str | None:
    """`data` in a declared `encoding`; None where that is none of text or hardly fits."""
    try:
        text = data.decode(encoding or "", "replace")
    except (LookupError, UnicodeError):
        return None
    return text if 50 * text.count("\ufffd") <= len(text) else None

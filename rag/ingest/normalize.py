"""Text of any origin made clean: what a file's bytes say, and nothing that cannot be seen.

    bytes -> decode -> normalise -> text;  a one-line value -> label, shorten;  a name -> escaped
    a dump's text -> seen;  lines of a printed page -> unwrapped

Offsets count in clean text, for only that is stored: a quote never holds a character that a person
does not see. Pure functions. Left to others: formats (`rag.ingest.parsers`), records (`rag.ingest.metadata`).
"""

from __future__ import annotations

import codecs
import re
import unicodedata


class UnreadableDocument(Exception):
    """A document that is not read; `str(error)` is the reason. `rag.ingest.corpus` makes
    a verdict of it."""


_BINARY = re.compile(
    rb"%PDF-|PK\x03\x04|\x7fELF|\x89PNG|GIF8|\xff\xd8\xff|\x1f\x8b|7z\xbc\xaf|Rar!|\xd0\xcf\x11\xe0"
    rb"|\xfd7zXZ|\x28\xb5\x2f\xfd|\{\\rtf"
)
_CONTROLS = bytes({*range(32)} - {*b"\t\n\r\f\b\x1b"})


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of a file: by its byte order mark, as UTF-8, as `declared`, or as is most likely.

    Raises:
        Refused: binary, or no valid text.
    """
    sample = data[:200_000]
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
            return data.decode(encoding or _likely(sample))
        except (UnicodeError, LookupError):
            continue
    raise UnreadableDocument("not valid text in any encoding known")


def _likely(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    found = from_bytes(sample)
    best = found.best()
    western = [one for one in found if "cp1252" in one.could_be_from_charset]
    if best and western and best.encoding in {"cp1250", "cp1257"}:  # near twins, taken too often
        return "cp1252" if western[0].chaos <= best.chaos + 0.1 else best.encoding
    return best.encoding if best else "none found"


# Shown as nothing, though no format characters: joiners of graphemes, fillers, variation selectors.
_BLANKS = frozenset(
    map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800))
) | frozenset(map(chr, (0x3164, 0xFFA0, 0x2065, *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9))))
_ENDS, _JOINERS = "\r\v\f\x85\u2028\u2029", "\u200c\u200d"
# a joiner has a work between two letters of some scripts, once; elsewhere it only hides
_IDLE = re.compile(
    f"(?<=[{_JOINERS}])[{_JOINERS}]+|(?<![^\x00-\x7f])[{_JOINERS}]|[{_JOINERS}](?![^\x00-\x7f])"
)


class _Kept(dict[int, int | str | None]):
    """What `str.translate` makes of a character: itself, a line end (`ends`) or nothing."""

    def __init__(self, ends: bool) -> None:
        super().__init__({ord(end): "\n" if ends else ord(end) for end in _ENDS})
        self.update((ord(mark), ord(mark)) for mark in f"\n\t{_JOINERS}")

    def __missing__(self, code: int) -> int | str | None:
        char = chr(code)
        tag = 0xE0000 <= code < 0xE1000  # never shown, whether assigned or not
        gone = tag or char in _BLANKS or unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs"}
        self[code] = None if gone else code
        return self[code]


_KEPT, _AS_IT_IS = _Kept(ends=True), _Kept(ends=False)
# NFC sorts marks in quadratic time: a pile of 160,000 on one letter takes 25 s.
_PILE = re.compile(r"[^\w\s\x00-\x7f]{40,}")


def drop_invisible(text: str) -> str:
    """`text` as it is, without what no reader of it sees: control and format characters (bidi,
    zero width, tags), private ones, fillers, variation selectors and joiners that join nothing.
    """
    return _joined(text.translate(_AS_IT_IS))


def _joined(text: str) -> str:
    return _IDLE.sub("", text) if any(mark in text for mark in _JOINERS) else text


def normalize(text: str) -> str:
    """NFC, `\\n` line ends, single spaces, at most one blank line in a row; nothing unseen, nothing
    at the ends of lines and of the text.
    """
    text = _joined(text.replace("\r\n", "\n").translate(_KEPT))
    text = _PILE.sub(lambda pile: "".join(c for c in pile[0] if not unicodedata.combining(c)), text)
    text = re.sub(r"[^\S\n]+", " ", unicodedata.normalize("NFC", text))
    text = "\n".join(line.strip(" ") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def join_wrapped_lines(lines: list[str]) -> str:
    """Paragraphs on one line each, from lines as they stand on a page; words cut by a hyphen at a
    line's end are whole again. A line goes on in the next one if it is about as long as most.
    """
    widths = sorted(len(line) for line in lines if line) or [0]
    full = max(1, widths[len(widths) * 9 // 10] * 7 // 10)
    text = re.sub(rf"\n(?<=[^\n]{{{full}}}\n)(?![\n•▪●‣*–-])", "\0", "\n".join(lines))
    text = re.sub(r"(?<=[^\W\d_])-\0(?=[a-zß-ÿ])", "", text)
    return normalize(text.replace("-\0", "-").replace("\0", " "))


def one_line(value: object, limit: int = 300) -> str | None:
    """`value` as one line of at most `limit` characters; None where it is blank or no text."""
    if not isinstance(value, str):
        return None
    line = " ".join(normalize(value[: 4 * limit]).split())
    return shorten(line, limit) or None


def shorten(line: str, limit: int = 80) -> str:
    """`line` cut at a word with "…" where it is longer than `limit` characters."""
    if len(line) <= limit:
        return line
    return (line[:limit].rpartition(" ")[0] or line[:limit]).rstrip(" ,;:–—-") + "…"


def escape_unprintable(name: str) -> str:
    """`name` with all that does not print (line ends, bidi marks, bytes of no text) as escapes."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name)

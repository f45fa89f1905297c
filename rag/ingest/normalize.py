"""Clean text: normalized, and without characters that nobody can see.

    normalize(text)            the text of an article: NFC, "\\n" line ends, single spaces
    drop_invisible(text)       the text of a dump, otherwise as it is
    join_wrapped_lines(lines)  paragraphs from the lines of a printed page
    one_line, shorten          a metadata value on one line
    escape_unprintable(name)   a file name that is safe to show
    split_words(text)          a set of words that is written as one string

Only clean text is stored and offsets count in it, so a quote never holds a character that a person
does not see. Pure functions. Left to others: encodings (`rag.ingest.decoding`), formats
(`rag.ingest.parsers`).
"""

from __future__ import annotations

import re
import unicodedata

# Rendered as nothing, though not format characters: grapheme joiner, fillers, variation selectors.
_BLANKS = frozenset(
    map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800))
) | frozenset(map(chr, (0x3164, 0xFFA0, 0x2065, *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9))))
# Presentation forms of letters that belong to the print, not to the word: "ﬁ" is "fi".
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_LINE_ENDS, _JOINERS = "\r\v\f\x85\u2028\u2029", "\u200c\u200d"
# A joiner does something between two letters of some scripts, once; anywhere else it only hides.
_IDLE_JOINERS = re.compile(
    f"(?<=[{_JOINERS}])[{_JOINERS}]+|(?<![^\x00-\x7f])[{_JOINERS}]|[{_JOINERS}](?![^\x00-\x7f])"
)


class _VisibleCharacters(dict[int, int | str | None]):
    """A table for `str.translate`: a character becomes itself, a line end, or nothing."""

    def __init__(self, *, unify_line_ends: bool) -> None:
        super().__init__({ord(end): "\n" if unify_line_ends else ord(end) for end in _LINE_ENDS})
        self.update((ord(mark), ord(mark)) for mark in f"\n\t{_JOINERS}")
        if unify_line_ends:
            self.update((ord(sign), letters) for sign, letters in _LIGATURES.items())

    def __missing__(self, code: int) -> int | str | None:
        char = chr(code)
        tag = 0xE0000 <= code < 0xE1000  # never rendered, whether assigned or not
        dropped = tag or char in _BLANKS or unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs"}
        self[code] = None if dropped else code
        return self[code]


_UNIFIED_LINES = _VisibleCharacters(unify_line_ends=True)
_LINES_AS_THEY_ARE = _VisibleCharacters(unify_line_ends=False)
# NFC sorts combining marks in quadratic time: 160,000 of them on one letter take 25 s.
_PILE = re.compile(r"[^\w\s\x00-\x7f]{40,}")


def drop_invisible(text: str) -> str:
    """`text` without the characters that no one sees, and otherwise as it is.

    Dropped are control and format characters (bidi, zero width, tags), private-use ones, fillers,
    variation selectors, and joiners that join nothing.
    """
    return _drop_idle_joiners(text.translate(_LINES_AS_THEY_ARE))


def _drop_idle_joiners(text: str) -> str:
    return _IDLE_JOINERS.sub("", text) if any(mark in text for mark in _JOINERS) else text


def normalize(text: str) -> str:
    """`text` in NFC with `\\n` line ends, single spaces and at most one blank line in a row.

    Invisible characters are dropped, as are blanks at the ends of lines and of the text;
    ligatures become plain letters.
    """
    text = _drop_idle_joiners(text.replace("\r\n", "\n").translate(_UNIFIED_LINES))
    text = _PILE.sub(lambda pile: "".join(c for c in pile[0] if not unicodedata.combining(c)), text)
    text = re.sub(r"[^\S\n]+", " ", unicodedata.normalize("NFC", text))
    text = "\n".join(line.strip(" ") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def join_wrapped_lines(lines: list[str]) -> str:
    """Paragraphs on one line each, from lines as they are printed on a page.

    A line continues in the next one if it is about as long as most lines. A word hyphenated at the
    end of a line is put together again.
    """
    widths = sorted(len(line) for line in lines if line) or [0]
    full = max(1, widths[len(widths) * 9 // 10] * 7 // 10)
    text = re.sub(rf"\n(?<=[^\n]{{{full}}}\n)(?![\n•▪●‣*–-])", "\0", "\n".join(lines))
    text = re.sub(r"(?<=[^\W\d_])-\0(?=[a-zß-ÿ])", "", text)
    return normalize(text.replace("-\0", "-").replace("\0", " "))


def one_line(value: object, limit: int = 300) -> str | None:
    """`value` on one line of at most `limit` characters; None if it is blank or not a string."""
    if not isinstance(value, str):
        return None
    line = " ".join(normalize(value[: 4 * limit]).split())
    return shorten(line, limit) or None


def shorten(line: str, limit: int = 80) -> str:
    """`line`, cut between words and ended with "…" if it is longer than `limit` characters."""
    if len(line) <= limit:
        return line
    return (line[:limit].rpartition(" ")[0] or line[:limit]).rstrip(" ,;:–—-") + "…"


def escape_unprintable(name: str) -> str:
    """`name` with everything unprintable (line ends, bidi marks, undecodable bytes) escaped."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name)


def split_words(text: str) -> frozenset[str]:
    """The words of `text`, separated by white space."""
    return frozenset(text.split())

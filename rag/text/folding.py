"""Spelling folded, so that texts that differ in it alone compare equal. Pure functions.

    fold(text)             "Łucja D’Aubigny’s 7,400 km"  ->  "lucja d aubigny 7400 km"
    fold_words(text)       the same word by word, each with its place in the text
    same_words(one, other) whether two texts are the same words
    has_phrase(text, ...)  whether a text has some words in a row

`fold` is what every comparison of words uses: the keyword index, the search, the check of answers,
filters and lists. Chinese, Japanese and Thai, which put no spaces between words, become single
letters, so that a phrase is found wherever it stands. It folds

    marks and letters   é ł ı ø đ æ ß          ->  e l i o d ae ss
    ligatures, widths   ﬁ ＡＢ ①               ->  fi ab 1
    case                Ferry                  ->  ferry
    figures, units      7,400  7’400  38km     ->  7400  7400  38 km
    abbreviations       U.S.  J. K.            ->  us  jk
    possessives         Marrick’s              ->  marrick
    apostrophes         O’Shaughnessy  d’Or    ->  oshaughnessy  d or
    hyphens             Møller-Hahn  co-op     ->  moller hahn  coop
    digits              ٣٨  ३८                 ->  38  38
    unspaced scripts    東京タワー             ->  東 京 タ ワ ー

and drops all other punctuation. What is quoted is never folded. Its parts, for who needs one alone:

    fold_accents(text)     "Café, Łódź"  ->  "Cafe, Lodz"
    fold_figures(text)     "7,400"       ->  "7400"
    fold_quotes(text)      “no”, don’t   ->  "no", don't
    fold_spaces(text)      runs of white space  ->  one space
    fold_compatible(text)  "ﬁ", "①"      ->  "fi", "1"

Left to others: words and their stems (`rag.text.stemming`), values and units of numbers
(`rag.text.numbers`), names in another spelling (`rag.retrieval.spelling`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

FOLDING_VERSION = 2  # of `fold` and of stems: raise it where a text would give other words
APOSTROPHES = "'’‘ʼʹ′`´＇"
THOUSANDS_SEPARATORS = f",{APOSTROPHES}\u00a0\u2009\u202f\u066c"  # of 7,400; no-break spaces

_UNSPACED = (  # a letter of Thai, Lao, Burmese, Khmer, kana, Han
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
)
UNSPACED_LETTER = re.compile(_UNSPACED)
"""A letter of a script that puts no spaces between words."""

_QUOTES = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‟": '"', "＂": '"', **dict.fromkeys(APOSTROPHES, "'")}
)
# letters that no decomposition gives, and invisible characters
_LETTERS = str.maketrans(
    {
        **{"ł": "l", "Ł": "L", "ı": "i", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d"},
        **{"Ð": "D", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "ŋ": "n", "Ŋ": "N", "ĸ": "k"},
        **{"æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th", "ß": "ss"},
        **{"ẞ": "SS", "ё": "е", "Ё": "Е", "ə": "e", "Ə": "E"},
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff\u0640"),
        "\u066b": ".",  # the decimal point of Arabic figures
    }
    | {
        char: str(unicodedata.digit(char))
        for char in map(chr, range(0x80, 0x11000))
        if unicodedata.category(char) == "Nd"
    }
)
# Latin and Greek letters with marks. In other scripts a mark makes another letter (й, が), except
# for the points of Hebrew and Arabic.
_MARKED = re.compile("[\u00c0-\u024f\u0370-\u03ff\u1e00-\u1fff]+")
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0670]")
_GROUPED = re.compile(rf"(?<![\d.,])\d{{1,3}}(?:[{THOUSANDS_SEPARATORS}]\d{{3}})+(?!\d)")
_ABBREVIATION = re.compile(
    r"(?<!\w)(?:[^\W\d_]\. ?){2,}(?!\w)|(?<!\w)[^\W\d_](?:\.[^\W\d_])+(?!\w)"
)
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_POSSESSIVE = re.compile(r"(?<=\w)'s\b")
_IRISH = re.compile(r"\bo'(?=\w)")
_PREFIX = re.compile(r"\b(anti|co|e|non|pre|re)[-‐‑](?=[a-z])")
_UNIT = re.compile(
    r"(?<=\d)(?=(?:km|kg|cm|mm|ft|lbs?|mph|kph|kmh|[kmg]wh?|ha|mln|bln|bn|mn|tn|m|am|pm)\b)"
)
# vowel signs and the like, which belong to the letter before them but are no letters by `\w`
_SIGNS = "".join(
    char
    for char in map(chr, range(0x483, 0x11000))
    if unicodedata.category(char) in ("Mn", "Mc") and not "\ufe00" <= char <= "\ufe0f"
)
_LETTER = rf"(?!{_UNSPACED})\w[{_SIGNS}]*"
# letters without spaces, figures with a decimal point, ordinals, words
_WORD = re.compile(rf"{_UNSPACED}[{_SIGNS}]*|\d+(?:[.,]\d+)*(?:{_LETTER})*|(?:{_LETTER})+")

# what is folded as one: no rule of `fold` reaches across its ends
_CHUNK = re.compile(r"(?:(?<!\w)(?:[^\W\d_]\. ?)+[^\W\d_]\.|(?<=\d)[\u00a0\u2009\u202f](?=\d)|\S)+")
_PIECE = re.compile(
    rf"{_UNSPACED}[{_SIGNS}]*|(?:{_LETTER})+(?:[.,{APOSTROPHES}‐‑-](?:{_LETTER})+)*"
)


class FoldedWord(NamedTuple):
    """A word as `fold` gives it, of what stands at `[start:end]` of its text.

    Words that one piece of text gives ("moller hahn" of "Møller-Hahn") have the same place.
    """

    folded: str
    start: int
    end: int


def fold(text: str) -> str:
    """The words of `text` in one spelling, with single spaces and without punctuation."""
    text = fold_accents(fold_figures(fold_quotes(text)))
    text = _ABBREVIATION.sub(lambda match: f"{_NOT_LETTERS.sub('', match[0])} ", text).casefold()
    text = _IRISH.sub("o", _POSSESSIVE.sub("", text))
    text = _UNIT.sub(" ", _PREFIX.sub(r"\1", text))
    return " ".join(_WORD.findall(text))


def fold_words(text: str) -> list[FoldedWord]:
    """The words of `fold(text)`, in order, each with its place in `text`."""
    words = []
    for chunk in _CHUNK.finditer(text):
        at = chunk.start()
        words += [FoldedWord(word, at + start, at + end) for word, start, end in _chunk(chunk[0])]
    return words


@lru_cache(maxsize=100_000)
def _chunk(chunk: str) -> tuple[FoldedWord, ...]:
    """The words of a chunk with their places in it; all of it where a word has none of its own."""
    whole = fold(chunk).split()
    pieces = [
        FoldedWord(word, *match.span())
        for match in _PIECE.finditer(chunk)
        for word in fold(match[0]).split()
    ]
    if [each.folded for each in pieces] == whole:
        return tuple(pieces)
    start = next((n for n, char in enumerate(chunk) if char.isalnum()), 0)
    end = next((n for n in range(len(chunk), 0, -1) if chunk[n - 1].isalnum()), len(chunk))
    return tuple(FoldedWord(word, start, end) for word in whole)


def same_words(one: str, other: str) -> bool:
    """Whether two texts are the same words, however they are spelled."""
    return fold(one) == fold(other)


def has_phrase(folded_text: str, folded_phrase: str) -> bool:
    """Whether a text has the words of a phrase in a row; both as `fold` gives them."""
    return f" {folded_phrase} " in f" {folded_text} "


def fold_accents(text: str) -> str:
    """`text` with plain letters: without marks, ligatures, full-width forms. Case stays."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text).translate(_LETTERS)
    text = _MARKED.sub(lambda match: unicodedata.normalize("NFKD", match[0]), text)
    return _MARKS.sub("", text)


def fold_compatible(text: str) -> str:
    """`text` with ligatures, full-width and circled characters as the plain ones (NFKC)."""
    return unicodedata.normalize("NFKC", text)


def fold_figures(text: str) -> str:
    """`text` with whole numbers without separators: "7400" for "7,400"."""
    return _GROUPED.sub(lambda match: re.sub(r"\D", "", match[0]), text)


def fold_quotes(text: str) -> str:
    """`text` with straight quotation marks and apostrophes."""
    return text.translate(_QUOTES)


def fold_spaces(text: str) -> str:
    """`text` on one line: every run of white space is one space, none at the ends."""
    return " ".join(text.split())

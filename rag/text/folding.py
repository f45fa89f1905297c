"""Spelling folded, so that texts that differ in it alone compare equal. Pure functions.

    fold_accents(text)     "café"      ->  "cafe"
    fold_quotes(text)      “no”, don’t ->  "no", don't
    fold_spaces(text)      runs of white space  ->  one space
    fold_compatible(text)  "ﬁ", "①"   ->  "fi", "1"

Each folds one thing; callers combine those that they need and choose `lower` or `casefold`
themselves. Left to others: words and their stems (`rag.text.stemming`).
"""

from __future__ import annotations

import unicodedata

_QUOTES = str.maketrans("“”‘’", "\"\"''")


def fold_accents(text: str) -> str:
    """`text` in compatibility decomposition (NFKD) without its combining marks."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    marks = {ord(each): None for each in set(decomposed) if unicodedata.combining(each)}
    return decomposed.translate(marks)


def fold_compatible(text: str) -> str:
    """`text` with ligatures, full-width and circled characters as the plain ones (NFKC)."""
    return unicodedata.normalize("NFKC", text)


def fold_quotes(text: str) -> str:
    """`text` with straight quotation marks and apostrophes."""
    return text.translate(_QUOTES)


def fold_spaces(text: str) -> str:
    """`text` on one line: every run of white space is one space, none at the ends."""
    return " ".join(text.split())

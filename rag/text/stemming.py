"""Words as the keyword index and the check compare them.

In:  texts. Out: lists of stems. Left to others: what is done with them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

# abbreviations with dots, figures with their separators ("7,000", "72nd"), words
_PATTERN = r"(?:[^\W\d_]\.){2,}|\d+(?:[.,]\d+)*\w*|\w+"


def stem_tokens(texts: Sequence[str]) -> list[list[str]]:
    """The words of each text: accents folded, English stop words dropped, stemmed (Snowball).

    Figures stay whole ("7,000" is one word); order and repetitions are kept.
    """
    import bm25s

    tokens: list[list[str]] = bm25s.tokenize(
        [_folded(text) for text in texts],
        token_pattern=_PATTERN,
        stopwords="en_plus",
        stemmer=_stemmer(),
        return_ids=False,
        show_progress=False,
    )
    return tokens


def _folded(text: str) -> str:
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFKD", text)
    return parts.translate({ord(each): None for each in set(parts) if unicodedata.combining(each)})


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")

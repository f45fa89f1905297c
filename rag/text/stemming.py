"""Word stems, as the keyword index and the check of answers compare them.

In:  texts. Out: for each, the list of its stems.
Left to others: ranking (`rag.index.bm25`), comparing a claim to a quote (`rag.grounding.support`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from rag.text.folding import fold_accents

# abbreviations with dots, figures with their separators ("7,000", "72nd"), words
_PATTERN = r"(?:[^\W\d_]\.){2,}|\d+(?:[.,]\d+)*\w*|\w+"


def stem_tokens(texts: Sequence[str]) -> list[list[str]]:
    """The stems of each text: accents folded, English stop words dropped (Snowball stemmer).

    Figures stay whole ("7,000" is one token); order and repetitions are preserved.
    """
    import bm25s

    tokens: list[list[str]] = bm25s.tokenize(
        [fold_accents(text) for text in texts],
        token_pattern=_PATTERN,
        stopwords="en_plus",
        stemmer=_stemmer(),
        return_ids=False,
        show_progress=False,
    )
    return tokens


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")

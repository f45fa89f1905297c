"""Word stems, as the keyword index and the check of answers compare them.

In:  texts. Out: for each, the list of its stems.
Left to others: ranking (`rag.index.bm25`), comparing a claim to a quote (`rag.grounding.support`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from rag.text.folding import fold


def stem_tokens(texts: Sequence[str]) -> list[list[str]]:
    """The stems of the folded words of each text, without English stop words (Snowball stemmer).

    Order and repetitions are preserved. `FOLDING_VERSION` tells which stems an index was built of.
    """
    import bm25s

    tokens: list[list[str]] = bm25s.tokenize(
        [fold(text) for text in texts],
        token_pattern=r"\S+",  # noqa: S106 - a pattern, no password
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

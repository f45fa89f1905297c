"""How much of a query the passages hold, weighted by inverse document frequency. Pure functions.

In:  texts of passages; the IDF of each stem of the query.
Out: a share from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rag.text.stemming import stem_tokens


def coverage(passages: Sequence[str], idf: Mapping[str, float]) -> float:
    """IDF-weighted share of the query's stems (the keys of `idf`) that occur in `passages`."""
    query_stems = frozenset(idf)
    passage_stems = frozenset(stem for stems in stem_tokens(list(passages)) for stem in stems)
    # the order of a set differs from process to process, and so would the last bits of a plain sum
    total = math.fsum(idf[stem] for stem in query_stems)
    return math.fsum(idf[stem] for stem in query_stems & passage_stems) / total if total else 0.0

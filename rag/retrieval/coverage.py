"""How much of a query the passages hold, weighted by inverse document frequency. Pure functions.

coverage(passages, idf)  ->  0 to 1
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.text.stemming import stem_tokens


def coverage(passages: Sequence[str], idf: Mapping[str, float]) -> float:
    """Part of a query's stems (the keys of `idf`, weighted by it) that stand in `passages`."""
    wanted = frozenset(idf)
    held = frozenset(word for words in stem_tokens(list(passages)) for word in words)
    total = sum(idf[word] for word in wanted)
    return sum(idf[word] for word in wanted & held) / total if total else 0.0

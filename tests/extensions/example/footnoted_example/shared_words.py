"""A reranker without weights: a passage is as relevant as it has words of the query."""

import re
from collections.abc import Sequence

from rag.models.protocols import ModelSetup


class SharedWords:
    def score(self, query: str, passages: Sequence[str]) -> list[float]:
        wanted = _words(query)
        return [len(wanted & _words(passage)) / (len(wanted) or 1) for passage in passages]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def open_reranker(setup: ModelSetup) -> SharedWords:
    return SharedWords()


open_reranker.languages = ("en",)

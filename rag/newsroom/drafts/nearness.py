"""How near texts and words are in meaning, each embedded once.

    Nearness(embedder).of(text, others)    ->  the cosine of a text and each of others
    Nearness(embedder).best(word, others)  ->  that of a word and the nearest of others

In:  an embedder. Out: cosines, -1 to 1.
Left to others: what is near enough (`rag.newsroom.drafts.judging`, `comparison`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rag.models.protocols import TextEmbedder


class Nearness:
    """Cosines of texts; their vectors are kept for as long as a draft is checked."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, npt.NDArray[np.float32]] = {}

    def of(self, text: str, others: Sequence[str]) -> list[float]:
        """The cosine of `text` and each of `others`.

        Raises:
            ModelError: the embedder failed.
        """
        if not others:
            return []
        self.prepare([text, *others])
        own = self._vectors[text]
        return [float(own @ self._vectors[each]) for each in others]

    def best(self, word: str, others: Sequence[str]) -> float:
        """The cosine of `word` and the nearest of `others`; 0 without others."""
        return max(self.of(word, others), default=0.0)

    def prepare(self, texts: Sequence[str]) -> None:
        """Embed those of `texts` that are new, together."""
        new = [each for each in dict.fromkeys(texts) if each not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._embedder.encode(new), strict=True))

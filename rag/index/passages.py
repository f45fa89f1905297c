"""What an embedder makes of articles: passages of the length that it reads, and their vectors.

In:  an open embedder, or what bulk indexing computed elsewhere (`rag.index.bulk`).
Out: a `PassageSource`, which gives both.
Left to others: cutting (`rag.ingest.chunking`), opening an embedder (`rag.index.build`,
`rag.index.bulk.workers`), storing what comes out (`rag.index.document_writer`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from rag.errors import ModelError
from rag.ingest.chunking import chunk_article, count_letters
from rag.models.catalog import ModelCard
from rag.models.protocols import TextEmbedder
from rag.text.languages import language_of
from rag.types import Article, Passage

__all__ = ["EmbedderSource", "PassageSource"]

Vectors = npt.NDArray[np.float32]


class PassageSource(Protocol):
    """Where passages and their vectors come from."""

    def passages(self, article: Article) -> list[Passage]:
        """The passages of an article, which tile its text."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of length 1, shape [len(texts), dimensions]."""
        ...


@dataclass(frozen=True, slots=True)
class EmbedderSource:
    """An embedder in this process; `size`: the most tokens of a passage.

    Raises:
        ModelError: the embedder reads fewer; what is behind them would never be found by meaning.
    """

    embedder: TextEmbedder
    card: ModelCard
    size: int

    def __post_init__(self) -> None:
        """Raise `ModelError` where passages would be longer than what the embedder reads."""
        if (most := self.embedder.max_tokens) < self.size:
            raise ModelError(
                f"the embedder {self.card.name} reads {most} tokens, fewer than passages have: "
                f"set RAG_PASSAGE_TOKENS={most}"
            )

    def passages(self, article: Article) -> list[Passage]:
        """Their length is counted in the embedder's tokens where it knows the language.

        It cuts words of others into many pieces, and single letters.
        """
        knows = self.card.knows(language_of(article.text))
        return chunk_article(article, self.embedder.count if knows else count_letters, self.size)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As the embedder does."""
        vectors: Vectors = self.embedder.encode(texts)
        return vectors

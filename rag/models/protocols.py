"""What models must be able to do, whoever made them: the classes of ours, and those of extensions.

    TextEmbedder      texts to vectors             ours: `rag.models.embedder.Embedder`
    QueryEmbedder     and queries otherwise        the same, and the cover of a `TextEmbedder`
    PassageReranker   passages to relevance        ours: `rag.models.reranker.Reranker`
    EvidenceReader    passages to evidence         ours: `rag.models.reader.Reader`, `Cascade`
    LanguageModel     prompts to text              `rag.models.llm.base`
    ModelSetup        what a model is opened with

Every method may be called from several threads at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rag.types import ClaimReading, SpanReading

__all__ = ["EvidenceReader", "ModelSetup", "PassageReranker", "QueryEmbedder", "TextEmbedder"]


@dataclass(frozen=True, slots=True)
class ModelSetup:
    """What an extension's model is opened with: from the settings, for it to use as it needs.

    `models` is the folder of the weights, `context` the tokens of prompt and answer together,
    `threads` how many to use (0: all cores), `deadline` the seconds of one call (0: no limit).
    """

    models: Path
    context: int
    threads: int
    deadline: float


class TextEmbedder(Protocol):
    """Turns texts into vectors whose cosine is high where the meaning is near."""

    @property
    def dimensions(self) -> int:
        """The length of its vectors."""
        ...

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text it reads; passages are no longer."""
        ...

    def count(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text."""
        ...

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Any:
        """Vectors of length 1, float32, shape [len(texts), dimensions]: the same text, the same.

        They are those of passages, and of texts that are compared with each other. `progress` is
        called with the number of texts so far.

        Raises:
            ModelError: it failed.
        """
        ...


class QueryEmbedder(TextEmbedder, Protocol):
    """Embeds queries otherwise than passages, if it was trained so.

    An embedder of another package may have this method; without it, `encode` embeds queries too.
    """

    def encode_queries(self, texts: Sequence[str]) -> Any:
        """Vectors as of `encode`, of queries: near those of the passages that answer them.

        Raises:
            ModelError: it failed.
        """
        ...


class PassageReranker(Protocol):
    """Tells how relevant passages are to a query, reading both together."""

    def score(self, query: str, passages: Sequence[str]) -> Sequence[float]:
        """How relevant each of `passages` is, in their order: any finite numbers, higher is more.

        Raises:
            ModelError: it failed.
        """
        ...


class EvidenceReader(Protocol):
    """Judges what passages say to a question, and to a claim."""

    def read(
        self, question: str, passages: Sequence[str], records: Sequence[str] | None = None
    ) -> list[SpanReading]:
        """The best answer span in each of `passages`, in their order.

        `records` holds a line for each passage with what is known of its article: headline, day.

        Raises:
            ModelError: it failed.
        """
        ...

    def check(self, claim: str, passages: Sequence[str]) -> list[ClaimReading]:
        """What each of `passages` says of `claim`, in their order.

        Raises:
            ModelError: it failed.
        """
        ...

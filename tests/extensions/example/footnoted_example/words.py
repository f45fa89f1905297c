"""An embedder without weights: each word adds 1 or -1 to one of 512 numbers, by its hash."""

import re
import zlib
from collections.abc import Callable, Sequence

import numpy as np

from rag.models.protocols import ModelSetup


class WordEmbedder:
    """Texts are near where they share words."""

    dimensions = 512
    max_tokens = 250

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(_words(text)) for text in texts]

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for number, text in enumerate(texts):
            for word in _words(text) or [""]:
                code = zlib.crc32(word.encode())
                vectors[number, code % self.dimensions] += 1 if code & (1 << 20) else -1
            if not vectors[number].any():
                vectors[number, 0] = 1
            if progress:
                progress(number + 1)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def open_embedder(setup: ModelSetup) -> WordEmbedder:
    """There is nothing to load; one with weights would look for them in `setup.models`."""
    return WordEmbedder()


open_embedder.languages = ("en",)  # not across languages: nearness is that of words

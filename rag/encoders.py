"""Text to vectors. The only importer of sentence-transformers.

In:  a verified folder of a sentence-transformers model.
Out: unit vectors (float32, shape [n, dimensions]) and token counts.
Left to others: where the folder comes from (`rag.catalogue`), keeping vectors (`rag.store`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.errors import ModelError
from rag.threads import sleep_while_waiting

Vectors = npt.NDArray[np.float32]


class Encoder:
    """A sentence embedder on the processor. Safe to call from several threads."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.dimensions: int = int(model.get_embedding_dimension())
        self.max_tokens: int = int(model.max_seq_length) - 2  # the two special tokens

    @classmethod
    def open(cls, folder: Path) -> Encoder:
        """Load the model in `folder`; nothing is fetched and no code of the folder is run.

        Raises:
            ModelError: the folder holds no model that loads.
        """
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        sleep_while_waiting()
        from sentence_transformers import SentenceTransformer

        _be_quiet()
        try:
            model = SentenceTransformer(
                str(folder.resolve()),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:
            raise ModelError(
                f"the embedder in {folder} does not load ({type(error).__name__}): "
                "remove the folder and type `rag models pull`"
            ) from error
        return cls(model)

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens apart."""
        if not texts:
            return []
        read = self._model.tokenizer(
            list(texts), add_special_tokens=False, truncation=False, verbose=False
        )
        return [len(ids) for ids in read["input_ids"]]

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """Unit vectors of `texts`, shape [len(texts), dimensions].

        `progress` is told how many texts are done. Raises `ModelError` where a vector is not
        finite (a broken build or model), so that none is ever stored.
        """
        done: list[Vectors] = []
        for start in range(0, len(texts), 64):
            batch = self._model.encode(
                list(texts[start : start + 64]),
                batch_size=32,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
            done.append(np.asarray(batch, dtype=np.float32))
            if progress:
                progress(min(start + 64, len(texts)))
        vectors = np.concatenate(done) if done else np.zeros((0, self.dimensions), np.float32)
        if not np.isfinite(vectors).all():
            raise ModelError("the embedder returned a vector that is not finite: type `rag doctor`")
        return vectors


def _be_quiet() -> None:
    """Keep loading bars and advice of the libraries out of our output."""
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]

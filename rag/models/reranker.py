"""A reranker: how relevant passages are to a query, by a cross-encoder that reads both together.

In:  the verified folder of a cross-encoder of sentence-transformers.
Out: a score for each passage, a logit: higher is more relevant.
Left to others: which passages are scored, and their order (`rag.retrieval.reranking`).

Cross-encoders as in Nogueira and Cho, "Passage Re-ranking with BERT", 2019. A text that occurs
twice is scored once, so that both have the same score: another batch would change its last bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from safetensors import safe_open

from rag.errors import ModelError
from rag.models.embedder import open_library_model
from rag.runtime.observability.stages import stage

_BATCH_SIZE = 8  # pairs; a small one wastes little on padding and memory
_MAX_TOKENS = 512  # of a pair; passages are shorter, and a public model may read thousands


class Reranker:
    """Scores passages, on the CPU. Safe to call from several threads.

    The network runs in one thread of its own, as the reader's does (`rag.models.reader`).
    """

    def __init__(self, model: Any, name: str) -> None:
        self.name = name
        self._model = model.eval()
        self._thread = ThreadPoolExecutor(1, "reranker")

    @classmethod
    def open(cls, folder: Path, name: str = "") -> Reranker:
        """The cross-encoder in `folder`: no network access, and no code of the folder is run.

        Raises:
            ModelError: the folder does not hold one that loads, or one that gives no single score.
        """
        try:
            model = open_library_model("CrossEncoder", folder)
            if model.num_labels != 1:
                raise ValueError(f"it gives {model.num_labels} scores for a pair, not one")
            _require_trained(folder, model)
            model.max_seq_length = min(model.max_seq_length or _MAX_TOKENS, _MAX_TOKENS)
            reranker = cls(model, name or folder.name)
            reranker.score("question", ["passage"])
        except Exception as error:
            reason = str(error).partition("\n")[0]
            raise ModelError(
                f"the reranker in {folder} does not load ({type(error).__name__}: {reason}): "
                "restore it, or set RAG_RERANKER=none"
            ) from error
        return reranker

    def score(self, query: str, passages: Sequence[str]) -> list[float]:
        """How relevant each of `passages` is to `query`, in their order: a logit.

        Raises:
            ModelError: a score is not finite.
        """
        texts = list(dict.fromkeys(passages))
        if not texts:
            return []
        with stage("rerank", model=self.name, passages=len(passages)):
            pairs = [(query, text) for text in texts]
            scores = dict(zip(texts, self._thread.submit(self._infer, pairs).result(), strict=True))
        if not all(map(math.isfinite, scores.values())):
            raise ModelError("the reranker gave a score that is not finite: type `rag doctor`")
        return [scores[each] for each in passages]

    def _infer(self, pairs: list[tuple[str, str]]) -> list[float]:
        logits = self._model.predict(
            pairs,
            batch_size=_BATCH_SIZE,
            activation_fn=_as_it_is,  # a sigmoid makes equal what is far above or below
            show_progress_bar=False,
        )
        return [float(each) for each in logits]


def _require_trained(folder: Path, model: Any) -> None:
    """Check that the head was loaded: the library makes up one for any encoder without.

    Raises:
        ValueError: it was not.
    """
    network = model[0].model
    if not type(network).__name__.endswith("ForSequenceClassification"):
        return  # a head that is a module of its own is loaded from a file of its own
    with safe_open(folder / "model.safetensors", "pt") as file:
        stored = set(file.keys())
    names = [name for name, _ in network.named_parameters()]
    own = [name for name in names if not name.startswith(f"{network.base_model_prefix}.")]
    if missing := [name for name in own if name not in stored]:
        raise ValueError(f"it has no head for scores: {missing[0]} is missing")


def _as_it_is(scores: Any) -> Any:
    return scores

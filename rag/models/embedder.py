"""Text to vectors. The only importer of sentence-transformers.

In:  a verified folder of a sentence-transformers model.
Out: unit vectors (float32, shape [n, dimensions]) and token counts. A few texts, such as a
     question, are processed in float32, by weights in half precision where torch has kernels for
     them: what takes the time there is reading the weights. Many texts are processed in float32,
     or, where the processor has the means and a trial shows that it pays, in bfloat16. All of
     these give vectors that are the same for searching.
Left to others: where the folder comes from (`rag.models.registry`), keeping vectors (`rag.index`).
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.errors import ModelError
from rag.models.openmp import use_passive_waiting

log = logging.getLogger(__name__)
Vectors = npt.NDArray[np.float32]
_AT_ONCE = 256  # texts among which those of one length are sought
_BATCH = 8  # texts processed together: what is padded and what is held stays small
_FEW_ROWS = 128  # tokens processed together, at most, whose time is that of reading the weights
_MANY = 64  # texts from which on another way may be worth its trial
_TRIED = 16  # texts of the trial
_QUICKER = 0.8  # of the time, at most, for another way to be taken
_SAME = 0.999  # cosine of the two ways' vectors, at least


class Embedder:
    """A sentence embedder on the processor. Safe to call from several threads."""

    def __init__(self, model: Any) -> None:
        self._model = with_fp16_linears(model.eval())
        self._few = threading.Lock()  # the number of threads is one for all
        self._cores = _cores()
        self._many: Callable[[list[str]], Vectors] | None = None  # not tried yet
        self.dimensions: int = int(model.get_embedding_dimension())
        self.max_tokens: int = int(model.max_seq_length) - 2  # the two special tokens

    @classmethod
    def open(cls, folder: Path) -> Embedder:
        """Load the model in `folder`; nothing is fetched and no code of the folder is run.

        Raises:
            ModelError: the folder holds no model that loads.
        """
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        use_passive_waiting()
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
        encode = self._for_many(texts) if len(texts) >= _MANY else self._alone
        for start in range(0, len(texts), _AT_ONCE):
            done.append(encode(list(texts[start : start + _AT_ONCE])))
            if progress:
                progress(min(start + _AT_ONCE, len(texts)))
        vectors = np.concatenate(done) if done else np.zeros((0, self.dimensions), np.float32)
        if not np.isfinite(vectors).all():
            raise ModelError("the embedder returned a vector that is not finite: type `rag doctor`")
        return vectors

    def _encode(self, texts: list[str]) -> Vectors:
        """In float32; the library takes texts of about one length together."""
        batch = self._model.encode(
            texts,
            batch_size=_BATCH,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(batch, dtype=np.float32)

    def _alone(self, texts: list[str]) -> Vectors:
        """On one core: a question is too short to share, and waiting for a core takes longer.

        A few go without the library's loop over batches, a tenth of the time of one question.
        """
        import torch

        with self._few, torch.inference_mode():
            torch.set_num_threads(1)
            try:
                if len(texts) > _BATCH:
                    return self._encode(texts)
                made = self._model(self._model.preprocess(texts))["sentence_embedding"]
                return np.asarray(torch.nn.functional.normalize(made), dtype=np.float32)
            finally:
                torch.set_num_threads(self._cores)

    def encode_bf16(self, texts: list[str]) -> Vectors:
        """The same with matrices multiplied in bfloat16: made for processors that can."""
        import torch

        with torch.autocast("cpu", dtype=torch.bfloat16):
            vectors = self._encode(texts)
        lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / lengths

    def _for_many(self, texts: Sequence[str]) -> Callable[[list[str]], Vectors]:
        """The quicker way here that gives the same vectors, as tried once on some of `texts`."""
        if self._many is None:
            self._many = self._encode
            if multiplies_bfloat16():
                some = list(texts[:_TRIED])
                exact, slow = _timed(self._encode, some)
                other, quick = _timed(self.encode_bf16, some)
                if quick < slow * _QUICKER and bool((exact * other).sum(axis=1).min() >= _SAME):
                    self._many = self.encode_bf16
        return self._many


@lru_cache(maxsize=1)
def _cores() -> int:
    """As many threads as torch took at first."""
    import torch

    return int(torch.get_num_threads())


def multiplies_bfloat16() -> bool:
    """Whether torch has kernels for it here; without them it takes eight times as long."""
    import torch

    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def with_fp16_linears(model: Any) -> Any:
    """`model` with a second copy of its matrices in float16, half the bytes, for few rows of input.

    The kernels are those of FBGEMM (Khudia and others, 2021): products and sums are in float32.
    Where torch has none for this processor the model stays as it is.
    """
    import torch

    pack = torch.ops.quantized.linear_prepack_fp16
    multiplied = torch.ops.quantized.linear_dynamic_fp16

    class Light(torch.nn.Module):
        def __init__(self, linear: torch.nn.Linear) -> None:
            super().__init__()
            self.whole = linear
            self.packed = pack(linear.weight.detach(), linear.bias.detach())

        def forward(self, rows: torch.Tensor) -> Any:
            few = rows.dtype == torch.float32 and rows.shape[:-1].numel() <= _FEW_ROWS
            return multiplied(rows, self.packed) if few else self.whole(rows)

    try:
        for parent in list(model.modules()):
            for name, child in parent.named_children():
                if type(child) is torch.nn.Linear and child.bias is not None:
                    setattr(parent, name, Light(child))
    except (AttributeError, NotImplementedError, RuntimeError):
        log.info("no kernels for weights in float16 here: questions are embedded in float32")
    return model


def _timed(encode: Callable[[list[str]], Vectors], texts: list[str]) -> tuple[Vectors, float]:
    """What it gives, and the seconds it takes, the better of two."""
    seconds = []
    for _ in range(2):
        begun = time.perf_counter()
        vectors = encode(texts)
        seconds.append(time.perf_counter() - begun)
    return vectors, min(seconds)


def _be_quiet() -> None:
    """Keep loading bars and advice of the libraries out of our output."""
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]

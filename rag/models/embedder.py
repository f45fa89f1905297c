"""Text to vectors. The only importer of sentence-transformers.

In:  the verified folder of a sentence-transformers model; what stands before queries and documents.
Out: unit vectors (float32, shape [n, dimensions]) and token counts. Any model of that library
     (`open_library_model`).
Left to others: where the folder and the prompts come from (`rag.models.registry`,
`rag.models.opening`), storing vectors (`rag.index`).

Queries have a prompt of their own; everything else is embedded as documents are, also texts that
are compared with each other.

Short input, such as a question, is encoded in float32 with float16 weights where torch has kernels
for them, because loading the weights from memory takes most of that time. Long lists of texts are
encoded in float32, or in bfloat16 where the processor supports it and a trial run shows that it
pays. Search results are the same for all of these vectors.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from rag.errors import ModelError
from rag.models.catalog import NO_PROMPTS, EmbeddingPrompts
from rag.models.openmp import use_passive_waiting
from rag.runtime.heavy_imports import pause_garbage_collection
from rag.runtime.observability.logs import adopt_loggers
from rag.runtime.observability.stages import stage

log = logging.getLogger(__name__)
Vectors = npt.NDArray[np.float32]
Precision = Literal["float32", "bfloat16"]
_WINDOW = 256  # texts per call; those of similar length share a batch
_BATCH_SIZE = 8  # texts per batch; a small one wastes little on padding and memory
_FP16_MAX_ROWS = 128  # tokens up to which loading the weights takes most of the time
_BULK_MIN_TEXTS = 64  # texts from which bfloat16 is worth a trial
_TRIAL_TEXTS = 16  # texts in that trial
_MAX_TIME_RATIO = 0.8  # bfloat16 is used if it takes at most this share of the time
_MIN_COSINE = 0.999  # and if the cosine of the vectors is at least this for every text


class Embedder:
    """A sentence embedder that runs on the CPU. Safe to call from several threads."""

    def __init__(self, model: Any, name: str = "", prompts: EmbeddingPrompts = NO_PROMPTS) -> None:
        self.name, self._prompts = name, prompts
        self._model = with_fp16_linears(model.eval())
        self._thread_count_lock = threading.Lock()  # torch's thread count is global
        self._default_threads = _default_threads()
        self._precision: Precision | None = None  # of long lists; None until the trial
        self.dimensions: int = int(model.get_embedding_dimension())
        before = self.count([prompts.document])[0] if prompts.document else 0
        # of a passage: less the two special tokens and what stands before it
        self.max_tokens: int = int(model.max_seq_length) - 2 - before

    @classmethod
    def open(cls, folder: Path, prompts: EmbeddingPrompts = NO_PROMPTS) -> Embedder:
        """Load the model in `folder`; `prompts` are those that it was trained with.

        Raises:
            ModelError: the folder does not hold a model that loads.
        """
        try:
            model = open_library_model("SentenceTransformer", folder)
        except Exception as error:
            raise ModelError(
                f"the embedder in {folder} does not load ({type(error).__name__}): "
                "remove the folder and type `rag models pull`"
            ) from error
        return cls(model, folder.name, prompts)

    @cached_property
    def _counting_tokenizer(self) -> Any:
        """Counting with that of the model would turn its truncation off, also for other threads."""
        return deepcopy(self._model.tokenizer)

    def count(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, without special tokens and prompts."""
        if not texts:
            return []
        encoding = self._counting_tokenizer(
            list(texts), add_special_tokens=False, truncation=False, verbose=False
        )
        return [len(ids) for ids in encoding["input_ids"]]

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """Unit vectors of `texts` as documents, shape [len(texts), dimensions].

        `progress` is called with the number of texts encoded so far.

        Raises:
            ModelError: a vector is not finite (a broken build or model), so none is ever stored.
        """
        with stage("embed", model=self.name, texts=len(texts)):
            is_bulk = len(texts) >= _BULK_MIN_TEXTS
            encode = self._bulk_encoder(texts) if is_bulk else self._encode_few
            return self._encoded(texts, encode, progress)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of `texts` as queries, shape [len(texts), dimensions]. Raises as `encode`.

        Without prompts they are those of `encode`.
        """
        if self._prompts.query == self._prompts.document:
            return self.encode(texts)
        with stage("embed", model=self.name, texts=len(texts)):
            return self._encoded(texts, lambda part: self._encode_few(part, self._prompts.query))

    def _encoded(
        self,
        texts: Sequence[str],
        encode: Callable[[list[str]], Vectors],
        progress: Callable[[int], None] | None = None,
    ) -> Vectors:
        batches: list[Vectors] = []
        for start in range(0, len(texts), _WINDOW):
            batches.append(encode(list(texts[start : start + _WINDOW])))
            if progress:
                progress(min(start + _WINDOW, len(texts)))
        vectors = np.concatenate(batches) if batches else np.zeros((0, self.dimensions), np.float32)
        if not np.isfinite(vectors).all():
            raise ModelError("the embedder returned a vector that is not finite: type `rag doctor`")
        return vectors

    def _encode(self, texts: list[str], prompt: str | None = None) -> Vectors:
        """Unit vectors in float32; the library puts texts of similar length into one batch.

        `prompt` is that of documents by default.
        """
        batch = self._model.encode(
            texts,
            # never None, for which the library would take a default of its own
            prompt=self._prompts.document if prompt is None else prompt,
            batch_size=_BATCH_SIZE,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(batch, dtype=np.float32)

    def _encode_few(self, texts: list[str], prompt: str | None = None) -> Vectors:
        """Unit vectors, computed on one core: waiting for more would take longer than it saves.

        Up to one batch bypasses the library's loop, which takes a tenth of a question's time.
        """
        import torch

        with self._thread_count_lock, torch.inference_mode():
            torch.set_num_threads(1)
            try:
                if len(texts) > _BATCH_SIZE:
                    return self._encode(texts, prompt)
                prompt = self._prompts.document if prompt is None else prompt
                inputs = self._model.preprocess(texts, prompt=prompt)
                embedding = self._model(inputs)["sentence_embedding"]
                return np.asarray(torch.nn.functional.normalize(embedding), dtype=np.float32)
            finally:
                torch.set_num_threads(self._default_threads)

    def encode_bf16(self, texts: list[str]) -> Vectors:
        """Unit vectors, with matrices multiplied in bfloat16 (see `supports_bfloat16`)."""
        import torch

        with torch.autocast("cpu", dtype=torch.bfloat16):
            vectors = self._encode(texts)
        norms: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / norms

    def use_precision(self, precision: Precision) -> None:
        """Encode long lists of texts in it, without a trial: as another process found best."""
        self._precision = precision

    def precision_for(self, texts: Sequence[str]) -> Precision:
        """That of long lists: bfloat16 if one trial, on some of `texts`, finds it faster and alike.

        Else, and for less than a long list before there was a trial, float32.
        """
        if self._precision is None and len(texts) >= _BULK_MIN_TEXTS:
            self._precision = "float32"
            if supports_bfloat16():
                sample = list(texts[:_TRIAL_TEXTS])
                exact, exact_seconds = _timed(self._encode, sample)
                approx, approx_seconds = _timed(self.encode_bf16, sample)
                faster = approx_seconds < exact_seconds * _MAX_TIME_RATIO
                if faster and bool((exact * approx).sum(axis=1).min() >= _MIN_COSINE):
                    self._precision = "bfloat16"
        return self._precision or "float32"

    def _bulk_encoder(self, texts: Sequence[str]) -> Callable[[list[str]], Vectors]:
        return self.encode_bf16 if self.precision_for(texts) == "bfloat16" else self._encode


def open_library_model(
    kind: Literal["SentenceTransformer", "CrossEncoder"], folder: Path, **options: Any
) -> Any:
    """The model in `folder`, in float32: no network access, and no code of the folder is run.

    Raises:
        Exception: it does not load; the library raises many kinds.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    use_passive_waiting()
    with pause_garbage_collection():
        import sentence_transformers

    silence_libraries()
    return getattr(sentence_transformers, kind)(
        str(folder.resolve()),
        device="cpu",
        local_files_only=True,
        trust_remote_code=False,
        # weights in bfloat16 would give vectors whose length is not 1
        model_kwargs={"use_safetensors": True, "dtype": "float32"},
        **options,
    )


def find_precision(
    folder: Path, prompts: EmbeddingPrompts, batches: Iterable[Sequence[str]]
) -> Precision:
    """The precision in which the embedder in `folder` would encode these lists, one by one, here.

    Raises:
        ModelError: it does not load; it is not loaded where there is but one precision.
    """
    first = next((each for each in batches if len(each) >= _BULK_MIN_TEXTS), None)
    if first is None or not supports_bfloat16():
        return "float32"
    return Embedder.open(folder, prompts).precision_for(first)


@lru_cache(maxsize=1)
def _default_threads() -> int:
    """The number of threads that torch chose at start."""
    import torch

    return int(torch.get_num_threads())


def supports_bfloat16() -> bool:
    """Whether torch has bfloat16 kernels here; without them it takes eight times as long."""
    import torch

    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def with_fp16_linears(model: Any) -> Any:
    """`model` with a second copy of its matrices in float16, half the bytes, for short input.

    The kernels are those of FBGEMM (Khudia et al., 2021); products and sums are in float32. If
    torch has none for this processor, the model is unchanged.
    """
    import torch

    prepack = torch.ops.quantized.linear_prepack_fp16
    linear_fp16 = torch.ops.quantized.linear_dynamic_fp16

    class FP16Linear(torch.nn.Module):
        def __init__(self, linear: torch.nn.Linear) -> None:
            super().__init__()
            self.linear = linear
            self.packed = prepack(linear.weight.detach(), linear.bias.detach())

        def forward(self, rows: torch.Tensor) -> Any:
            is_short = rows.dtype == torch.float32 and rows.shape[:-1].numel() <= _FP16_MAX_ROWS
            return linear_fp16(rows, self.packed) if is_short else self.linear(rows)

    try:
        for parent in list(model.modules()):
            for name, child in parent.named_children():
                if type(child) is torch.nn.Linear and child.bias is not None:
                    setattr(parent, name, FP16Linear(child))
    except (AttributeError, NotImplementedError, RuntimeError):
        log.info("no kernels for float16 weights here: questions are embedded with float32 weights")
    return model


def _timed(encode: Callable[[list[str]], Vectors], texts: list[str]) -> tuple[Vectors, float]:
    """Its vectors, and the seconds it takes: the better of two runs."""
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        vectors = encode(texts)
        seconds.append(time.perf_counter() - start)
    return vectors, min(seconds)


def silence_libraries() -> None:
    """Keep progress bars and advice of the libraries out of our output."""
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    adopt_loggers()

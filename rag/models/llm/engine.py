"""llama.cpp: tokens in, logits of the next one out. The only importer of llama-cpp-python.

In:  a GGUF file; tokens, in the order in which they are evaluated.
Out: logits; KV-cache states of what was evaluated, which can be restored, also at a later position.
Left to others: what is evaluated and cached (`rag.models.llm.local`).

One thread at a time: the library crashes the process otherwise.
"""

from __future__ import annotations

import atexit
import ctypes
import hashlib
import logging
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelError
from rag.models.openmp import use_passive_waiting
from rag.native.build import cpu_features
from rag.runtime.cancellation import Cancelled

BATCH = 256  # tokens that are processed at a time
_ASIDE = 1  # the second sequence, for copying states; tokens are evaluated in sequence 0


def build_has_accelerator() -> bool:
    """Whether llama.cpp was built with an accelerator, and one is here. Loads the library."""
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError):
        return False
    return bool(llama_cpp.llama_supports_gpu_offload())


class Engine:
    """A loaded model and one context of it, in which tokens are evaluated one after another.

    `should_abort` is called hundreds of times for each token. `conditions` is everything besides
    the model's file that decides the logits. `supports_state_shift`: states can be moved to another
    position, which is impossible where a layer has sliding-window attention.
    """

    def __init__(self, raw: Any, conditions: Sequence[str]) -> None:
        import llama_cpp

        self.raw = raw  # llama_cpp.Llama
        self.conditions = conditions
        self.should_abort: Callable[[], bool] = lambda: False
        self._library = llama_cpp
        self._context = raw._ctx.ctx
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._vocabulary = llama_cpp.llama_model_get_vocab(raw._model.model)
        bos = llama_cpp.llama_vocab_get_add_bos(self._vocabulary)
        self.bos: list[int] = [raw.token_bos()] if bos else []
        self.supports_state_shift = bool(llama_cpp.llama_memory_can_shift(self._memory)) and not (
            llama_cpp.llama_model_n_swa(raw._model.model)
        )
        # must live as long as the model
        self._watch = llama_cpp.ggml_abort_callback(lambda _: self.should_abort())
        llama_cpp.llama_set_abort_callback(self._context, self._watch, None)

    @classmethod
    def open(
        cls,
        path: Path,
        context: int,
        threads: int = 0,
        extra_buffers: bool = True,
        gpu_layers: int = 0,
    ) -> Engine:
        """Load `path` with a context of `context` tokens, on `threads` cores (0: all).

        `gpu_layers` layers (-1: all) run on an accelerator, where the build has one.

        Raises:
            ModelError: the file is no model, or does not fit in memory.
        """
        use_passive_waiting()
        import llama_cpp

        logging.getLogger("llama-cpp-python").setLevel(logging.CRITICAL)  # we report it ourselves
        cores = threads or os.cpu_count() or 1
        extra_buffers = extra_buffers and repacking_pays(cpu_features())
        options: dict[str, Any] = {
            "n_ctx": context,
            "n_batch": BATCH,
            "n_ubatch": BATCH,
            "n_threads": cores,
            "n_threads_batch": cores,
            "flash_attn": True,
        }
        if gpu_layers and llama_cpp.llama_supports_gpu_offload():
            options["n_gpu_layers"] = gpu_layers
        try:
            with patched_default_params(llama_cpp, extra_buffers):
                raw = llama_cpp.Llama(str(path), **options, verbose=False)
        except (ValueError, RuntimeError, AssertionError, OSError) as error:
            raise ModelError(
                f"the model {path} does not load ({_short(error)}): remove it and type "
                "`rag models pull`, or pick another with RAG_MODEL"
            ) from error
        atexit.register(raw.close)  # at the very end the library's own clean-up fails, loudly
        return cls(raw, [str(options), str(extra_buffers), "2 sequences", *_build()])

    @property
    def size(self) -> int:
        """The context size in tokens."""
        return int(self.raw.n_ctx())

    @property
    def position(self) -> int:
        """The number of tokens in the context now."""
        return int(self.raw.n_tokens)

    def tokens(self, text: str, special: bool) -> list[int]:
        """The tokens of `text`; control tokens only where `special`."""
        tokens: list[int] = self.raw.tokenize(
            text.encode("utf-8", "replace"), add_bos=False, special=special
        )
        return tokens

    def text(self, token: int) -> bytes:
        """The UTF-8 bytes of `token`, possibly a part of a character."""
        text: bytes = self.raw.detokenize([token])
        return text

    def ends(self, token: int) -> bool:
        """Whether `token` is an end-of-generation token."""
        return bool(self._library.llama_vocab_is_eog(self._vocabulary, token))

    def logits(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        """The logits of the next token, shape [vocabulary]; valid until the next evaluation."""
        pointer = self._library.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(pointer, shape=(self.raw.n_vocab(),))

    def eval(self, tokens: Sequence[int]) -> None:
        """Evaluate `tokens` after those in the context.

        Raises:
            Cancelled: `should_abort` returned true.
            ModelError: the library failed.
        """
        for start in range(0, len(tokens), BATCH):
            if self.should_abort():
                raise Cancelled
            try:
                self.raw.eval(tokens[start : start + BATCH])
            except RuntimeError as error:
                if self.should_abort():
                    raise Cancelled from None
                raise ModelError(
                    f"the model stopped ({_short(error)}): ask again, or type `rag doctor`"
                ) from error

    def clear(self) -> None:
        """Empty the context."""
        self.raw._ctx.kv_cache_clear()
        self.raw.n_tokens = 0

    def state(self) -> bytearray:
        """The state of the whole context; empty where the library gives none."""
        return self._state(0)

    def restore(self, state: bytearray, tokens: int) -> bool:
        """Replace the context with `state`, which covers `tokens` tokens; false if rejected."""
        self.clear()
        if not self._library.llama_state_seq_set_data(self._context, _bytes(state), len(state), 0):
            self.clear()
            return False
        self.raw.n_tokens = tokens
        return True

    def state_from(self, start: int) -> bytearray:
        """The state of the tokens from position `start` on.

        Raises:
            ModelError: the library gives none.
        """
        self._library.llama_memory_seq_cp(self._memory, 0, _ASIDE, start, self.position)
        state = self._state(_ASIDE)
        self._library.llama_memory_seq_rm(self._memory, _ASIDE, -1, -1)
        if not state:
            raise ModelError("the model does not give its state: type `rag doctor`")
        return state

    def append_state(self, state: bytearray, start: int, tokens: int) -> None:
        """Append the result of `state_from(start)`, of `tokens` tokens, to the context.

        Raises:
            ModelError: the library rejects it.
        """
        library, memory = self._library, self._memory
        if not library.llama_state_seq_set_data(self._context, _bytes(state), len(state), _ASIDE):
            raise ModelError("the model does not take its state back: type `rag doctor`")
        if further := self.position - start:
            library.llama_memory_seq_add(memory, _ASIDE, -1, -1, further)
        library.llama_memory_seq_cp(memory, _ASIDE, 0, -1, -1)
        library.llama_memory_seq_rm(memory, _ASIDE, -1, -1)
        self.raw.n_tokens += tokens

    def _state(self, sequence: int) -> bytearray:
        size = int(self._library.llama_state_seq_get_size(self._context, sequence))
        data = bytearray(size)
        copied = self._library.llama_state_seq_get_data(
            self._context, _bytes(data), len(data), sequence
        )
        return data if copied else bytearray()

    def close(self) -> None:
        """Free the memory."""
        atexit.unregister(self.raw.close)
        self.raw.close()


def _build() -> Iterator[str]:
    """Lines that identify the build of llama.cpp and the processor."""
    import llama_cpp

    yield system_info()
    yield from sorted(cpu_features())
    for library in sorted((Path(llama_cpp.__file__).parent / "lib").glob("*")):
        if library.suffix in (".so", ".dylib", ".dll"):
            yield f"{library.name} {hashlib.sha256(library.read_bytes()).hexdigest()}"


def _bytes(data: bytearray) -> Any:
    """`data` as a C array, without a copy."""
    return (ctypes.c_uint8 * len(data)).from_buffer(data)


def repacking_pays(features: Collection[str]) -> bool:
    """Whether weights repacked for matrix kernels are quicker on a processor with `features`.

    With AVX2 and nothing wider they are not (docs/performance.md, "The file and the kernels").
    """
    wider = ("avx512", "amx", "avx_vnni")
    return "avx2" not in features or any(each.startswith(wider) for each in features)


def system_info() -> str:
    """The instruction sets llama.cpp was built with and finds here, in its own words."""
    import llama_cpp

    return str(llama_cpp.llama_print_system_info().decode())


def _short(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:120]


@contextmanager
def patched_default_params(library: Any, extra_buffers: bool) -> Iterator[None]:
    """Set options that `Llama` has no argument for, in the functions that return the defaults."""
    options: dict[str, dict[str, Any]] = {
        "llama_model_default_params": {"use_extra_bufts": extra_buffers},
        "llama_context_default_params": {"n_seq_max": _ASIDE + 1, "kv_unified": True},
    }
    original = {name: getattr(library.llama_cpp, name) for name in options}

    def patched(name: str) -> Callable[[], Any]:
        def params() -> Any:
            values = original[name]()
            for field, value in options[name].items():
                setattr(values, field, value)
            return values

        return params

    try:
        for module, name in product((library, library.llama_cpp), options):
            setattr(module, name, patched(name))
        yield
    finally:
        for module, name in product((library, library.llama_cpp), options):
            setattr(module, name, original[name])

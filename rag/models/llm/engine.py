"""llama.cpp as it is used here: tokens in, odds of the next one out.

The only importer of llama-cpp-python.

In:  a GGUF file; tokens, in the order in which they are read.
Out: logits; states of what was read, which can be put back, also further on.
Left to others: what is read and kept (`rag.models.llm.local`).

One thread at a time: the library ends the process otherwise.
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
_ASIDE = 1  # the sequence beside the one that is read (0) in which a state is put down


class Engine:
    """A loaded model and one context of it, which reads tokens one behind the other.

    `stops` is asked hundreds of times a token whether to go on. `conditions` is all that decides
    the numbers beside the model's file. `joins`: whether states can be moved on; they cannot where
    a layer looks at a window alone.
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
    def open(cls, path: Path, context: int, threads: int = 0, extra_buffers: bool = True) -> Engine:
        """Load `path` to read up to `context` tokens, on `threads` cores (0: all).

        Raises:
            ModelError: the file is no model, or does not fit in memory.
        """
        use_passive_waiting()
        import llama_cpp

        logging.getLogger("llama-cpp-python").setLevel(logging.CRITICAL)  # we say it ourselves
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
        """Tokens it can hold."""
        return int(self.raw.n_ctx())

    @property
    def position(self) -> int:
        """Tokens it holds now."""
        return int(self.raw.n_tokens)

    def tokens(self, text: str, special: bool) -> list[int]:
        """The tokens of `text`; control tokens only where `special`."""
        told: list[int] = self.raw.tokenize(
            text.encode("utf-8", "replace"), add_bos=False, special=special
        )
        return told

    def text(self, token: int) -> bytes:
        """What `token` writes, possibly a part of a character."""
        told: bytes = self.raw.detokenize([token])
        return told

    def ends(self, token: int) -> bool:
        """Whether `token` ends what a model says."""
        return bool(self._library.llama_vocab_is_eog(self._vocabulary, token))

    def logits(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Of the token that comes next, [vocabulary]; good until more is read."""
        pointer = self._library.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(pointer, shape=(self.raw.n_vocab(),))

    def eval(self, tokens: Sequence[int]) -> None:
        """Read `tokens` behind what was read.

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
        """Forget all that was read."""
        self.raw._ctx.kv_cache_clear()
        self.raw.n_tokens = 0

    def state(self) -> bytearray:
        """Of all that was read; empty where the library gives none."""
        return self._state(0)

    def restore(self, state: bytearray, tokens: int) -> bool:
        """Have read the `tokens` that `state` is of, and nothing else; False: it is not taken."""
        self.clear()
        if not self._library.llama_state_seq_set_data(self._context, _bytes(state), len(state), 0):
            self.clear()
            return False
        self.raw.n_tokens = tokens
        return True

    def state_from(self, start: int) -> bytearray:
        """Of what was read from position `start` on.

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
        """Have what `state_from(start)` gave, of so many `tokens`, follow what was read.

        Raises:
            ModelError: the library does not take it.
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
        got = self._library.llama_state_seq_get_data(
            self._context, _bytes(data), len(data), sequence
        )
        return data if got else bytearray()

    def close(self) -> None:
        """Give back the memory."""
        atexit.unregister(self.raw.close)
        self.raw.close()


def _build() -> Iterator[str]:
    """What identifies the build of llama.cpp and the processor it runs on."""
    import llama_cpp

    yield system_info()
    yield from sorted(cpu_features())
    for library in sorted((Path(llama_cpp.__file__).parent / "lib").glob("*")):
        if library.suffix in (".so", ".dylib", ".dll"):
            yield f"{library.name} {hashlib.sha256(library.read_bytes()).hexdigest()}"


def _bytes(data: bytearray) -> Any:
    """`data` as the C library takes it, without a copy."""
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
    """What `Llama` has no argument for is set where the defaults are made."""
    wanted: dict[str, dict[str, Any]] = {
        "llama_model_default_params": {"use_extra_bufts": extra_buffers},
        "llama_context_default_params": {"n_seq_max": _ASIDE + 1, "kv_unified": True},
    }
    made = {name: getattr(library.llama_cpp, name) for name in wanted}

    def changed(name: str) -> Callable[[], Any]:
        def params() -> Any:
            told = made[name]()
            for field, value in wanted[name].items():
                setattr(told, field, value)
            return told

        return params

    try:
        for module, name in product((library, library.llama_cpp), wanted):
            setattr(module, name, changed(name))
        yield
    finally:
        for module, name in product((library, library.llama_cpp), wanted):
            setattr(module, name, made[name])

"""The local model. The only importer of llama-cpp-python.

In:  a verified GGUF file; prompts of `rag.prompt`.
Out: text, piece by piece, or how a next word leans; always the same for the same prompt.
Left to others: what is asked (`rag.prompt`), what the text is worth (`rag.grounding`).

Same prompt, same text: decoding is greedy, and the constant part of a prompt is processed
once, alone, and then always restored from that state. (Reusing whatever prefix happens to be
in memory would cut the batches elsewhere, change the last bits of a logit, and so sometimes
a word. A state kept on disk, `rag.states`, is the same bytes and under the same conditions.)
One thread at a time: the library ends the process otherwise. It can end it in other
ways too, so nobody but the child of `rag.model_process` opens a model.
"""

from __future__ import annotations

import atexit
import codecs
import ctypes
import hashlib
import logging
import os
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelError, QuestionError
from rag.native.build import cpu_features
from rag.prompt import Piece, Prompt
from rag.states import States
from rag.threads import sleep_while_waiting

_BATCH = 256  # tokens of a prompt that are processed at a time


class LocalModel:
    """A loaded model; `write` may be called from any thread, one answer at a time."""

    def __init__(self, llama: Any, frame: str, kept: States | None = None) -> None:
        self._llama = llama
        self._lock = threading.Lock()
        self._states: dict[tuple[int, ...], bytearray] = {}
        self._kept = kept
        self._stops: Callable[[], bool] | None = None
        self._watch = _watched(llama, lambda: bool(self._stops and self._stops()))
        self.frame = frame

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        frame: str,
        context: int,
        threads: int = 0,
        extra_buffers: bool = True,
        states: str = "",
    ) -> LocalModel:
        """Load `path` for prompts of up to `context` tokens, on `threads` cores (0: all).

        `extra_buffers=False` turns the processor's matrix kernels (AMX, repacked weights) off:
        safe where they are broken. With AVX2 alone they are off anyhow. `states` is the folder in
        which constant parts of prompts are kept (`rag.catalogue.states`; empty: in memory alone).

        Raises:
            ModelError: the file is no model, or does not fit in memory.
        """
        sleep_while_waiting()
        import llama_cpp

        logging.getLogger("llama-cpp-python").setLevel(logging.CRITICAL)  # we say it ourselves
        cores = threads or os.cpu_count() or 1
        extra_buffers = extra_buffers and repacking_pays(cpu_features())
        options: dict[str, Any] = {
            "n_ctx": context,
            "n_batch": _BATCH,
            "n_ubatch": _BATCH,
            "n_threads": cores,
            "n_threads_batch": cores,
            "flash_attn": True,
        }
        try:
            with _model_defaults(llama_cpp, extra_buffers):
                llama = llama_cpp.Llama(str(path), **options, verbose=False)
        except (ValueError, RuntimeError, AssertionError, OSError) as error:
            raise ModelError(
                f"the model {path} does not load ({_short(error)}): remove it and type "
                "`rag models pull`, or pick another with RAG_MODEL"
            ) from error
        atexit.register(llama.close)  # at the very end the library's own clean-up fails, loudly
        if not states:
            return cls(llama, frame)
        conditions = [str(options), str(extra_buffers), *_build()]
        return cls(llama, frame, States(Path(states), conditions))

    def warm(self, prompt: Prompt, cancelled: Callable[[], bool] | None = None) -> None:
        """Process the constant part of `prompt`, so that the first question does not wait."""
        with self._stopping(cancelled):
            self._restore(self._tokenised(prompt.constant))

    def write(
        self,
        prompt: Prompt,
        *,
        max_tokens: int,
        stop: str = "\n",
        cancelled: Callable[[], bool] | None = None,
        certainties: list[float] | None = None,
    ) -> Iterator[str]:
        """Yield the greedy continuation of `prompt`, until the model ends it or `stop` appears.

        To `certainties`, where it is given, the log-probability of each token is added.

        Raises:
            QuestionError: prompt and answer together do not fit in the model's context.
            ModelError: the model failed while running.
        """
        with self._stopping(cancelled):
            self._process(prompt, max_tokens)
            yield from self._decoded(max_tokens, stop, certainties)

    def leaning(
        self, prompt: Prompt, one: str, other: str, cancelled: Callable[[], bool] | None = None
    ) -> float:
        """The log-odds of `one` over `other` as the next word after `prompt`; 0 if cancelled.

        Each word counts in its spellings: as given, in lower case, after a space.

        Raises:
            QuestionError: the prompt does not fit in the model's context.
            ModelError: the model failed while running.
        """
        with self._stopping(cancelled):
            self._process(prompt, 1)
            logits = self._logits().astype(np.float64)
            return float(
                np.logaddexp.reduce(logits[self._first_tokens(one)])
                - np.logaddexp.reduce(logits[self._first_tokens(other)])
            )
        return 0.0

    @contextmanager
    def _stopping(self, cancelled: Callable[[], bool] | None) -> Iterator[None]:
        """One caller at a time; what is under way ends early once `cancelled` says so."""
        with self._lock:
            self._stops = cancelled
            try:
                with suppress(_Stopped):
                    yield
            finally:
                self._stops = None

    def _first_tokens(self, word: str) -> list[int]:
        spellings = (word, word.lower(), f" {word}")
        return sorted({self._tokenised((Piece(each),))[0] for each in spellings})

    def _process(self, prompt: Prompt, room: int) -> None:
        """Bring the model to the end of `prompt`, with `room` tokens to spare."""
        constant = self._tokenised(prompt.constant)
        rest = self._tokenised(prompt.rest)
        needed = len(constant) + len(rest) + room
        if needed > self._llama.n_ctx():
            raise QuestionError(
                f"question and passages need {needed} tokens, the model holds "
                f"{self._llama.n_ctx()}: shorten the question, or raise RAG_CONTEXT"
            )
        self._restore(constant)
        for start in range(0, len(rest), _BATCH):
            self._eval(rest[start : start + _BATCH])

    def _decoded(
        self,
        max_tokens: int,
        stop: str,
        certainties: list[float] | None,
    ) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        begun = False
        for _ in range(max_tokens):
            if self._stops and self._stops():
                return
            logits = self._logits()
            token = int(logits.argmax())
            if certainties is not None:
                certainties.append(float(-np.log(np.exp(logits - logits[token]).sum())))
            if self._ends(token):
                return
            text = decoder.decode(self._llama.detokenize([token]))
            if not begun:
                text = text.lstrip()
                begun = bool(text)
            before, found, _ = text.partition(stop)
            if before:
                yield before
            if found:
                return
            self._eval([token])

    def _logits(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        pointer = self._llama._ctx.get_logits_ith(-1)
        return np.ctypeslib.as_array(pointer, shape=(self._llama.n_vocab(),))

    def _ends(self, token: int) -> bool:
        import llama_cpp

        vocabulary = llama_cpp.llama_model_get_vocab(self._llama._model.model)
        return bool(llama_cpp.llama_vocab_is_eog(vocabulary, token))

    def _eval(self, tokens: Sequence[int]) -> None:
        if self._stops and self._stops():
            raise _Stopped
        try:
            self._llama.eval(tokens)
        except RuntimeError as error:
            if self._stops and self._stops():
                raise _Stopped from None
            raise ModelError(
                f"the model stopped ({_short(error)}): ask again, or type `rag doctor`"
            ) from error

    def _tokenised(self, pieces: Sequence[Piece]) -> list[int]:
        tokens: list[int] = []
        for piece in pieces:
            tokens += self._llama.tokenize(
                piece.text.encode("utf-8", "replace"), add_bos=False, special=piece.frame
            )
        first = self._llama.token_bos()
        return [first, *tokens] if self._wants_bos() and pieces and pieces[0].frame else tokens

    def _wants_bos(self) -> bool:
        import llama_cpp

        vocabulary = llama_cpp.llama_model_get_vocab(self._llama._model.model)
        return bool(llama_cpp.llama_vocab_get_add_bos(vocabulary))

    def _restore(self, constant: Sequence[int]) -> None:
        """Bring the model to just after `constant`, by processing it or from the kept state."""
        import llama_cpp

        key = tuple(constant)
        context = self._llama._ctx.ctx
        self._clear()
        data = self._states.get(key) or (self._kept.read(key) if self._kept and key else None)
        if data is not None:
            if llama_cpp.llama_state_seq_set_data(context, _bytes(data), len(data), 0):
                self._states[key] = data
                self._llama.n_tokens = len(key)
                return
            self._clear()
        for start in range(0, len(key), _BATCH):
            self._eval(key[start : start + _BATCH])
        data = bytearray(int(llama_cpp.llama_state_seq_get_size(context, 0)))
        if llama_cpp.llama_state_seq_get_data(context, _bytes(data), len(data), 0):
            self._states[key] = data
            if self._kept and key:
                self._kept.keep(key, data)

    def _clear(self) -> None:
        self._llama._ctx.kv_cache_clear()
        self._llama.n_tokens = 0

    def close(self) -> None:
        """Give back the memory."""
        with self._lock:
            atexit.unregister(self._llama.close)
            self._llama.close()


class _Stopped(Exception):
    """The caller wants no more of this."""


def _watched(llama: Any, stops: Callable[[], bool]) -> Any:
    """Let llama.cpp ask `stops` between two steps of its graph, hundreds of times a token.

    What is given back must live as long as the model.
    """
    import llama_cpp

    callback = llama_cpp.ggml_abort_callback(lambda _: stops())
    llama_cpp.llama_set_abort_callback(llama._ctx.ctx, callback, None)
    return callback


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
def _model_defaults(library: Any, extra_buffers: bool) -> Iterator[None]:
    """`Llama` has no argument for `use_extra_bufts`: set it where the defaults are made."""
    if extra_buffers:
        yield
        return
    made = library.llama_cpp.llama_model_default_params

    def without() -> Any:
        params = made()
        params.use_extra_bufts = False
        return params

    library.llama_cpp.llama_model_default_params = without
    library.llama_model_default_params = without
    try:
        yield
    finally:
        library.llama_cpp.llama_model_default_params = made
        library.llama_model_default_params = made

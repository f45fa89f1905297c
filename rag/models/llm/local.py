"""The language model in this process: prompts in, tokens out.

In:  a verified GGUF file; prompts.
Out: a `rag.models.llm.base.LanguageModel`, deterministic: the same prompt, the same tokens.
Left to others: the wording of prompts (`rag.prompts.templates`), the library
(`rag.models.llm.engine`), what the text is worth (`rag.grounding.support`).

Decoding is greedy, and the prefix of a prompt is processed once, alone, and then always restored
from that state. (Reusing whatever prefix happens to be in memory would split the batches
differently, change the last bits of a logit, and so sometimes a word. A state on disk,
`rag.models.llm.prefix_cache`, has the same bytes and is used under the same conditions.)
An isolated segment (a passage) attends to the prefix and to itself alone. Its state is cached in
memory and appended at its position, wherever that is, by rotating its keys further (RoPE is
relative: Su et al., "RoFormer", 2021). The question attends to all of it, as in any prompt. The
parts of a prompt are put together in the same way whether they were cached or not.
One thread at a time: the library crashes the process otherwise. It can crash it in other ways too,
so only the worker process of `rag.models.llm.client` opens a model.
"""

from __future__ import annotations

import codecs
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import numpy as np

from rag.errors import QuestionError
from rag.models.llm.base import GeneratedToken, ModelOptions
from rag.models.llm.chat_template import Prompt, PromptSegment
from rag.models.llm.engine import Engine
from rag.models.llm.lru import ByteLRUCache
from rag.models.llm.prefix_cache import PrefixCache
from rag.runtime.cancellation import NEVER, CancelToken

_SEGMENT_CACHE_BYTES = 512 << 20  # states of isolated segments: some 150 passages
_Tokens = tuple[int, ...]


class LocalModel:
    """A loaded model; see `LanguageModel`."""

    def __init__(
        self, engine: Engine, chat_template: str, prefix_cache: PrefixCache | None = None
    ) -> None:
        self.engine = engine
        self._lock = threading.Lock()
        self._prefix_states: dict[_Tokens, bytearray] = {}
        self._segment_states = ByteLRUCache[tuple[_Tokens, _Tokens]](_SEGMENT_CACHE_BYTES)
        self._prefix_cache = prefix_cache
        self.chat_template = chat_template

    @classmethod
    def open(
        cls,
        path: Path,
        options: ModelOptions,
        *,
        extra_buffers: bool = True,
    ) -> LocalModel:
        """Load the model in `path`.

        `extra_buffers=False` turns the processor's matrix kernels (AMX, repacked weights) off:
        safe where they are broken. With AVX2 alone they are off anyhow.

        Raises:
            ModelError: the file is no model, or does not fit in memory.
        """
        engine = Engine.open(
            path, options.context, options.threads, extra_buffers, options.gpu_layers
        )
        folder = options.prefix_cache
        cache = PrefixCache(Path(folder), engine.conditions) if folder else None
        return cls(engine, options.chat_template, cache)

    def prefill(self, prompt: Prompt, cancel: CancelToken = NEVER) -> bool:
        """As `LanguageModel.prefill`."""
        with self._turn(cancel):
            prefix = self._tokenize(prompt.prefix)
            self._restore(prefix)
            for isolated, tokens in self._runs(prompt):
                if isolated:
                    self._segment_state(prefix, tokens)
            return not self._segment_states.full

    def generate(
        self, prompt: Prompt, *, max_tokens: int, stop: str = "\n", cancel: CancelToken = NEVER
    ) -> Generator[GeneratedToken]:
        """As `LanguageModel.generate`."""
        with self._turn(cancel):
            self._process(prompt, max_tokens)
            yield from self._decode(max_tokens, stop, cancel)

    def logit_difference(
        self, prompt: Prompt, positive: str, negative: str, cancel: CancelToken = NEVER
    ) -> float:
        """As `LanguageModel.logit_difference`."""
        with self._turn(cancel):
            self._process(prompt, 1)
            logits = self.engine.logits().astype(np.float64)
            return float(
                np.logaddexp.reduce(logits[self._first_tokens(positive)])
                - np.logaddexp.reduce(logits[self._first_tokens(negative)])
            )

    @contextmanager
    def _turn(self, cancel: CancelToken) -> Iterator[None]:
        """One caller at a time; the engine raises `Cancelled` once `cancel` is cancelled."""
        with self._lock:
            self.engine.should_abort = lambda: cancel.is_cancelled
            try:
                yield
            finally:
                self.engine.should_abort = _never

    def _first_tokens(self, word: str) -> list[int]:
        spellings = (word, word.lower(), f" {word}")
        return sorted({self._tokenize((PromptSegment(each),))[0] for each in spellings})

    def _process(self, prompt: Prompt, max_tokens: int) -> None:
        """Process `prompt`, leaving room for `max_tokens`."""
        prefix = self._tokenize(prompt.prefix)
        runs = self._runs(prompt)
        needed = len(prefix) + sum(len(tokens) for _, tokens in runs) + max_tokens
        if needed > self.engine.size:
            raise QuestionError(
                f"question and passages need {needed} tokens, the model holds "
                f"{self.engine.size}: shorten the question, or raise RAG_CONTEXT"
            )
        states = [
            self._segment_state(prefix, tokens) if isolated else None for isolated, tokens in runs
        ]
        self._restore(prefix)
        for (_, tokens), state in zip(runs, states, strict=True):
            if state is None:
                self.engine.eval(tokens)
            else:
                self.engine.append_state(state, len(prefix), len(tokens))

    def _runs(self, prompt: Prompt) -> list[tuple[bool, list[int]]]:
        """The tokens of the suffix: each isolated segment (True), and what lies between (False).

        One run of all where the library cannot shift states.
        """
        numbered = enumerate(prompt.suffix, start=1)
        runs = groupby(
            numbered,
            key=lambda each: each[1].isolated and self.engine.supports_state_shift and each[0],
        )
        return [
            (bool(isolated), self._tokenize([segment for _, segment in numbered_run]))
            for isolated, numbered_run in runs
        ]

    def _segment_state(self, prefix: Sequence[int], tokens: Sequence[int]) -> bytearray:
        """The state of `tokens` behind `prefix`, without that of `prefix`."""
        key = tuple(prefix), tuple(tokens)
        state = self._segment_states.get(key)
        if state is None:
            self._restore(prefix)
            self.engine.eval(tokens)
            state = self.engine.state_from(len(prefix))
            self._segment_states.put(key, state)
        return state

    def _decode(self, max_tokens: int, stop: str, cancel: CancelToken) -> Iterator[GeneratedToken]:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        has_text = False
        for _ in range(max_tokens):
            cancel.raise_if_cancelled()
            logits = self.engine.logits()
            token = int(logits.argmax())
            logprob = float(-np.log(np.exp(logits - logits[token]).sum()))
            if self.engine.ends(token):
                yield GeneratedToken("", logprob)
                return
            text = decoder.decode(self.engine.text(token))
            if not has_text:
                text = text.lstrip()
                has_text = bool(text)
            before, stopped, _ = text.partition(stop)
            yield GeneratedToken(before, logprob)
            if stopped:
                return
            self.engine.eval([token])

    def _tokenize(self, segments: Sequence[PromptSegment]) -> list[int]:
        tokens = [
            token for each in segments for token in self.engine.tokens(each.text, each.special)
        ]
        return [*self.engine.bos, *tokens] if segments and segments[0].special else tokens

    def _restore(self, prefix: Sequence[int]) -> None:
        """Bring the model to the end of `prefix`, by processing it or from a cached state."""
        key = tuple(prefix)
        state = self._prefix_states.get(key) or (
            self._prefix_cache.read(key) if self._prefix_cache and key else None
        )
        if state is None or not self.engine.restore(state, len(key)):
            self.engine.clear()
            self.engine.eval(key)
            state = self.engine.state()
            if state and self._prefix_cache and key:
                self._prefix_cache.put(key, state)
        if state:
            self._prefix_states[key] = state

    def close(self) -> None:
        """Free the memory."""
        with self._lock:
            self.engine.close()


def _never() -> bool:
    return False

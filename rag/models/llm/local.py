"""The local model: prompts in, text out.

In:  a verified GGUF file; prompts of `rag.prompts.templates`.
Out: text, piece by piece, or how a next word leans; always the same for the same prompt.
Left to others: what is asked (`rag.prompts.templates`), the library (`rag.models.llm.engine`), what the text is worth
(`rag.grounding.support`).

Same prompt, same text: decoding is greedy, and the constant part of a prompt is processed
once, alone, and then always restored from that state. (Reusing whatever prefix happens to be
in memory would cut the batches elsewhere, change the last bits of a logit, and so sometimes
a word. A state kept on disk, `rag.models.llm.prefix_cache`, is the same bytes and under the same conditions.)
A piece that is read `alone` (a passage) is processed behind the constant part and nothing else;
its state is kept in memory and put at its place, wherever that is, by turning its keys further
(RoPE is relative: Su et al., "RoFormer", 2021). The question reads all of it as it does any
prompt. The parts of a prompt are put together in the same way whether they were kept or not.
One thread at a time: the library ends the process otherwise. It can end it in other
ways too, so nobody but the child of `rag.models.llm.client` opens a model.
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

_KEPT = 512 << 20  # bytes of states of pieces that were read alone: some 150 passages
_Tokens = tuple[int, ...]


class LocalModel:
    """A loaded model; `write` may be called from any thread, one answer at a time."""

    def __init__(self, engine: Engine, frame: str, kept: PrefixCache | None = None) -> None:
        self.engine = engine
        self._lock = threading.Lock()
        self._states: dict[_Tokens, bytearray] = {}
        self._alone = ByteLRUCache[tuple[_Tokens, _Tokens]](_KEPT)
        self._kept = kept
        self.chat_template = frame

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
        engine = Engine.open(path, options.context, options.threads, extra_buffers)
        folder = options.prefix_cache
        cache = PrefixCache(Path(folder), engine.conditions) if folder else None
        return cls(engine, options.chat_template, cache)

    def prefill(self, prompt: Prompt, cancel: CancelToken = NEVER) -> bool:
        """As `LanguageModel.prefill`."""
        with self._turn(cancel):
            constant = self._tokenised(prompt.prefix)
            self._restore(constant)
            for alone, tokens in self._runs(prompt):
                if alone:
                    self._read_alone(constant, tokens)
            return not self._alone.full

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
        return sorted({self._tokenised((PromptSegment(each),))[0] for each in spellings})

    def _process(self, prompt: Prompt, room: int) -> None:
        """Bring the model to the end of `prompt`, with `room` tokens to spare."""
        constant = self._tokenised(prompt.prefix)
        runs = self._runs(prompt)
        needed = len(constant) + sum(len(tokens) for _, tokens in runs) + room
        if needed > self.engine.size:
            raise QuestionError(
                f"question and passages need {needed} tokens, the model holds "
                f"{self.engine.size}: shorten the question, or raise RAG_CONTEXT"
            )
        kept = [self._read_alone(constant, tokens) if alone else None for alone, tokens in runs]
        self._restore(constant)
        for (_, tokens), state in zip(runs, kept, strict=True):
            if state is None:
                self.engine.eval(tokens)
            else:
                self.engine.append_state(state, len(constant), len(tokens))

    def _runs(self, prompt: Prompt) -> list[tuple[bool, list[int]]]:
        """The tokens of this question's part: each piece that is read alone, and what lies between.

        All of them in one where the library cannot put states together.
        """
        numbered = enumerate(prompt.suffix, start=1)
        runs = groupby(
            numbered,
            key=lambda each: each[1].isolated and self.engine.supports_state_shift and each[0],
        )
        return [
            (bool(alone), self._tokenised([piece for _, piece in pieces])) for alone, pieces in runs
        ]

    def _read_alone(self, constant: Sequence[int], tokens: Sequence[int]) -> bytearray:
        """The state of `tokens` behind `constant`, without that of `constant`."""
        key = tuple(constant), tuple(tokens)
        known = self._alone.get(key)
        if known is None:
            self._restore(constant)
            self.engine.eval(tokens)
            known = self.engine.state_from(len(constant))
            self._alone.put(key, known)
        return known

    def _decode(self, max_tokens: int, stop: str, cancel: CancelToken) -> Iterator[GeneratedToken]:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        begun = False
        for _ in range(max_tokens):
            cancel.raise_if_cancelled()
            logits = self.engine.logits()
            token = int(logits.argmax())
            logprob = float(-np.log(np.exp(logits - logits[token]).sum()))
            if self.engine.ends(token):
                yield GeneratedToken("", logprob)
                return
            text = decoder.decode(self.engine.text(token))
            if not begun:
                text = text.lstrip()
                begun = bool(text)
            before, stopped, _ = text.partition(stop)
            yield GeneratedToken(before, logprob)
            if stopped:
                return
            self.engine.eval([token])

    def _tokenised(self, pieces: Sequence[PromptSegment]) -> list[int]:
        tokens = [token for each in pieces for token in self.engine.tokens(each.text, each.special)]
        return [*self.engine.bos, *tokens] if pieces and pieces[0].special else tokens

    def _restore(self, constant: Sequence[int]) -> None:
        """Bring the model to just after `constant`, by processing it or from the kept state."""
        key = tuple(constant)
        state = self._states.get(key) or (self._kept.read(key) if self._kept and key else None)
        if state is None or not self.engine.restore(state, len(key)):
            self.engine.clear()
            self.engine.eval(key)
            state = self.engine.state()
            if state and self._kept and key:
                self._kept.put(key, state)
        if state:
            self._states[key] = state

    def close(self) -> None:
        """Give back the memory."""
        with self._lock:
            self.engine.close()


def _never() -> bool:
    return False

"""The interface of a language model, which everything outside `rag.models.llm` is written against.

In:  a `Prompt` (`rag.models.llm.chat_template`).
Out: `GeneratedToken`s, or the log-odds of one next word over another.
Implemented by `client.ModelClient` (a model in a process of its own), `local.LocalModel` (the same
in this process), `server.model.ServerModel` (a model on a server) and `scripted.ScriptedModel` (a
fake for tests).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from rag.models.llm.chat_template import Prompt
from rag.runtime.cancellation import NEVER, CancelToken

__all__ = ["GeneratedToken", "LanguageModel", "ModelOptions"]


@dataclass(frozen=True, slots=True)
class GeneratedToken:
    """One token of an answer.

    `text` is empty for the end-of-turn token, for a part of a character that later tokens
    complete, and for what belongs to the stop string. `logprob` is the natural logarithm of the
    token's probability, 0 or less; None where a server does not give it.
    """

    text: str
    logprob: float | None


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """How a model is opened.

    `chat_template` is a key of `chat_template.CHAT_TEMPLATES`, `context` the most tokens that
    prompt and answer may take together, `threads` the number of cores to use (0: all of them).
    `prefix_cache` is the folder for the states of prompt prefixes; empty: in memory alone.
    `gpu_layers` is how many layers run on an accelerator (-1: all), where the build has one.
    """

    chat_template: str
    context: int
    threads: int = 0
    prefix_cache: str = ""
    gpu_layers: int = -1


class LanguageModel(Protocol):
    """A model in use. Every method may be called from any thread.

    A local model serves calls in turn, a server as it chooses.
    """

    @property
    def chat_template(self) -> str:
        """The name of its chat template, for `chat_template.get_chat_template`."""
        ...

    def prefill(self, prompt: Prompt, cancel: CancelToken = NEVER) -> bool:
        """Process the prefix and the isolated segments of `prompt`, for later prompts to reuse.

        False once the cache of isolated segments is full (one more would evict another), or where
        there is none.

        Raises:
            Cancelled: `cancel` was cancelled.
            ModelError: the model failed.
        """
        ...

    def generate(
        self, prompt: Prompt, *, max_tokens: int, stop: str = "\n", cancel: CancelToken = NEVER
    ) -> Generator[GeneratedToken]:
        """Yield the greedy continuation of `prompt`: every token up to the end of turn or `stop`.

        At most `max_tokens` tokens. A caller that has read enough closes the generator.

        Raises:
            Cancelled: `cancel` was cancelled.
            QuestionError: prompt and answer together do not fit in the model's context.
            ModelError: the model failed.
        """
        ...

    def logit_difference(
        self, prompt: Prompt, positive: str, negative: str, cancel: CancelToken = NEVER
    ) -> float | None:
        """The log-odds of `positive` over `negative` as the word that follows `prompt`.

        Each word counts in three spellings: as given, in lower case, and after a space. None
        where a server does not give the probabilities.

        Raises:
            Cancelled: `cancel` was cancelled.
            QuestionError: the prompt does not fit in the model's context.
            ModelError: the model failed.
        """
        ...

    def close(self) -> None:
        """Free the model's memory; calls that wait or run end in a `ModelError`."""
        ...

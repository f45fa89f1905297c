"""A scripted language model: the fake that tests use in place of a real one.

In:  a script, from a part of a prompt to the text that the model generates for it.
Out: a `LanguageModel` that generates it word by word, and records the prompts that it was given.

    model = ScriptedModel({"cost of the bridge": "The bridge cost 18 million crowns [1]."})
    assistant = Assistant.open(settings, load_model=lambda settings: model)
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping

from rag.models.llm.base import GeneratedToken
from rag.models.llm.chat_template import Prompt
from rag.runtime.cancellation import NEVER, CancelToken

__all__ = ["ScriptedModel"]


class ScriptedModel:
    """Generates the text of the first key of `script` that the suffix of the prompt contains.

    Where no key matches, nothing is generated. The log-probability of every token is 0.
    """

    chat_template = "chatml"

    def __init__(self, script: Mapping[str, str]) -> None:
        self.script = script
        self.prompts: list[str] = []  # the suffixes of the prompts for which text was generated
        self.prefilled: list[str] = []  # the isolated segments that were prefilled
        self.prefill_capacity = 9  # isolated segments; `prefill` returns False from there on
        self.log_odds = 5.0  # what `logit_difference` returns, for the word Yes over No
        self.unsupported = ""  # prompts that contain this, if set, get `-log_odds` instead

    def prefill(self, prompt: Prompt, cancel: CancelToken = NEVER) -> bool:
        """Record the isolated segments of `prompt`."""
        self.prefilled += [segment.text for segment in prompt.suffix if segment.isolated]
        cancel.raise_if_cancelled()
        return len(self.prefilled) < self.prefill_capacity

    def generate(
        self, prompt: Prompt, *, max_tokens: int, stop: str = "\n", cancel: CancelToken = NEVER
    ) -> Generator[GeneratedToken]:
        """Yield the scripted text, a word at a time; `max_tokens` and `stop` do not apply."""
        suffix = _text(prompt)
        self.prompts.append(suffix)
        text = next((text for key, text in self.script.items() if key in suffix), "")
        for word in re.findall(r"\S+\s*", text):
            cancel.raise_if_cancelled()
            yield GeneratedToken(word, 0.0)

    def logit_difference(
        self, prompt: Prompt, positive: str, negative: str, cancel: CancelToken = NEVER
    ) -> float:
        """`log_odds`, negated for a prompt that contains `unsupported`."""
        cancel.raise_if_cancelled()
        unsupported = self.unsupported and self.unsupported in _text(prompt)
        return -self.log_odds if unsupported else self.log_odds

    def close(self) -> None:
        """Nothing to free."""


def _text(prompt: Prompt) -> str:
    return "".join(segment.text for segment in prompt.suffix)

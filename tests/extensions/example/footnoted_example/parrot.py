"""A language model that repeats the first sentence that it is given, with its mark."""

from collections.abc import Generator

from rag.models.llm.base import GeneratedToken
from rag.models.llm.chat_template import Prompt
from rag.models.protocols import ModelSetup
from rag.runtime.cancellation import NEVER, CancelToken


class Parrot:
    chat_template = "chatml"

    def prefill(self, prompt: Prompt, cancel: CancelToken = NEVER) -> bool:
        return False

    def generate(
        self, prompt: Prompt, *, max_tokens: int, stop: str = "\n", cancel: CancelToken = NEVER
    ) -> Generator[GeneratedToken]:
        passages = [each.text for each in prompt.suffix if each.isolated]
        first = passages[0].partition(".")[0] if passages else ""
        for word in f"{first} [1].".split()[:max_tokens]:
            cancel.raise_if_cancelled()
            yield GeneratedToken(f"{word} ", -0.1)

    def logit_difference(
        self, prompt: Prompt, positive: str, negative: str, cancel: CancelToken = NEVER
    ) -> float:
        return 5.0

    def close(self) -> None:
        """It holds nothing."""


def open_model(setup: ModelSetup) -> Parrot:
    return Parrot()

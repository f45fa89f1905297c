"""Passages that the model reads before anybody asks.

In:  a model, passages in the order in which they are likely to be asked about; who is busy.
Out: a step for each passage; what it cost is kept by the model (`rag.models.llm.local`).
Left to others: when there is time for it (`rag.web.services.app_state`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rag.models.llm.base import LanguageModel
from rag.prompts.templates import answer_prompt
from rag.runtime.cancellation import Cancelled, CancelToken
from rag.types import Passage


def prefill_passages(
    model: LanguageModel, passages: Iterable[Passage], busy: Callable[[], bool]
) -> Iterator[None]:
    """Have `model` read `passages`, one a step, so long as it keeps them all.

    What `busy` ends early is begun anew at the next step.

    Raises:
        ModelError: the model failed.
    """
    for passage in passages:
        prompt = answer_prompt(model.chat_template, "", [passage.text])
        while True:
            try:
                if not model.prefill(prompt, CancelToken(busy)):
                    return
            except Cancelled:
                yield
            else:
                break
        yield

"""Prefill: the model processes passages while it is idle, before anybody asks about them.

In:  a model; passages in the order in which questions about them are likely; whether it is needed.
Out: a step for each passage; the model caches what it computed.
Left to others: when there is time for a step (`rag.web.services.app_state`).
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
    """Have `model` process `passages`, one per step, until its cache is full.

    A passage that is interrupted because `busy` returned true is processed at the next step.

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

"""Passages that the model reads before anybody asks.

In:  a model, passages in the order in which they are likely to be asked about; who is busy.
Out: a step for each passage; what it cost is kept by the model (`rag.models.llm.local`).
Left to others: when there is time for it (`rag.web.services.app_state`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rag.models.llm.client import ModelClient
from rag.prompts.templates import answer_prompt
from rag.types import Passage


def prefill_passages(
    model: ModelClient, passages: Iterable[Passage], busy: Callable[[], bool]
) -> Iterator[None]:
    """Have `model` read `passages`, one a step, so long as it keeps them all.

    What `busy` ends early is begun anew at the next step.

    Raises:
        ModelError: the model failed.
    """
    cut = False

    def cutting() -> bool:
        nonlocal cut
        cut = cut or busy()
        return cut

    for passage in passages:
        asked = answer_prompt(model.frame, "", [passage.text])
        while not model.prefill(asked, cutting):
            if not cut:
                return
            cut = False
            yield
        yield

"""Passages that the model reads before anybody asks.

In:  a model, passages in the order in which they are likely to be asked about; who is busy.
Out: a step for each passage; what it cost is kept by the model (`rag.llm`).
Left to others: when there is time for it (`rag.web.desk`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rag.model_process import ModelProcess
from rag.prompt import answer_prompt
from rag.types import Passage


def read_ahead(
    model: ModelProcess, passages: Iterable[Passage], busy: Callable[[], bool]
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
        while not model.warm(asked, cutting):
            if not cut:
                return
            cut = False
            yield
        yield

"""One draft: what the model writes for one thing asked, word by word.

In:  the model's process, the question, the passages it reads in its order.
Out: `Token`s as they come, then `Written`: the draft, how sure the model was, when it began.
Left to others: what the draft is worth (`rag.deciding`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from rag.model_process import ModelProcess
from rag.passages import sentence_spans
from rag.prompt import answer_prompt
from rag.types import Hit, Token

_SENTENCES = 3  # of a draft; a small model that goes on repeats itself


@dataclass(frozen=True, slots=True)
class Written:
    """A draft, whole. `began` is by `time.perf_counter`, None where nothing came."""

    draft: str
    least: float  # log-probability of its least likely token, 0 or less
    began: float | None


def written(
    model: ModelProcess,
    query: str,
    passages: Sequence[Hit],
    max_tokens: int,
    cancelled: Callable[[], bool] | None,
) -> Generator[Token, None, Written]:
    """Yield the words of a draft for `query`; the `Written` is the generator's value.

    Raises:
        QuestionError: question and passages do not fit in the model's context.
        ModelError: the model failed.
    """
    draft, began = "", None
    certainties: list[float] = []
    asked = answer_prompt(model.frame, query, [hit.passage.text for hit in passages])
    pieces: Any = model.write(
        asked, max_tokens=max_tokens, cancelled=cancelled, certainties=certainties
    )
    with closing(pieces):
        for text in pieces:
            began = began or time.perf_counter()
            draft += text
            yield Token(text)
            if len(sentence_spans(draft)) > _SENTENCES:  # the next one has begun
                draft = draft[: sentence_spans(draft)[_SENTENCES][0]]
                break
    return Written(draft, min(certainties, default=0.0), began)

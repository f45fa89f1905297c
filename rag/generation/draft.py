"""One draft: what the model writes for one thing asked, word by word.

In:  the model's process, the question, the passages it reads in its order.
Out: `DraftToken`s as they come, then `Draft`: the draft, how sure the model was, when it began.
Left to others: what the draft is worth (`rag.grounding.review`).
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

from rag.models.llm.base import LanguageModel
from rag.prompts.templates import answer_prompt
from rag.runtime.cancellation import NEVER, CancelToken
from rag.text.sentences import sentence_spans
from rag.types import DraftToken, Hit

_SENTENCES = 3  # of a draft; a small model that goes on repeats itself


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole draft and the passages of its prompt, in prompt order.

    `first_token_at` is by `time.perf_counter`, None where no token came.
    """

    text: str
    passages: tuple[Hit, ...]
    min_token_logprob: float  # log-probability of its least likely token, 0 or less
    first_token_at: float | None


def generate_draft(
    model: LanguageModel,
    query: str,
    passages: Sequence[Hit],
    max_tokens: int,
    cancel: CancelToken = NEVER,
) -> Generator[DraftToken, None, Draft]:
    """Yield the words of a draft for `query`; the `Draft` is the generator's value.

    Raises:
        QuestionError: question and passages do not fit in the model's context.
        ModelError: the model failed.
        Cancelled: `cancel` was cancelled.
    """
    draft, began = "", None
    logprobs: list[float] = []
    asked = answer_prompt(model.chat_template, query, [hit.passage.text for hit in passages])
    with closing(model.generate(asked, max_tokens=max_tokens, cancel=cancel)) as tokens:
        for token in tokens:
            logprobs.append(token.logprob)
            if not token.text:
                continue
            began = began or time.perf_counter()
            draft += token.text
            yield DraftToken(token.text)
            if len(sentence_spans(draft)) > _SENTENCES:  # the next one has begun
                draft = draft[: sentence_spans(draft)[_SENTENCES][0]]
                break
    return Draft(draft, tuple(passages), min(logprobs, default=0.0), began)

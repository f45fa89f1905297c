"""The draft of an answer to one sub-question, generated token by token.

In:  the model, the sub-question, the passages of the prompt in prompt order.
Out: `DraftToken`s as they are generated; at the end the `Draft`.
Left to others: whether the draft is supported and shown (`rag.grounding.review`).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

from rag.models.llm.base import LanguageModel
from rag.prompts.templates import answer_prompt
from rag.runtime.cancellation import NEVER, CancelToken
from rag.runtime.observability.stages import stage
from rag.text.sentences import sentence_spans
from rag.types import DraftToken, Hit

_MAX_SENTENCES = 3  # a small model that continues repeats itself


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole draft and the passages of its prompt, in prompt order.

    `first_token_at` is by `time.perf_counter`, None where no token came.
    """

    text: str
    passages: tuple[Hit, ...]
    min_token_logprob: float | None  # of its least likely token, 0 or less; None: not known
    first_token_at: float | None
    tokens: int = 0


def generate_draft(
    model: LanguageModel,
    query: str,
    passages: Sequence[Hit],
    max_tokens: int,
    cancel: CancelToken = NEVER,
) -> Generator[DraftToken, None, Draft]:
    """Yield the tokens of a draft for `query`, at most `max_tokens`; returns the `Draft`.

    It ends after three sentences.

    Raises:
        QuestionError: question and passages do not fit in the model's context.
        ModelError: the model failed.
        Cancelled: `cancel` was cancelled.
    """
    text, first_token_at = "", None
    logprobs: list[float | None] = []
    prompt = answer_prompt(model.chat_template, query, [hit.passage.text for hit in passages])
    with ExitStack() as opened:
        tokens = opened.enter_context(
            closing(model.generate(prompt, max_tokens=max_tokens, cancel=cancel))
        )
        until_first = opened.enter_context(ExitStack())
        waiting = until_first.enter_context(stage("first_token"))
        for token in tokens:
            logprobs.append(token.logprob)
            if not token.text:
                continue
            if first_token_at is None:
                until_first.close()
                first_token_at = waiting.ended
            text += token.text
            yield DraftToken(token.text)
            if len(sentence_spans(text)) > _MAX_SENTENCES:  # the next one has begun
                text = text[: sentence_spans(text)[_MAX_SENTENCES][0]]
                break
    return Draft(text, tuple(passages), _least(logprobs), first_token_at, len(logprobs))


def _least(logprobs: Sequence[float | None]) -> float | None:
    """The least of `logprobs`, 0 where there are none; None where one of them is not known."""
    known = [each for each in logprobs if each is not None]
    return min(known, default=0.0) if len(known) == len(logprobs) else None

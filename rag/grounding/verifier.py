"""Self-verification, and the features from which confidence is computed.

    verify_support(model, ...)   ->  log-odds: does the model say that the quotes state the answer?
    confidence_features(...)     ->  by name, what a calibration needs
    VerificationPolicy           ->  when answers are verified at all

In:  an answer and its quotes; the language model. The features of an answer:

    verifier_logit     log-odds of "Yes" over "No" from `verify_support`
    min_token_logprob  log-probability of the draft's least likely token, 0 or less
    cosine             of the question and the best passage, -1 to 1
    answer_type        1.0 where the answer has what the question asks for (a time, an amount),
                       or asks for nothing of the kind; else 0.0

Left to others: the probability that follows from them (`rag.grounding.calibration`).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from rag.models.llm.base import LanguageModel
from rag.prompts.templates import verification_prompt
from rag.runtime.cancellation import NEVER, CancelToken
from rag.text.answer_types import matches_answer_type

FEATURES = ("verifier_logit", "min_token_logprob", "cosine", "answer_type")


class VerificationPolicy(Enum):
    """When an answer is verified; each verification costs a prompt."""

    IF_CALIBRATED = "if_calibrated"  # where the result decides whether the answer is shown
    ALWAYS = "always"  # also without a calibration, to record the features for fitting one


def verify_support(
    model: LanguageModel,
    question: str,
    quotes: Sequence[str],
    answer: str,
    cancel: CancelToken = NEVER,
) -> float:
    """Log-odds of "Yes" over "No" when `model` is asked whether `quotes` state `answer`.

    Raises:
        ModelError: the model failed.
        Cancelled: `cancel` was cancelled.
    """
    prompt = verification_prompt(model.chat_template, question, quotes, answer)
    return model.logit_difference(prompt, "Yes", "No", cancel)


def confidence_features(
    question: str, answer: str, *, verifier_logit: float, min_token_logprob: float, cosine: float
) -> dict[str, float]:
    """The features of `answer`, by name."""
    return {
        "verifier_logit": verifier_logit,
        "min_token_logprob": min_token_logprob,
        "cosine": cosine,
        "answer_type": float(matches_answer_type(question, answer)),
    }

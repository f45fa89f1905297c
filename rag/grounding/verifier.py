"""Self-verification, and the features from which confidence is computed.

    verify_support(model, ...)   ->  log-odds: does the model say that the quotes state the answer?
    confidence_features(...)     ->  by name, what a calibration of the model alone needs
    opinion_features(...)        ->  the same beside a reader's signals: a second opinion
    OPINION_RANGES               ->  what a second opinion may say at the least and at the most
    confirms(opinion)            ->  whether it speaks for the sentence, where nothing is calibrated
    VerificationPolicy           ->  when answers are verified at all

In:  an answer and its quotes, or a draft and the evidence that a reader chose; the language model.
     The features of an answer:

    verifier_logit     log-odds of "Yes" over "No" from `verify_support`
    min_token_logprob  log-probability of the draft's least likely token, 0 or less
    agreement          1.0 where a draft, written without knowing of the sentence that the reader
                       chose, says the same: its answer span, or nothing beyond the sentence
    claim_support      log-odds that the passage supports the draft, by the reader's claim head
    cosine             of the question and the best passage, -1 to 1
    answer_type        1.0 where the answer has what the question asks for (a time, an amount),
                       or asks for nothing of the kind; else 0.0

Left to others: the reader's own signals (`rag.retrieval.evidence`), the probability that follows
from them all (`rag.grounding.calibration`).

A reader and a language model err independently of each other: where the draft says something
else, the reader's span is wrong far more often than where it says the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import Enum

from rag.generation.draft import Draft
from rag.grounding.quotation import ClaimReader, adds_nothing, says_the_same
from rag.models.llm.base import LanguageModel
from rag.prompts.templates import verification_prompt
from rag.retrieval.evidence.judgement import Judgement
from rag.runtime.cancellation import NEVER, CancelToken
from rag.text.citation_marks import DRAFT, strip_citation_marks
from rag.text.questions.answer_types import matches_answer_type

_CONFIRMED = 1.0  # verifier logit from which a sentence is taken to answer
_LEAST = 1e-4  # probability that keeps log-odds finite
_MOST = math.log((1 + _LEAST) / _LEAST)
OPINION_RANGES: Mapping[str, tuple[float, float]] = {
    "agreement": (0.0, 1.0),
    "verifier_logit": (-20.0, 20.0),  # beyond what is ever seen
    "min_token_logprob": (-20.0, 0.0),
    "claim_support": (-_MOST, _MOST),
}
"""Between which values each feature of a second opinion lies."""
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
) -> float | None:
    """Log-odds of "Yes" over "No" when `model` is asked whether `quotes` state `answer`.

    None where the model is on a server that gives no log-probabilities.

    Raises:
        ModelError: the model failed.
        Cancelled: `cancel` was cancelled.
    """
    prompt = verification_prompt(model.chat_template, question, quotes, answer)
    return model.logit_difference(prompt, "Yes", "No", cancel)


def confidence_features(
    question: str,
    answer: str,
    *,
    verifier_logit: float | None,
    min_token_logprob: float | None,
    cosine: float,
) -> dict[str, float]:
    """The features of `answer`, by name; those that are None are left out."""
    features = {
        "verifier_logit": verifier_logit,
        "min_token_logprob": min_token_logprob,
        "cosine": cosine,
        "answer_type": float(matches_answer_type(question, answer)),
    }
    return _known(features)


def opinion_features(
    verifier: LanguageModel | None,
    reader: ClaimReader | None,
    question: str,
    judgement: Judgement,
    draft: Draft,
    cancel: CancelToken = NEVER,
) -> dict[str, float]:
    """A second opinion of the first evidence of `judgement` as the answer to `question`, by name.

    A language model has written `draft`. Where that does not name the span, the sentence of the
    evidence itself is what `verifier` is asked about. `reader` checks the draft against its
    passage. Each costs a reading: without one of them, or without log-probabilities of a model, its
    features are missing.

    Raises:
        ModelError: a model failed.
        Cancelled: `cancel` was cancelled.
    """
    best, text = judgement.evidence[0], strip_citation_marks(draft.text, DRAFT)
    names_span = says_the_same(question, text, best.answer or best.text)
    proposed = draft.text if names_span else best.text
    logit = support = None
    if verifier is not None:
        logit = verify_support(verifier, question, [best.text], proposed, cancel)
    if reader is not None:
        (claim,) = reader.check(text, [judgement.hits[0].passage.text])
        support = math.log((claim.supported + _LEAST) / (1 - claim.supported + _LEAST))
    features = {
        "agreement": float(names_span or adds_nothing(question, text, best.text)),
        "verifier_logit": logit,
        "min_token_logprob": draft.min_token_logprob,
        "claim_support": support,
    }
    return _known(features)


def confirms(opinion: Mapping[str, float]) -> bool:
    """Whether a second opinion speaks for the sentence: the draft agrees, or the verifier does."""
    verifier_logit = opinion.get("verifier_logit", -math.inf)
    return opinion["agreement"] > 0 or verifier_logit >= _CONFIRMED


def _known(features: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in features.items() if value is not None}

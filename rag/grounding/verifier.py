"""How likely an answer is right, from signals that cost little, and when to refuse.

In:  signals of one answered question (`signals`); weights fitted on the tuning parts of question
     sets (`models/confidence.json`, written by `python -m rag.evaluation.calibrate`).
Out: a probability; the probability below which an answer is withheld.
Left to others: the signals' own rooms, what is said instead (`rag.grounding.answer`).

The threshold is chosen by what it costs: of the right answers of the tuning parts, the share
that would be withheld. The model is logistic regression on standardised signals; a language
model that nothing was fitted for has no confidence, and its answers rest on the check alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.models.llm.base import LanguageModel
from rag.prompts.templates import verification_prompt
from rag.retrieval.search import RetrievalResult
from rag.runtime.cancellation import NEVER, CancelToken
from rag.text.answer_types import matches_answer_type
from rag.types import Citation, Sentence


def verify_support(
    model: LanguageModel,
    question: str,
    quotes: Sequence[str],
    answer: str,
    cancel: CancelToken = NEVER,
) -> float:
    """Log-odds of yes over no when the model is asked whether `quotes` state `answer`.

    Raises:
        ModelError: the model failed while reading.
        Cancelled: `cancel` was cancelled.
    """
    asked = verification_prompt(model.chat_template, question, quotes, answer)
    return model.logit_difference(asked, "Yes", "No", cancel)


def confidence_features(
    model: LanguageModel,
    question: str,
    sentences: Sequence[Sentence],
    citations: Sequence[Citation],
    evidence: RetrievalResult,
    least: float,
    cancel: CancelToken = NEVER,
) -> dict[str, float]:
    """What is known of an answer before it is shown; each a plain number.

    reading     log-odds of yes over no: do the quotes state this answer to this question?
    least       log-probability of the draft's least likely token, 0 or less
    cosine      of question and best passage, -1 to 1
    kind        1 where the answer holds what the question's word asks for (a time, an amount)

    Raises:
        ModelError: the model failed while reading.
        Cancelled: `cancel` was cancelled.
    """
    quotes = [each.quote for each in citations]
    answer = " ".join(each.text for each in sentences if each.supported)
    return {
        "reading": verify_support(model, question, quotes, answer, cancel),
        "least": least,
        "cosine": evidence.cosine,
        "kind": float(matches_answer_type(question, answer)),
    }

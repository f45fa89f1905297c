"""Answers with a label, from runs and from the chat, and the half of them that certifies.

In:  predictions of a run; rated answers of the chat.
Out: `LabelledAnswer`s.
Left to others: reading runs (`rag.evaluation.run_folder`) and the chat (`rag.conversations`).

Left out are questions with sub-questions: their features are those of one sub-question, their text
is that of all. An answer is judged by what it shows; one that was withheld, by its draft. A run
with `RAG_MAX_WRONG=1` withholds nothing, so what would be shown is what is judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.evaluation.metrics import wrong_if_answered
from rag.evaluation.prediction import Prediction
from rag.retrieval.query_plan import plan_query
from rag.types import Answer

LEFT_OUT = (
    "which ask several things, accept no answer, or were shown without the features of confidence"
)
FEEDBACK = "feedback"  # the collection of the answers that were rated in the chat


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """The answer to question `id` of a `collection`, and whether it is right, or would have been.

    Without `features` it was refused before there was anything to weigh, at any threshold.
    """

    id: str
    collection: str
    features: Mapping[str, float]
    right: bool


class FeedbackLabels(NamedTuple):
    """Rated answers, and how many were left out.

    `without_features`: stored without what a confidence is computed from. `undecided`: abstentions
    with a thumb down, which say nothing about the answer that was withheld.
    """

    answers: list[LabelledAnswer]
    without_features: int
    undecided: int


def certifies(id: str) -> bool:
    """Whether the answer to a question is in the half that certifies, by SHA-256 of its id.

    Independent of `rag.evaluation.dataset.held_out`, and the same whatever the order or size of
    the set.
    """
    return hashlib.sha256(f"certify {id}".encode()).digest()[-1] % 2 == 1


def labelled_answers(predictions: Iterable[Prediction], collection: str) -> list[LabelledAnswer]:
    """The answers of a run whose question says what would be right."""
    answers = []
    for prediction in predictions:
        question, answer = prediction.question, prediction.answer
        wrong = wrong_if_answered(question, answer)
        if wrong is not None and _counts(answer) and (answer.signals or answer.abstained):
            answers.append(LabelledAnswer(question.id, collection, dict(answer.signals), not wrong))
    return answers


def feedback_labels(rated: Iterable[tuple[str, Answer, bool]]) -> FeedbackLabels:
    """The rated answers (id, answer, whether the thumb is up) of the chat.

    A thumb says whether a shown answer is right. An abstention with a thumb up is one whose
    answer would have been wrong.
    """
    answers: list[LabelledAnswer] = []
    without_features = undecided = 0
    for id, answer, good in rated:
        if not _counts(answer):
            continue
        if not answer.signals:
            without_features += 1
        elif answer.abstained and not good:
            undecided += 1
        else:
            right = good and not answer.abstained
            answers.append(LabelledAnswer(id, FEEDBACK, dict(answer.signals), right))
    return FeedbackLabels(answers, without_features, undecided)


def with_features(
    answers: Sequence[LabelledAnswer], names: Iterable[str]
) -> tuple[list[LabelledAnswer], int]:
    """Those of `answers` that have all features of these names, and how many have not."""
    wanted = set(names)
    whole = [each for each in answers if wanted <= set(each.features)]
    return whole, len(answers) - len(whole)


def _counts(answer: Answer) -> bool:
    return plan_query(answer.query).mode == "single"

"""A question with the answer of a system, and its form as a line of predictions.jsonl.

In:  an `EvalQuestion`, an `Answer`; or a JSON object of predictions.jsonl or baseline.jsonl.
Out: a `Prediction`; the JSON object. Left to others: files (`run_folder`), metrics (`aggregate`).

A line holds the question's `id`, `answerable`, `answers` and `parts` beside the answer's fields.
Lines of version 0.1 have the same form; fields that a line lacks take their defaults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rag.evaluation.dataset import EvalQuestion
from rag.types import Answer, Passage

_DEFAULTS: dict[str, Any] = {"reason": None, "passages": (), "timings": {}}  # lines may lack these


class Prediction(NamedTuple):
    """A question, its answer, and the passages that retrieval ranks for it, best first.

    `authors` gives the author of each cited article by its id, where one is known.
    `phantom_citations` counts citations of passages that do not exist; None for answers that are
    checked, which have none.
    """

    question: EvalQuestion
    answer: Answer
    ranked: Sequence[Passage] = ()
    authors: Mapping[str, str] = {}
    phantom_citations: int | None = None


def to_record(prediction: Prediction) -> dict[str, Any]:
    """The line of predictions.jsonl, as plain JSON values; `ranked` and `authors` are left out."""
    question, phantoms = prediction.question, prediction.phantom_citations
    return {
        "id": question.id,
        "answerable": question.answerable,
        "answers": list(question.answers),
        "parts": [list(group) for group in question.parts],
        **prediction.answer.to_dict(),
        **({} if phantoms is None else {"phantom_citations": phantoms}),
    }


def from_record(record: Mapping[str, Any]) -> Prediction:
    """The prediction that a line holds; its question has neither `articles` nor `kind`.

    Raises:
        ValueError: the line lacks a field, or a field has another form.
    """
    try:
        question = EvalQuestion(
            id=str(record["id"]),
            question=record["question"],
            answerable=record.get("answerable"),
            answers=tuple(record.get("answers") or ()),
            articles=(),
            parts=tuple(map(tuple, record.get("parts") or ())),
        )
        answer = Answer.from_dict({**_DEFAULTS, "query": record["question"], **record})
        return Prediction(question, answer, phantom_citations=record.get("phantom_citations"))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a prediction: {error}") from None

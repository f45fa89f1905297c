"""A question with the answer of a system, and its form as a line of predictions.jsonl.

In:  an `EvalQuestion`, an `Answer`; or a JSON object of predictions.jsonl or baseline.jsonl.
Out: a `Prediction`; the JSON object. Left to others: files (`run_folder`), metrics (`aggregate`).

A line holds the question's fields beside the answer's. Lines of version 0.1 have the same form and
of the question `id`, `answerable`, `answers` and `parts` alone; fields that a line lacks take their
defaults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from rag.evaluation.dataset import EvalQuestion
from rag.types import Answer, Passage

_DEFAULTS: dict[str, Any] = {"reason": None, "passages": (), "timings": {}}  # lines may lack these


class Prediction(NamedTuple):
    """A question, its answer, and the passages that retrieval ranks for it, best first.

    `reranked` are those that the reader read, in its order; None where no reader ranked anything.
    `authors` gives the author of each cited article by its id, where one
    is known. `phantom_citations` counts citations of passages that do not exist; None for answers
    that are checked, which have none.
    """

    question: EvalQuestion
    answer: Answer
    ranked: Sequence[Passage] = ()
    reranked: Sequence[Passage] | None = None
    authors: Mapping[str, str] = {}
    phantom_citations: int | None = None


def to_record(prediction: Prediction) -> dict[str, Any]:
    """The line of predictions.jsonl, as plain JSON values; `ranked` and `authors` are left out."""
    phantoms = prediction.phantom_citations
    return {
        **_question_record(prediction.question),
        **prediction.answer.to_dict(),
        **({} if phantoms is None else {"phantom_citations": phantoms}),
    }


def from_record(record: Mapping[str, Any]) -> Prediction:
    """The prediction that a line holds.

    Raises:
        ValueError: the line lacks a field, or a field has another form.
    """
    try:
        answer = Answer.from_dict({**_DEFAULTS, "query": record["question"], **record})
        return Prediction(
            _question(record),
            answer,
            phantom_citations=record.get("phantom_citations"),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a prediction: {error}") from None


def _question_record(question: EvalQuestion) -> dict[str, Any]:
    """The fields of a question, all but the first four only where they are not empty."""
    values = asdict(question)
    first = {name: values.pop(name) for name in ("id", "answerable", "answers", "parts")}
    return first | {name: value for name, value in values.items() if value}


def _question(record: Mapping[str, Any]) -> EvalQuestion:
    strings = {
        name: tuple(record.get(name) or ())
        for name in ("answers", "articles", "must_not", "also_right", "outlets")
    }
    return EvalQuestion(
        id=str(record["id"]),
        question=record["question"],
        answerable=record.get("answerable"),
        parts=tuple(map(tuple, record.get("parts") or ())),
        kind=record.get("kind", ""),
        history=tuple((turn, answer) for turn, answer in record.get("history") or ()),
        since=record.get("since"),
        until=record.get("until"),
        **strings,
    )

"""Question sets: one JSON object per line; only `question` is required.

In:  a file. Out: `EvalQuestion`s; a part of them (held-out half, first N, spread sample).
Left to others: asking them (`rag.evaluation.runner`).

A line that cannot be used is an error with its number: a set that is scored in part would give
the metrics of another set.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rag.errors import QuestionError

Split = Literal["held out", "tuning"]


@dataclass(frozen=True, slots=True)
class EvalQuestion:
    """A question and what would be a correct answer.

    `answerable` is None where the set does not say. `answers` are accepted strings; where there
    are `parts`, each group of them must be matched (questions that need two articles).
    `articles` are the ids of the articles that hold the answer; `kind` is the set's own label.
    """

    id: str
    question: str
    answerable: bool | None
    answers: tuple[str, ...]
    articles: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...] = ()
    kind: str = ""


def held_out(id: str) -> bool:
    """Whether a question is of the half that nothing is tuned on, by SHA-256 of its id.

    The split is the same whatever the order or the size of the set.
    """
    return hashlib.sha256(id.encode()).digest()[-1] % 2 == 1


def spread_sample(questions: Sequence[EvalQuestion], size: int) -> list[EvalQuestion]:
    """`size` of the questions, spread over the set by SHA-256 of their ids, in their order."""
    ordered = sorted(questions, key=lambda q: hashlib.sha256(f"sample {q.id}".encode()).digest())
    ids = {question.id for question in ordered[:size]}
    return [question for question in questions if question.id in ids]


def select(
    questions: Sequence[EvalQuestion],
    *,
    split: Split | None = None,
    limit: int | None = None,
    sample: int | None = None,
) -> list[EvalQuestion]:
    """The questions of `split`, of these the first `limit`, of these a spread sample of `sample`.

    Raises:
        QuestionError: the split is empty.
    """
    selected = [
        each for each in questions if split is None or held_out(each.id) == (split == "held out")
    ]
    if not selected:
        raise QuestionError(
            f"none of the {len(questions)} questions is in the {split} split: "
            "leave out --held-out and --tuning to ask them all"
        )
    selected = selected[:limit]
    return spread_sample(selected, sample) if sample else selected


def read_questions(path: Path) -> list[EvalQuestion]:
    """The questions of a set.

    Raises:
        QuestionError: the file is missing, empty, or a line of it is malformed.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path} cannot be read ({error}): name a question set") from None
    questions = [
        _question(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()
    ]
    if not questions:
        raise QuestionError(f"{path} has no questions: write one JSON object per line")
    ids = Counter(each.id for each in questions)
    if repeated := [id for id, count in ids.items() if count > 1]:
        raise QuestionError(f"{path}: two questions have the id {repeated[0]!r}")
    return questions


def _question(path: Path, number: int, line: str) -> EvalQuestion:
    try:
        record: Any = json.loads(line)
        if not isinstance(record, dict) or not str(record["question"]).strip():
            raise ValueError("no question")
        articles = record.get("articles", record.get("article")) or []
        answers = record.get("answers") or []
        parts = record.get("parts") or []
        answerable = record.get("answerable")
        return EvalQuestion(
            id=str(record.get("id", number)),
            question=str(record["question"]).strip(),
            answerable=answerable
            if isinstance(answerable, bool)
            else (bool(answers or parts) or None),
            answers=tuple(map(str, answers)),
            articles=(articles,) if isinstance(articles, str) else tuple(map(str, articles)),
            parts=tuple(tuple(map(str, group)) for group in parts),
            kind=str(record.get("kind", "")),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise QuestionError(
            f'{path}, line {number}: {error or "malformed"}: write {{"question": "…"}} on it'
        ) from None

"""A question set: one JSON object a line; only `question` is required.

In:  a file. Out: `Question`s. A line that cannot be used is an error with its number: a set
that is scored in part would give figures of another set.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rag.errors import QuestionError

Split = Literal["held out", "tuning"]


@dataclass(frozen=True, slots=True)
class EvalQuestion:
    """What is asked and what would be right.

    `answerable` is None where the set does not say. `answers` are accepted strings; each group
    of `parts` must be matched where there are any (questions that need two articles).
    """

    id: str
    question: str
    answerable: bool | None
    answers: tuple[str, ...]
    articles: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...] = ()
    kind: str = ""


def held_out(id: str) -> bool:
    """Whether a question belongs to the part that nothing is tuned on: half, by SHA-256 of its id.

    The split is the same whatever the order or the size of the set.
    """
    return hashlib.sha256(id.encode()).digest()[-1] % 2 == 1


def spread_sample(questions: Sequence[EvalQuestion], number: int) -> list[EvalQuestion]:
    """`number` of the questions, spread over the set by SHA-256 of their ids, in their order."""
    drawn = sorted(questions, key=lambda q: hashlib.sha256(f"sample {q.id}".encode()).digest())
    chosen = {question.id for question in drawn[:number]}
    return [question for question in questions if question.id in chosen]


def select(
    questions: Sequence[EvalQuestion],
    *,
    part: Split | None = None,
    limit: int | None = None,
    drawn: int | None = None,
) -> list[EvalQuestion]:
    """Of a set: one `part` of it, of that the first `limit`, of those a spread sample of `drawn`.

    Raises:
        QuestionError: the part is empty.
    """
    kept = [each for each in questions if part is None or held_out(each.id) == (part == "held out")]
    if not kept:
        raise QuestionError(
            f"none of the {len(questions)} questions is of the {part} part: "
            "leave --held-out and --tuning out to ask them all"
        )
    kept = kept[:limit]
    return spread_sample(kept, drawn) if drawn else kept


def read_questions(path: Path) -> list[EvalQuestion]:
    """The questions of a set.

    Raises:
        QuestionError: the file is missing, empty, or a line of it is malformed.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path} cannot be read ({error}): name a question set") from None
    questions: list[EvalQuestion] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        questions.append(_question(path, number, line))
    if not questions:
        raise QuestionError(f"{path} holds no question: write one JSON object a line")
    seen: dict[str, int] = {}
    for each in questions:
        if seen.setdefault(each.id, 1) != 1:
            raise QuestionError(f"{path}: the id {each.id!r} stands twice")
        seen[each.id] += 1
    return questions


def _question(path: Path, number: int, line: str) -> EvalQuestion:
    try:
        told: Any = json.loads(line)
        if not isinstance(told, dict) or not str(told["question"]).strip():
            raise ValueError("no question")
        articles = told.get("articles", told.get("article")) or []
        answers = told.get("answers") or []
        parts = told.get("parts") or []
        answerable = told.get("answerable")
        return EvalQuestion(
            id=str(told.get("id", number)),
            question=str(told["question"]).strip(),
            answerable=answerable
            if isinstance(answerable, bool)
            else (bool(answers or parts) or None),
            answers=tuple(map(str, answers)),
            articles=(articles,) if isinstance(articles, str) else tuple(map(str, articles)),
            parts=tuple(tuple(map(str, group)) for group in parts),
            kind=str(told.get("kind", "")),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise QuestionError(
            f'{path}, line {number}: {error or "malformed"}: write {{"question": "…"}} on it'
        ) from None

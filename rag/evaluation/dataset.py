"""Question sets: one JSON object per line; only `question` is required.

In:  a file. Out: `EvalQuestion`s; a part of them (some kinds, a half, first N, spread sample).
Left to others: asking them (`rag.evaluation.runner`), judging answers (`rag.evaluation.metrics`).

A line that cannot be used is an error with its number: a set that is scored in part would give
the metrics of another set.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rag.errors import QuestionError
from rag.retrieval.filters import SearchFilter

Split = Literal["held out", "tuning"]


@dataclass(frozen=True, slots=True)
class EvalQuestion:
    """A question and what would be a correct answer.

    `answerable` is None where the set does not say. `answers` are accepted strings; where there
    are `parts`, each group of them must be matched (questions that need two articles).
    `articles` are the ids of the articles that hold the answer; `kind` is the set's own label.
    An answer with a string of `must_not` is wrong whatever else it says. Of an unanswerable
    question, an answer with a string of `also_right` sets the premise right, which is as good as
    an abstention. `history` holds earlier turns, oldest first; `since`, `until` and `outlets` are
    the search filter. All of these are passed on with the question.
    """

    id: str
    question: str
    answerable: bool | None
    answers: tuple[str, ...]
    articles: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...] = ()
    kind: str = ""
    must_not: tuple[str, ...] = ()
    also_right: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    since: str | None = None
    until: str | None = None
    outlets: tuple[str, ...] = ()

    @property
    def filters(self) -> SearchFilter:
        """The search filter that the question is asked with. Raises `QuestionError`."""
        return SearchFilter.parse(self.since, self.until, self.outlets)


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
    without_kinds: Sequence[str] = (),
    split: Split | None = None,
    limit: int | None = None,
    sample: int | None = None,
) -> list[EvalQuestion]:
    """The questions of `split` that are of none of `without_kinds`.

    Of these the first `limit`, of these a spread sample of `sample`.

    Raises:
        QuestionError: no question of the set is of one of the kinds, or none is left.
    """
    kinds = {each.kind for each in questions if each.kind}
    if unknown := [kind for kind in without_kinds if kind not in kinds]:
        raise QuestionError(
            f"no question is of the kind {unknown[0]!r}: --without-kinds takes some of "
            f"{', '.join(sorted(kinds)) or 'the kinds of a set, and this one has none'}"
        )
    of_kinds = [each for each in questions if each.kind not in without_kinds]
    if not of_kinds:
        raise QuestionError("--without-kinds leaves no question: name fewer kinds")
    selected = [
        each for each in of_kinds if split is None or held_out(each.id) == (split == "held out")
    ]
    if not selected:
        raise QuestionError(
            f"none of the {len(of_kinds)} questions is in the {split} split: "
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
        lines = path.read_text(encoding="utf-8").split("\n")
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
        return _parse(line, str(number))
    except (ValueError, QuestionError) as error:
        raise QuestionError(f"{path}, line {number}: {error}") from None


def _parse(line: str, default_id: str) -> EvalQuestion:
    """The question of a line.

    Raises:
        ValueError, QuestionError: what is wrong with it, and what to write instead.
    """
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON ({error}): {_WRITE}") from None
    if not isinstance(record, dict) or not str(record.get("question") or "").strip():
        raise ValueError(f"no question: {_WRITE}")
    answers, parts = _strings(record, "answers"), _parts(record)
    since, until = _date(record, "since"), _date(record, "until")
    outlets = _one_or_more(record, "outlets")
    SearchFilter.parse(since, until, outlets)
    return EvalQuestion(
        id=str(record.get("id", default_id)),
        question=str(record["question"]).strip(),
        answerable=_answerable(record, default=bool(answers or parts) or None),
        answers=answers,
        articles=_one_or_more(record, "articles") or _one_or_more(record, "article"),
        parts=parts,
        kind=str(record.get("kind") or ""),
        must_not=_strings(record, "must_not"),
        also_right=_strings(record, "also_right"),
        history=_history(record),
        since=since,
        until=until,
        outlets=outlets,
    )


_WRITE = 'write {"question": "…"} on it'
_Record = Mapping[str, Any]


def _answerable(record: _Record, default: bool | None) -> bool | None:
    value = record.get("answerable")
    if value is None:
        return default
    if not isinstance(value, bool):
        raise ValueError(f"answerable is {value!r}: write true or false")
    return value


def _strings(record: _Record, name: str) -> tuple[str, ...]:
    """The strings of a list; numbers are taken as strings, a missing or null field as none."""
    value = record.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(map(_is_string, value)):
        raise ValueError(f'{name} is not a list of strings: write ["…"]')
    return tuple(map(str, value))


def _one_or_more(record: _Record, name: str) -> tuple[str, ...]:
    """As `_strings`, where a single string may stand without its list."""
    value = record.get(name)
    return (value,) if isinstance(value, str) and value else _strings(record, name)


def _parts(record: _Record) -> tuple[tuple[str, ...], ...]:
    """The groups of `parts`; without them each string of `all` is a group."""
    groups = record.get("parts")
    if groups is None:
        return tuple((each,) for each in _strings(record, "all"))
    if not isinstance(groups, list) or not all(
        isinstance(group, list) and group and all(map(_is_string, group)) for group in groups
    ):
        raise ValueError('parts is not a list of lists of strings: write [["…"], ["…"]]')
    return tuple(tuple(map(str, group)) for group in groups)


def _history(record: _Record) -> tuple[tuple[str, str], ...]:
    turns = record.get("history")
    if turns is None:
        return ()
    if not isinstance(turns, list) or not all(
        isinstance(turn, list) and len(turn) == 2 and all(isinstance(each, str) for each in turn)
        for turn in turns
    ):
        raise ValueError('history is not a list of pairs: write [["question", "answer"]]')
    return tuple((question, answer) for question, answer in turns)


def _date(record: _Record, name: str) -> str | None:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f'{name} is {value!r}: write a date as "2024-06-12"')
    return value or None


def _is_string(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)

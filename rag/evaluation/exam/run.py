"""An exam of one's own: questions made of the index, asked as `rag eval` asks, and counted.

    take_exam(assistant, out, plan)  ->  `ExamResult`

In:  an `Assistant`, a folder, how many questions, a seed.
Out: questions.jsonl in the folder, a question set; beside it what `rag eval` writes; the counts.
Left to others: making the questions (`rag.evaluation.exam.makers`), asking and scoring them
(`rag.evaluation.runner`), lines for a terminal (`rag.evaluation.exam.text`).

The same index, number and seed give the same questions, so that an interrupted exam is resumed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.assistant import Assistant
from rag.errors import QuestionError
from rag.evaluation.exam.makers import Exam, make_questions, sampled
from rag.evaluation.exam.question import MadeQuestion
from rag.evaluation.metrics import outcome
from rag.evaluation.prediction import Prediction
from rag.evaluation.run_folder import load_predictions
from rag.evaluation.runner import EvaluationCallbacks, EvaluationOptions, evaluate
from rag.runtime.atomic_file import write_atomically
from rag.runtime.cancellation import NEVER, CancelToken
from rag.types import Article

__all__ = ["QUESTIONS_FILE", "REMARK", "ExamPlan", "ExamResult", "take_exam"]

QUESTIONS_FILE = "questions.jsonl"
REMARK = (
    "made by machine: rules made these questions of the articles, and nobody has checked them. "
    "They warn of weak places and promise nothing: questions that people have judged do that "
    "(rag calibrate QUESTIONS.jsonl)"
)
_NO_CALLBACKS = EvaluationCallbacks()
_PREFIX = "exam-"  # of the ids of the questions


@dataclass(frozen=True, slots=True)
class ExamPlan:
    """How many questions are wanted, and the seed that they are drawn by."""

    count: int = 40
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """A question that was not answered as it should be; `expected` is empty for a near miss."""

    id: str
    kind: str
    outcome: str
    question: str
    expected: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class ExamResult:
    """What became of the questions of an exam, of `articles` articles in the index.

    `answerable` counts right, wrong and refused ones, `near_misses` refused and answered ones.
    `faults` are all that were wrong, wrongly answered, or refused although the articles say it.
    """

    articles: int
    seed: int
    answerable: dict[str, int]
    near_misses: dict[str, int]
    faults: tuple[Fault, ...]
    report: str
    remark: str = REMARK

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def take_exam(
    assistant: Assistant,
    out: Path,
    plan: ExamPlan,
    callbacks: EvaluationCallbacks = _NO_CALLBACKS,
    reading: Callable[[int, int], None] = lambda done, total: None,
    cancel: CancelToken = NEVER,
) -> ExamResult:
    """Make questions of the index of `assistant`, ask them, count the answers.

    `reading` is told how many of the articles have been read, of how many.

    Raises:
        QuestionError: `out` holds something else, or no question can be made of the index.
        EvaluationInterrupted: `cancel` was cancelled; the same call resumes.
        RagError: a question could not be answered for a technical fault; the same call resumes.
    """
    check_folder(out)
    exam = _make(assistant, plan, reading)
    if not exam.questions:
        raise QuestionError(
            f"no question could be made of the {exam.articles} articles of "
            f"{assistant.settings.index}: index more articles in English, or write questions of "
            "your own and type `rag eval QUESTIONS.jsonl`"
        )
    if len(exam.questions) < plan.count:
        callbacks.message(
            f"{len(exam.questions)} questions could be made of {exam.articles} articles, "
            f"{plan.count} were asked for"
        )
    if not exam.near_misses:
        callbacks.message("no near miss could be made: nothing tells whether too much is answered")
    out.mkdir(parents=True, exist_ok=True)
    path = out / QUESTIONS_FILE
    write_atomically(path, "".join(map(_line, _records(exam))))
    evaluate(assistant, path, out, EvaluationOptions(remark=REMARK), callbacks, cancel)
    return _result(exam, plan, out, list(load_predictions(out).values()))


def check_folder(out: Path) -> None:
    """Raises `QuestionError` where `out` is a file, or a folder with anything but an exam."""
    if out.exists() and not out.is_dir():
        raise QuestionError(f"--out {out} is a file: name a folder")
    names = sorted(each.name for each in out.iterdir()) if out.exists() else []
    if names and not _holds_exam(out / QUESTIONS_FILE):
        raise QuestionError(
            f"--out {out} holds something else than an exam ({names[0]}): name a new folder"
        )


def _holds_exam(path: Path) -> bool:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return all(str(json.loads(line)["id"]).startswith(_PREFIX) for line in lines)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _make(assistant: Assistant, plan: ExamPlan, reading: Callable[[int, int], None]) -> Exam:
    ids = assistant.article_ids()

    def every_article() -> Iterator[Article]:
        for number, id in enumerate(ids, start=1):
            yield assistant.article(id)
            reading(number, len(ids))

    articles = [assistant.article(id) for id in sampled(ids, plan.seed)]
    exam = make_questions(articles, every_article, plan.count, plan.seed)
    return Exam(exam.answerable, exam.near_misses, len(ids))


def _records(exam: Exam) -> Iterator[dict[str, Any]]:
    """The questions as lines of a question set; `sentence` is what a question was made of."""
    for number, base in enumerate(exam.questions, start=1):
        yield {
            "id": f"{_PREFIX}{number:03}",
            "kind": _kind(base),
            "question": base.question,
            "answerable": not base.edit,
            "answers": list(base.answers),
            **({"near_miss_of": base.original} if base.edit else {}),
            **({} if base.edit else {"articles": [base.source.article.id]}),
            "sentence": base.source.text,
        }


def _kind(base: MadeQuestion) -> str:
    return f"near_miss_{base.edit}" if base.edit else base.kind


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _result(exam: Exam, plan: ExamPlan, out: Path, predictions: Sequence[Prediction]) -> ExamResult:
    outcomes = [(each, outcome(each.question, each.answer)) for each in predictions]
    yes = [each for prediction, each in outcomes if prediction.question.answerable]
    no = [each for prediction, each in outcomes if not prediction.question.answerable]
    faults = tuple(
        Fault(
            prediction.question.id,
            prediction.question.kind,
            result,
            prediction.question.question,
            prediction.question.answers,
            prediction.answer.text,
        )
        for prediction, result in outcomes
        if result == "wrong" or (result == "refused" and prediction.question.answerable)
    )
    counted = {name: yes.count(name) for name in ("right", "wrong", "refused")}
    missed = {"refused": len(no) - no.count("wrong"), "answered": no.count("wrong")}
    return ExamResult(exam.articles, plan.seed, counted, missed, faults, str(out / "report.html"))

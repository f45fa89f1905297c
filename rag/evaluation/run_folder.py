"""The folder of a run: what the run is of, and every prediction as it comes.

In:  a folder, the questions, the assistant's settings.
Out: a `RunFolder` that holds the predictions of an interrupted run and takes more.
Left to others: asking (`rag.evaluation.runner`), the form of a line (`rag.evaluation.prediction`).

    run.json            the signature of this run: question set, settings, index, answer version
    predictions.jsonl   one prediction per line, in the order of the questions
    baseline.jsonl      the same for the baseline, where it is asked
    report.json         written last: a folder that holds it is of a finished run
    previous/           the same files of the run before

An interrupted run with the same signature resumes; any other starts over, and what the folder held
is moved to `previous/`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rag.errors import QuestionError
from rag.evaluation.dataset import EvalQuestion
from rag.evaluation.prediction import Prediction, from_record, to_record
from rag.runtime.atomic_file import write_atomically
from rag.settings import Settings

ANSWER_VERSION = 7
"""Raise it with every change of the code that changes an answer, or the baseline's."""

PREDICTIONS_FILE, BASELINE_FILE = "predictions.jsonl", "baseline.jsonl"
_REPORTS = ("report.json", "report.html")


def run_signature(
    path: Path, questions: Sequence[EvalQuestion], settings: Settings, *, baseline: bool
) -> dict[str, Any]:
    """What makes two runs the same run, as plain JSON values.

    Of the code only `ANSWER_VERSION` counts: a changed comment or report does not end a run.
    """
    content = json.dumps([asdict(each) for each in questions], ensure_ascii=False)
    current = settings.index / "CURRENT"
    return {
        "set": path.name,
        "questions": len(questions),
        "questions_sha256": hashlib.sha256(content.encode()).hexdigest(),
        "index": str(settings.index.resolve()),
        "snapshot": current.read_text(encoding="utf-8").strip() if current.is_file() else "",
        "baseline": baseline,
        "settings": json.loads(json.dumps(settings.affecting_answers(), default=str)),
        "answer_version": ANSWER_VERSION,
    }


class RunFolder:
    """The folder of a run, open for more predictions."""

    def __init__(self, folder: Path, signature: dict[str, Any]) -> None:
        """Resume the interrupted run in `folder` if it has this signature, else start over.

        Raises:
            QuestionError: `folder` is a file.
        """
        self.folder = folder
        self.message = ""  # one line on the earlier run in this folder, if there is one
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise QuestionError(f"--out {folder} is a file: name a folder") from None
        earlier = _read_object(folder / "run.json")
        finished = (folder / "report.json").exists()
        has_predictions = any(
            (folder / name).exists() for name in (PREDICTIONS_FILE, BASELINE_FILE)
        )
        if earlier == signature and not finished:
            self.message = "resuming the interrupted run" if has_predictions else ""
            return
        if has_predictions or finished:
            which = (
                "a finished run"
                if finished
                else f"an interrupted run {_difference(earlier, signature)}"
            )
            previous = self._move_aside()
            self.message = f"{folder} holds {which}: starting over; it is kept in {previous}"
        write_atomically(folder / "run.json", json.dumps(signature, indent=1, ensure_ascii=False))

    def _move_aside(self) -> Path:
        """Move the files of the run to `previous/`, in place of those there."""
        previous = self.folder / "previous"
        shutil.rmtree(previous, ignore_errors=True)
        previous.mkdir()
        for name in ("run.json", *_REPORTS, PREDICTIONS_FILE, BASELINE_FILE):
            with suppress(FileNotFoundError):
                (self.folder / name).rename(previous / name)
        return previous

    def predictions(self, name: str, questions: Sequence[EvalQuestion]) -> list[Prediction]:
        """The predictions in file `name` for the first of `questions`, as far as they are whole.

        The file is truncated to these: its last line may be half written.
        """
        path = self.folder / name
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        predictions: list[Prediction] = []
        for line, question in zip(lines, questions, strict=False):
            prediction = _parse(line)
            if prediction is None or prediction.question.id != question.id:
                break
            predictions.append(prediction._replace(question=question))
        if path.exists():
            whole = b"".join(line + b"\n" for line in lines[: len(predictions)])
            if whole != path.read_bytes():
                write_atomically(path, whole.decode("utf-8"))
        return predictions

    def append(self, name: str, prediction: Prediction) -> None:
        """Write one more prediction to the end of file `name`."""
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.write(json.dumps(to_record(prediction), ensure_ascii=False) + "\n")

    def finish(self, report: dict[str, Any], page: str) -> None:
        """Write report.html, then report.json."""
        write_atomically(self.folder / "report.html", page)
        text = json.dumps(report, indent=1, ensure_ascii=False)
        write_atomically(self.folder / "report.json", text)


def load_predictions(folder: Path) -> dict[str, Prediction]:
    """The predictions of a finished run by the question's id; also of a run of version 0.1.

    Raises:
        QuestionError: the folder holds none, or one of its lines cannot be read.
    """
    path = folder / PREDICTIONS_FILE
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        raise QuestionError(
            f"{folder} has no {PREDICTIONS_FILE}: name the --out folder of an earlier `rag eval`"
        ) from None
    predictions: dict[str, Prediction] = {}
    for number, line in enumerate(lines, start=1):
        prediction = _parse(line)
        if prediction is None:
            raise QuestionError(
                f"{path}, line {number}, is not an answer: let that `rag eval` finish first"
            )
        predictions[prediction.question.id] = prediction
    return predictions


def _difference(earlier: dict[str, Any] | None, signature: dict[str, Any]) -> str:
    """How the run of signature `earlier` differs from that of `signature`, for a message."""
    if earlier is None:
        return "of unknown settings"
    if "answer_version" not in earlier:
        return "of Footnoted 0.1"
    changed = [name for name, value in signature.items() if earlier.get(name) != value]
    return f"with other {', '.join(changed)}"


def _read_object(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file; None where there is none."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _parse(line: bytes) -> Prediction | None:
    try:
        return from_record(json.loads(line))
    except (ValueError, RecursionError):
        return None

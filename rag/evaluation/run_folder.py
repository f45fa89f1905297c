"""What a run keeps in its folder: what was asked of what, and every answer as it comes.

In:  a folder, the questions, the assistant's settings.
Out: `Run`: the answers that are there already, files to add to.
Left to others: asking (`rag.evaluation.runner`).

    run.json            set, questions, models, settings, index, sources of this run
    predictions.jsonl   one answer a line, in the order of the questions
    baseline.jsonl      the same from instructions alone, where asked for
    report.json         written last: a folder that holds it is finished

A stopped run with the same run.json goes on where it was; any other starts afresh.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import rag
from rag.errors import QuestionError
from rag.evaluation.dataset import EvalQuestion
from rag.settings import Settings

PREDICTIONS_FILE, BASELINE_FILE = "predictions.jsonl", "baseline.jsonl"
_AFTER = ("report.json", "report.html")
_NEEDED = {"id", "question", "text", "abstained", "sentences", "citations"}


def run_signature(
    path: Path, questions: Sequence[EvalQuestion], settings: Settings, *, baseline: bool
) -> dict[str, Any]:
    """What makes two runs the same run, as plain JSON values."""
    asked = json.dumps([asdict(each) for each in questions], ensure_ascii=False)
    current = settings.index / "CURRENT"
    plain = settings.affecting_answers()
    return {
        "set": path.name,
        "questions": len(questions),
        "questions_sha256": hashlib.sha256(asked.encode()).hexdigest(),
        "index": str(settings.index.resolve()),
        "generation": current.read_text(encoding="utf-8").strip() if current.is_file() else "",
        "baseline": baseline,
        "settings": json.loads(json.dumps(plain, default=str)),
        "version": _version(),
        "sources_sha256": _sources(),
    }


class RunFolder:
    """A folder of a run, opened for more answers; what was left of a stopped one is read first."""

    def __init__(self, folder: Path, told: dict[str, Any]) -> None:
        self.folder = folder
        self.note = ""  # for a person: what became of an earlier run in this folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise QuestionError(f"--out {folder} is a file: name a folder") from None
        before = _json(folder / "run.json")
        finished = (folder / "report.json").exists()
        kept = sum((folder / name).exists() for name in (PREDICTIONS_FILE, BASELINE_FILE))
        if before == told and not finished:
            self.note = "going on with the run that was stopped" if kept else ""
            return
        if kept and not finished:
            changed = [k for k in told if (before or {}).get(k) != told[k]] if before else ["all"]
            self.note = (
                f"{folder} holds a stopped run of something else ({', '.join(changed)} changed): "
                "starting afresh"
            )
        for name in (*_AFTER, PREDICTIONS_FILE, BASELINE_FILE):
            (folder / name).unlink(missing_ok=True)
        _replaced(folder / "run.json", json.dumps(told, indent=1, ensure_ascii=False))

    def answers(self, name: str, questions: Sequence[EvalQuestion]) -> list[dict[str, Any]]:
        """The answers of a stopped run, as far as they stand whole and in order in file `name`.

        The file is cut back to these: a last line may be half written.
        """
        path = self.folder / name
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        kept: list[dict[str, Any]] = []
        for line, question in zip(lines, questions, strict=False):
            told = _parsed(line)
            if told is None or told.get("id") != question.id:
                break
            kept.append(told)
        if path.exists():
            whole = b"".join(line + b"\n" for line in lines[: len(kept)])
            if whole != path.read_bytes():
                _replaced(path, whole.decode("utf-8"))
        return kept

    def add(self, name: str, question: EvalQuestion, answer: dict[str, Any]) -> dict[str, Any]:
        """Write one more answer to the end of file `name`; returns it as it was written."""
        line = {
            "id": question.id,
            "answerable": question.answerable,
            "answers": list(question.answers),
            "parts": [list(group) for group in question.parts],
            **answer,
        }
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return line

    def finish(self, report: dict[str, Any], page: str) -> None:
        """Write report.html, then report.json."""
        _replaced(self.folder / "report.html", page)
        text = json.dumps(report, indent=1, ensure_ascii=False)
        _replaced(self.folder / "report.json", text)


def load_predictions(folder: Path) -> dict[str, dict[str, Any]]:
    """The answers of another run by the question's id.

    Raises:
        QuestionError: the folder holds none, or a line of them cannot be read.
    """
    path = folder / PREDICTIONS_FILE
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        raise QuestionError(
            f"--against {folder}: no {PREDICTIONS_FILE} there: name the --out folder of an earlier "
            "`rag eval`"
        ) from None
    found: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(lines, start=1):
        told = _parsed(line)
        if told is None or _NEEDED - set(told):
            raise QuestionError(
                f"{path}, line {number}, is no answer: run that `rag eval` to its end first"
            )
        found[str(told["id"])] = told
    return found


def _replaced(path: Path, text: str) -> None:
    """Written whole or not at all."""
    half = path.with_name(path.name + ".part")
    half.write_text(text, encoding="utf-8")
    os.replace(half, path)  # noqa: PTH105


def _json(path: Path) -> Any:
    return _parsed(path.read_bytes()) if path.is_file() else None


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _version() -> str:
    try:
        return version("footnoted")
    except PackageNotFoundError:
        return ""


def _sources() -> str:
    """SHA-256 of the code that makes an answer; ways in and reports are left out."""
    root = Path(rag.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        part = path.relative_to(root).as_posix()
        beside = part == "cli.py" or part.startswith(("web/", "evaluate/"))
        if beside and part != "evaluate/baseline.py":
            continue
        digest.update(part.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()

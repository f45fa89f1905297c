"""What was answered so far of a file of questions, a line of JSON as soon as it is there.

In:  the path of the file of answers; entries as they come. Out: the entries of an earlier run.

The log of `answers.jsonl` is that file itself; that of any other is beside it, its name with
`.jsonl` behind it. A line has the fields of `Answer`, and `asked_with`: a hash of settings, filters
and snapshot of the index. A line that a killed run left half written is cut off.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from rag.errors import ExportError
from rag.export.dossier import Entry
from rag.grounding.calibration import own_calibration_file
from rag.index import manifest
from rag.index.companions.corrections import CorrectionStore
from rag.index.snapshots import SnapshotStore
from rag.retrieval.filters import SearchFilter
from rag.runtime.atomic_file import write_atomically
from rag.settings import Settings
from rag.types import Answer

__all__ = ["AnswerLog", "conditions_of"]

_JSON_LINES = ".jsonl"
_BEGINNING = b'{"question": '  # of a line


def conditions_of(settings: Settings, filters: SearchFilter) -> str:
    """A hash of what an answer depends on besides its question.

    That is settings and filters, the snapshot of the index, its corrections and its calibration.
    """
    snapshots = SnapshotStore.of(settings)
    current, _ = snapshots.current_or_none() or (None, None)
    values: dict[str, Any] = {
        "settings": settings.affecting_answers(),
        "filters": filters.to_dict(),
        "snapshot": current.name if current else "",
        # a snapshot of another index may have the same name
        "manifest": _content(current / manifest.NAME) if current else "",
    }
    if corrections := snapshots.corrections.text():
        values[CorrectionStore.of_index(settings.index).path.name] = corrections
    calibration = own_calibration_file(settings.index)
    if content := _content(calibration):
        values[calibration.name] = content
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _content(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


class AnswerLog:
    """The answers of a file of questions, open for more.

    `answered` are those that are there, by question. `foreign` counts those that were given under
    other conditions: they are kept.
    """

    def __init__(self, path: Path, out: Path, conditions: str) -> None:
        self.path, self.out = path, out
        self.answered: dict[str, Entry] = {}
        self.foreign = 0
        self._conditions = conditions

    @classmethod
    def open(cls, out: Path, conditions: str) -> AnswerLog:
        """The log of the file of answers `out`, with what it has from an earlier run.

        Raises:
            ExportError: `out` or its log was not written by such a run.
            OSError: it cannot be read or written.
        """
        is_log = out.suffix.lower() == _JSON_LINES
        log = cls(out if is_log else out.with_name(out.name + _JSON_LINES), out, conditions)
        if out.exists() and not log.path.exists():
            raise ExportError(f"{out} is there, but not from such a run: name another --out")
        log._read()
        log.path.touch()
        return log

    def add(self, entry: Entry) -> None:
        """Take one more answer, and write it down; a question without one is to be asked again."""
        if entry.answer is None:
            return
        values = entry.answer.to_dict() | {"question": entry.question}
        line = json.dumps(values | {"asked_with": self._conditions}, ensure_ascii=False)
        with self.path.open("ab") as file:
            file.write(line.encode("utf-8", "backslashreplace") + b"\n")
        self.answered[entry.question] = entry

    def _read(self) -> None:
        data = self.path.read_bytes() if self.path.exists() else b""
        *lines, rest = data.split(b"\n")
        is_whole = _is_json(rest)  # a line whose end an editor removed
        if is_whole:
            lines.append(rest)
        for number, line in enumerate(lines, 1):
            try:
                values = json.loads(line)
                answer = Answer.from_dict(values)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                raise ExportError(
                    f"{self.path}, line {number}, is not an answer of `rag ask --file`: "
                    "name another --out"
                ) from None
            self.answered[answer.question] = Entry(answer.question, answer)
            self.foreign += values.get("asked_with") != self._conditions
        if is_whole:
            write_atomically(self.path, data + b"\n")
            return
        if not rest.startswith(_BEGINNING[: len(rest)]):
            raise ExportError(f"{self.path} is not of `rag ask --file`: name another --out")
        if rest:
            write_atomically(self.path, data[: len(data) - len(rest)])


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True

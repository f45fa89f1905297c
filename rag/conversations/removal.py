"""What is kept of an article besides the index, removed with it.

    forget_article(stores, id)       corrections, alerts and conversations
    forget_in_files(paths, id)       receipts, and answers of `rag ask --file`

In:  the id of an article. Out: how many of each lost something.
Left to others: the file of the article (`rag.ingest.corpus_edit`), the index (`rag.index.build`),
the commands (`rag.cli.storage.removal`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.conversations.models import answer_without
from rag.conversations.store import ConversationStore
from rag.errors import ExportError
from rag.export.receipts.receipt import read_receipt
from rag.index.snapshots import corrections_of
from rag.newsroom.alerts.store import AlertStore
from rag.runtime.atomic_file import write_atomically
from rag.settings import Settings
from rag.types import Answer

_ENDINGS = (".json", ".jsonl")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many answers of conversations, answers and changes of alerts, and corrections went."""

    turns: int = 0
    alert_answers: int = 0
    corrections: int = 0

    def __bool__(self) -> bool:
        return bool(self.turns or self.alert_answers or self.corrections)

    def __str__(self) -> str:
        return (
            f"{self.turns} in conversations, {self.alert_answers} in alerts, "
            f"{self.corrections} corrections"
        )


def forget_article(settings: Settings, id: str) -> Forgotten:
    """Remove what conversations, alerts and corrections keep of article `id`.

    An answer that cites it goes, its question stays; of other answers only the passages of it go.

    Raises:
        ConversationError, AlertError, CorrectionError, IndexFault: one cannot be read or written.
    """
    store = corrections_of(settings)
    corrections = len(store.undo(id)) if id in store.read().by_article else 0
    alert_answers = AlertStore.of_index(settings.index).forget_article(id)
    turns = ConversationStore(settings.conversations).forget_article(id)
    return Forgotten(turns, alert_answers, corrections)


def forget_in_files(paths: Iterable[Path], id: str) -> list[Path]:
    """Delete receipts that cite article `id`, and such lines from files of answers.

    `paths` are files, or folders that are looked through. Returns the files that lost something.

    Raises:
        ExportError: a file that is named is neither.
        OSError: a file cannot be read or written.
    """
    changed = []
    for file, is_named in _files(paths):
        try:
            lost = _forget_lines(file, id) if file.suffix == ".jsonl" else _forget_receipt(file, id)
        except ExportError:
            if is_named:
                raise
            continue  # another file of the folder
        if lost:
            changed.append(file)
    return changed


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """The files, each with whether it was named itself."""
    for path in paths:
        if path.is_dir():
            below = sorted(each for each in path.rglob("*") if each.suffix in _ENDINGS)
            yield from ((each, False) for each in below if each.is_file())
        else:
            yield path, True


def _forget_receipt(file: Path, id: str) -> bool:
    receipt = read_receipt(file)
    if answer_without(receipt.answer, id) == receipt.answer:
        return False
    file.unlink()  # without a part of it, it would verify nothing
    return True


def _forget_lines(file: Path, id: str) -> bool:
    """Cut the lines of answers that cite or show the article, and broken ones that name it.

    The last line of a run that was killed may be half of one. Raises `ExportError` where no line
    is an answer.
    """
    lines = file.read_bytes().splitlines(keepends=True)
    answers = list(map(_answer_or_none, lines))
    if lines and not any(answers):
        raise ExportError(f"{file} holds no answers of `rag ask --file`: leave it out")
    name = json.dumps(id).encode()
    left = [
        line
        for line, answer in zip(lines, answers, strict=True)
        if (answer_without(answer, id) == answer if answer else name not in line)
    ]
    if len(left) < len(lines):
        write_atomically(file, b"".join(left), sync=True)
    return len(left) < len(lines)


def _answer_or_none(line: bytes) -> Answer | None:
    try:
        return Answer.from_dict(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None

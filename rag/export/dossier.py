"""What a dossier holds: questions with their answers, in order, or why there is none.

In:  answers, or the turns of a conversation. Out: `Entry` values.
Left to others: writing them down (`rag.export.markdown`, `rag.export.html`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.types import Answer

__all__ = ["Entry", "entries_of", "title_of"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A question and its answer; without one, `fault` says in a sentence why.

    `details` are when and within which limits it was asked, in words.
    """

    question: str
    answer: Answer | None
    fault: str = ""
    details: str = ""


def entries_of(answers: Sequence[Answer]) -> list[Entry]:
    """An entry for each answer."""
    return [Entry(each.question, each) for each in answers]


def title_of(entries: Sequence[Entry]) -> str:
    """The heading of a dossier; one question is heading enough by itself."""
    return "" if len(entries) == 1 else f"{len(entries):,} questions and their answers"

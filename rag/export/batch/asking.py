"""Questions asked one after the other, but for those that are answered already.

In:  questions, a function that answers one, a log. Out: an entry for each question, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.errors import ModelCrashed, QuestionError
from rag.export.batch.answer_log import AnswerLog
from rag.export.dossier import Entry
from rag.types import Answer

__all__ = ["ask_all"]


def ask_all(
    questions: Sequence[str],
    ask: Callable[[str], Answer],
    log: AnswerLog | None,
    progress: Callable[[int, int], None],
) -> list[Entry]:
    """The entry of each question; one that stands twice is asked once.

    `progress` is told how many are done of how many are to be asked. A question that is malformed,
    and one during which the model stopped, has a fault in place of an answer.
    """
    entries = dict(log.answered) if log else {}
    new = [each for each in dict.fromkeys(questions) if each not in entries]
    if new:
        progress(0, len(new))
    for done, question in enumerate(new, 1):
        entries[question] = _entry(question, ask)
        if log:
            log.add(entries[question])
        progress(done, len(new))
    return [entries[each] for each in questions]


def _entry(question: str, ask: Callable[[str], Answer]) -> Entry:
    try:
        return Entry(question, ask(question))
    except (QuestionError, ModelCrashed) as error:
        return Entry(question, None, str(error))

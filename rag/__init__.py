"""Ask a folder of articles; every sentence of the answer is cited to the passage it rests on.

    from rag import answer
    print(answer("What did Kim call Putin?").text)

Importing this loads no model and no heavy library; the first question does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rag.errors import RagError
from rag.settings import Settings
from rag.types import Answer, History

if TYPE_CHECKING:
    from rag.assistant import Assistant

__all__ = ["Answer", "Assistant", "RagError", "Settings", "answer"]


def answer(
    question: str,
    *,
    history: History = (),
    since: str | None = None,
    until: str | None = None,
    outlets: Sequence[str] | None = None,
    settings: Settings | None = None,
) -> Answer:
    """Answer `question` from the index that `settings` (default: the environment's) name.

    `history` holds earlier (question, answer) pairs, oldest first; `since` and `until` are
    ISO 8601 days, months or years, both included; `outlets` are names of sources. Models and
    index stay loaded for the next call with the same settings.

    Raises:
        RagError: one line that names the fault and what to type.
    """
    from rag.assistant import get_shared_assistant

    return get_shared_assistant(settings or Settings.load()).ask(
        question, history=history, since=since, until=until, outlets=outlets
    )


def __getattr__(name: str) -> Any:
    if name == "Assistant":
        from rag.assistant import Assistant

        return Assistant
    raise AttributeError(f"module 'rag' has no attribute {name!r}")

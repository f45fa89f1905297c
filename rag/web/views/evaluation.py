"""The state of an evaluation run, and its report, as HTML (`templates/evaluation.html`)."""

from __future__ import annotations

import math

from rag.web.services.evaluation_runner import Idle, Running, State
from rag.web.views.templates import render

LEAD = (
    '<p class="lead">Answers are scored against the accepted answers of a question set, '
    "without a judge model. A question takes about 20 seconds; the chat stays usable.</p>"
)
STOPPING = '<p role="status">Stopping after this question…</p>'
_NO_SETS = (
    '<p class="lead">No question set is available: start the chat with '
    "<code>RAG_QUESTIONS=FOLDER rag serve</code>, a folder of <code>.jsonl</code> files.</p>"
)


def render_state(state: State, sets: bool = True) -> str:
    """The state as HTML; a report is in a frame that may run no script."""
    if isinstance(state, Idle):
        return "" if sets else _NO_SETS
    return render("evaluation.html", state=state, kind=type(state).__name__, line=_line(state))


def _line(state: State) -> str:
    """How far a run is, in words."""
    if not isinstance(state, Running) or not state.total:
        return "Asking…"
    left = "" if state.left is None else f", about {_time(state.left)} left"
    return f"Asked {state.done:,} of {state.total:,}{left}"


def _time(seconds: float) -> str:
    return f"{math.ceil(seconds)} s" if seconds < 90 else f"{math.ceil(seconds / 60)} min"

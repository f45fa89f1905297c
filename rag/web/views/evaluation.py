"""The state of an evaluation run, and its report, as HTML."""

from __future__ import annotations

import html
import math

from rag.web.services.evaluation_runner import Failed, Idle, Running, State
from rag.web.views.escape import escape_html, strip_invisible

_NO_SETS = (
    '<p class="lead">No question set is at hand: start the chat with '
    "<code>RAG_QUESTIONS=FOLDER rag serve</code>, a folder of <code>.jsonl</code> files.</p>"
)
LEAD = (
    '<p class="lead">Answers are scored against what a question set accepts, without a judge. It '
    "takes some 20 seconds a question; the chat goes on meanwhile.</p>"
)
STOPPING = "<p role='status'>Stopping after this question…</p>"


def render_state(state: State, sets: bool = True) -> str:
    """The state as HTML; a report stands in a frame that may run nothing."""
    if isinstance(state, Idle):
        return "" if sets else _NO_SETS
    if isinstance(state, Failed):
        return f'<p role="alert" class="fault">{escape_html(strip_invisible(state.message))}</p>'
    if isinstance(state, Running):
        if not state.total:
            return '<p role="status">Asking…</p><progress></progress>'
        left = "" if state.left is None else f", about {_time(state.left)} left"
        return (
            f'<p role="status">Asked {state.done:,} of {state.total:,}{left}</p>'
            f'<progress max="{state.total}" value="{state.done}"></progress>'
        )
    name, folder = escape_html(strip_invisible(state.name)), escape_html(str(state.folder))
    report = html.escape(state.report)
    return (
        f'<p role="status">{name}: done. Kept in <code>{folder}</code></p>'
        f'<iframe title="Report on {name}" sandbox="" srcdoc="{report}"></iframe>'
    )


def _time(seconds: float) -> str:
    return f"{math.ceil(seconds)} s" if seconds < 90 else f"{math.ceil(seconds / 60)} min"

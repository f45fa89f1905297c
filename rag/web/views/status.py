"""The status line of the page and the hint below the question, as HTML.

In:  a state of `rag.web.services.app_state`; one line of text.
Out: HTML (`templates/status.html`, `templates/hint.html`).
"""

from __future__ import annotations

import math

from rag.web.services.app_state import Indexing, Loading, Ready, State
from rag.web.views.templates import render

_STAGES = {
    "": "reading the articles",
    "reading": "reading the articles",
    "embedding": "embedding the articles",
    "comparing": "comparing the articles",
    "indexing": "indexing the passages",
}


def render_status(state: State) -> str:
    """One line, and a bar while the index is built or the models are loaded."""
    return render("status.html", state=state, kind=type(state).__name__, line=_line(state))


def render_hint(text: str) -> str:
    """A line about the question, below the box; empty for no text."""
    return render("hint.html", text=text) if text else ""


def render_notice(text: str) -> str:
    """A line that says what is going on; empty for no text."""
    return render("notice.html", text=text) if text else ""


def _line(state: State) -> str:
    if isinstance(state, Ready):
        counts = f"{state.articles:,} articles, {state.passages:,} passages"
        sent = [f"questions and passages are sent to {state.server}"] if state.server else []
        if state.record:
            sent.append(f"articles are in {state.record}")
        if state.vectors:
            sent.append(f"their vectors are on the Chroma server {state.vectors}")
        return "; ".join([counts, *sent]) if sent else f"{counts}, all on this machine"
    if isinstance(state, Indexing) and state.total:
        stage = _STAGES.get(state.stage, state.stage)
        left = "" if state.left is None else f", about {math.ceil(state.left)} s left"
        return f"{stage[:1].upper()}{stage[1:]}: {state.done:,} of {state.total:,}{left}"
    return state.message if isinstance(state, Loading) else "Checking the articles…"

"""The fixed words of the page, and the status line: pure functions from states to HTML."""

from __future__ import annotations

import math

from rag.web.services.app_state import Loading, Ready, StartupFailed, State
from rag.web.views.escape import escape_html, strip_invisible

TITLE = "<h1>Footnoted</h1><p>Every sentence of an answer names the passage it rests on.</p>"
WELCOME = "Ask about the articles, or begin with one of these:"
ASK = "Ask about the articles…"
SOON = "Ready in a moment…"
FILTERS = "Only some dates or outlets"
DATE = "2024-06-12, 2024-06 or 2024"
FIND = "Words of a headline, an outlet or a text…"
NO_UPLOAD = (
    '<p class="lead">To add and remove articles here, start the chat with '
    "<code>rag serve --upload</code>.</p>"
)
CHOOSE = '<p class="lead">Choose an article to read it here.</p>'
KEEP = "Keep what I ask, on this machine"
NOTE_UP = "What was good about it? (a note, if you like)"
NOTE_DOWN = "What was wrong with it? (a note, if you like)"
NOT_READY = "Not ready yet: one moment."
BUSY = "Too many questions are waiting: ask again in a minute."
BROKEN = "something went wrong on this machine: ask again, or type `rag doctor` to find out why"

_STAGES = {
    "": "reading the articles",
    "reading": "reading the articles",
    "embedding": "taking in the articles",
    "indexing": "indexing the passages",
}


def status(state: State) -> str:
    """One line, and a bar while the index is being built."""
    if isinstance(state, Ready):
        told = f"{state.articles:,} articles, {state.passages:,} passages, all on this machine"
        return f'<p role="status">{told}</p>'
    if isinstance(state, StartupFailed):
        message = escape_html(strip_invisible(state.message))
        return (
            f'<p role="alert" class="fault"><strong>Not ready.</strong> {message}</p>'
            '<p class="fault">Then start the chat again: <code>rag serve</code></p>'
        )
    if isinstance(state, Loading):
        return f'<p role="status">{state.message}</p><progress></progress>'
    if not state.total:
        return '<p role="status">Looking at the articles…</p><progress></progress>'
    stage = _STAGES.get(state.stage) or escape_html(strip_invisible(state.stage))
    left = "" if state.left is None else f", about {math.ceil(state.left)} s left"
    return (
        f'<p role="status">{stage[:1].upper()}{stage[1:]}: {state.done:,} of {state.total:,}'
        f'{left}</p><progress max="{state.total}" value="{state.done}"></progress>'
    )


def filters(told: str) -> str:
    """The label of the fold that holds the filters."""
    return f"Only {strip_invisible(told)}" if told else FILTERS


def thanks() -> str:
    """Under the box, once a note is kept."""
    return '<p role="status" class="well">Your note is kept.</p>'


def hint(text: str) -> str:
    """A word about the question, below the box."""
    return f'<p role="alert">{escape_html(text)}</p>' if text else ""

"""The stored conversations as a list: from values to HTML.

In:  conversations; the id of the current one; a line about a fault.
Out: HTML (`templates/history.html`); a title is a button that opens its conversation.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from rag.conversations.models import Conversation
from rag.web.views.article import day
from rag.web.views.escape import quantity, strip_invisible
from rag.web.views.templates import render

NONE_STORED = "No conversation is stored yet."
HISTORY_OFF = "New questions are not stored."
HISTORY_DISABLED = "History is turned off (RAG_KEEP_CONVERSATIONS=no)."
UNSTORED = "Current conversation"


class _Row(NamedTuple):
    id: str  # "" for the current conversation, where it is not stored
    title: str
    details: str
    current: bool


def render_history(
    conversations: Sequence[Conversation], current: str, unstored: int = 0, fault: str = ""
) -> str:
    """The list; `unstored` questions of the current conversation are not stored anywhere."""
    rows = [_row(each, each.id == current) for each in conversations]
    if unstored and not current:
        rows.insert(
            0, _Row("", UNSTORED, f"not stored · {quantity(unstored, 'question')}", current=True)
        )
    count = len(conversations)
    summary = f"{quantity(count, 'conversation')}, stored on this machine"
    return render(
        "history.html",
        summary=summary if count else NONE_STORED,
        fault=fault,
        rows=rows,
        count=count,
    )


def _row(conversation: Conversation, current: bool) -> _Row:
    turns = conversation.turns
    details = f"{_when(turns[-1].asked_at)} · {quantity(len(turns), 'question')}"
    if current:
        details += " · current"
    return _Row(
        conversation.id, strip_invisible(conversation.title) or "Untitled", details, current
    )


def _when(time: str) -> str:
    """A time in UTC (ISO 8601) as the clock of this machine shows it."""
    try:
        local = datetime.fromisoformat(time).astimezone()
    except ValueError:
        return "at an unknown time"
    return f"{day(local.date().isoformat())}, {local:%H:%M}"

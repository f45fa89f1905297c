"""A conversation as a file, in one of the formats of `rag.export`. Pure functions.

In:  a `Conversation`. Out: the text of a file, and a name for it.
Left to others: the formats (`rag.export`). JSON alone has everything that is stored.
"""

from __future__ import annotations

import json
import re
from typing import Any

from rag.conversations.models import ChatTurn, Conversation, Stage
from rag.export import FORMATS, export_answers, html, markdown
from rag.export.dossier import Entry

_NO_ANSWER: dict[Stage, str] = {
    "interrupted": "Not answered: the program ended first.",
    "stopped": "Stopped before the answer was checked.",
}


def export_conversation(conversation: Conversation, file_format: str) -> str:
    """The text of a file with the conversation, or with what its answers cite.

    Raises:
        ExportError: there is no such format.
    """
    if file_format == "json":
        return as_json(conversation)
    entries = [_entry(turn) for turn in conversation.turns]
    if file_format == "markdown":
        return markdown.render_dossier(conversation.title, entries)
    if file_format == "html":
        return html.render_dossier(conversation.title, entries)
    return export_answers([each.answer for each in entries if each.answer], file_format)


def _entry(turn: ChatTurn) -> Entry:
    minute = turn.asked_at[:16].replace("T", " ")
    when = f"Asked on {minute} UTC" if minute else "Asked"
    only = f", only {turn.filters.describe()}" if turn.filters else ""
    fault = turn.fault or _NO_ANSWER.get(turn.stage, "Not answered.")
    return Entry(turn.question, turn.answer, fault, when + only)


def as_json(conversation: Conversation) -> str:
    """All that is stored, each answer whole; `ChatTurn.from_json` parses the `turns`.

    `exchanges` are the turns with the keys that version 0.1 wrote.
    """
    turns = [turn.to_json() for turn in conversation.turns]
    values: dict[str, Any] = {
        "id": conversation.id,
        "title": conversation.title,
        "turns": turns,
        "exchanges": [_with_old_keys(turn) for turn in turns],
    }
    text = json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return json.dumps(values, indent=1) + "\n"
    return text


def _with_old_keys(turn: dict[str, Any]) -> dict[str, Any]:
    """A turn's JSON as version 0.1 wrote it, whose readers know no other keys."""
    stage = {"interrupted": "begun"}.get(turn["stage"], turn["stage"])
    old = {"asked": turn["asked_at"], "verdict": turn["feedback"], "stage": stage}
    return {**turn, **old, **turn["filters"]}


def file_name(conversation: Conversation, file_format: str) -> str:
    """A name such as "when-did-the-bridge-open.md": ASCII letters, digits and hyphens."""
    words = re.findall(r"[a-z0-9]+", conversation.title.lower())
    name = ""
    for word in words:
        if len(name) + len(word) > 60:
            break
        name += f"-{word}"
    return f"{name.strip('-') or 'conversation'}.{FORMATS[file_format].ending}"

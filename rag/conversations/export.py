"""A conversation to take away: Markdown with a footnote for each citation, or JSON. Pure functions.

In:  a `Conversation`. Out: the text of a file, and a name for it.

In Markdown all foreign text is escaped: an article cannot set a link, an image or HTML there.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator
from typing import Any

from rag.conversations.models import Conversation, StoredTurn, to_json
from rag.types import Citation

_MARKER = re.compile(r"\s*\[(\d{1,4})\]")
_LIVE = re.compile(f"([{re.escape(string.punctuation)}])")
_TAME = re.compile(r"\\(?!:\\/\\/)([,.;:?!%/\"'()+=-])")  # these begin nothing within a line
_WEB = re.compile(r"https?://[!-;=?-~]+")
_ENDINGS = {
    "begun": "Not answered: the program ended first.",
    "stopped": "Stopped before the answer was checked.",
}


def markdown(conversation: Conversation) -> str:
    """The questions as headings, the answers, and each citation as a numbered footnote."""
    lines = [f"# {_escaped(conversation.title)}", ""]
    notes: list[str] = []
    for each in conversation.exchanges:
        asked = each.asked[:16].replace("T", " ")
        when = f"Asked on {asked} UTC" if asked else "Asked"
        lines += [f"## {_escaped(each.question)}", "", f"*{when}{_escaped(_within(each))}*", ""]
        lines += [*_answered(each, notes), ""]
    return "\n".join([*lines, *notes]).rstrip() + "\n"


def as_json(conversation: Conversation) -> str:
    """Everything that is kept, each answer whole; `rag.conversations.models.from_json` reads it."""
    told: dict[str, Any] = {
        "id": conversation.id,
        "title": conversation.title,
        "exchanges": [to_json(each) for each in conversation.exchanges],
    }
    shown = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    try:
        shown.encode()
    except UnicodeEncodeError:  # what UTF-8 has no bytes for
        return json.dumps(told, indent=1) + "\n"
    return shown


def file_name(conversation: Conversation, ending: str) -> str:
    """Such as "when-did-the-bridge-open.md": letters, digits and hyphens."""
    words = re.findall(r"[a-z0-9]+", conversation.title.lower())
    name = ""
    for word in words:
        if len(name) + len(word) > 60:
            break
        name += f"-{word}"
    return f"{name.strip('-') or 'conversation'}.{ending}"


def _answered(each: StoredTurn, notes: list[str]) -> Iterator[str]:
    if each.answer is None:
        yield f"*{_escaped(each.fault) or _ENDINGS.get(each.stage, 'Not answered.')}*"
        return
    known = {citation.number: citation for citation in each.answer.citations}
    first = len(notes) // 2
    numbers: dict[int, int] = {}
    text, end = "", 0
    for marker in _MARKER.finditer(each.answer.text):
        number = int(marker[1])
        if number in known:
            numbers.setdefault(number, first + len(numbers) + 1)
            text += _escaped(each.answer.text[end : marker.start()], end > 0)
            text += f"[^{numbers[number]}]"
            end = marker.end()
    yield text + _escaped(each.answer.text[end:], end > 0)
    for number, note in numbers.items():
        notes += [f"[^{note}]: {_note(known[number])}", ""]


def _note(cited: Citation) -> str:
    parts = [_escaped(each) for each in (cited.title or "Untitled", cited.source or "") if each]
    parts += [_escaped(cited.published)] if cited.published else []
    if cited.url:
        parts.append(f"<{cited.url}>" if _WEB.fullmatch(cited.url) else _escaped(cited.url))
    place = f"characters {cited.start} to {cited.end} of {_escaped(cited.article)}"
    return f"{', '.join([*parts, place])}: “{_escaped(cited.quote)}”"


def _within(each: StoredTurn) -> str:
    parts = [f"from {each.since}"] if each.since else []
    parts += [f"until {each.until}"] if each.until else []
    parts += each.outlets
    return f", only {', '.join(parts)}" if parts else ""


def _escaped(text: str, within: bool = False) -> str:
    """Foreign `text` on one line, in which nothing is mark-up; `within`: the line has begun."""
    edge = " " if within and text[:1].isspace() else ""
    seen = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    safe = _TAME.sub(r"\1", _LIVE.sub(r"\\\1", seen))
    safe = re.sub(r"\b(www)\.", r"\1\\.", safe, flags=re.I)  # else a link, to some readers
    if not within:  # "1." would begin a list
        safe = re.sub(r"^(\d{1,9}(?=[.)])|(?=[-+=]))(.)", r"\1\\\2", safe)
    return edge + safe

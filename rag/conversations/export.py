"""A conversation as a file: Markdown with a footnote for each citation, or JSON. Pure functions.

In:  a `Conversation`. Out: the text of a file, and a name for it.

In Markdown all text of articles, model and user is escaped: none of it can become a link, an
image or HTML there.
"""

from __future__ import annotations

import json
import re
import string
from typing import Any

from rag.conversations.models import ChatTurn, Conversation, Stage
from rag.grounding.rendering import field_label
from rag.text.citation_marks import find_citation_marks
from rag.types import Citation

_PUNCTUATION = re.compile(f"([{re.escape(string.punctuation)}])")
_HARMLESS = re.compile(r"\\(?!:\\/\\/)([,.;:?!%/\"'()+=-])")  # starts no markup within a line
_WEB_ADDRESS = re.compile(r"https?://[!-;=?-~]+")
_NO_ANSWER: dict[Stage, str] = {
    "interrupted": "Not answered: the program ended first.",
    "stopped": "Stopped before the answer was checked.",
}


def markdown(conversation: Conversation) -> str:
    """The questions as headings, the answers, and each citation as a numbered footnote."""
    lines = [f"# {_escaped(conversation.title)}", ""]
    footnotes: list[str] = []
    for turn in conversation.turns:
        minute = turn.asked_at[:16].replace("T", " ")
        when = f"Asked on {minute} UTC" if minute else "Asked"
        only = f", only {turn.filters.describe()}" if turn.filters else ""
        lines += [f"## {_escaped(turn.question)}", "", f"*{when}{_escaped(only)}*", ""]
        lines += [_answer(turn, footnotes), ""]
    return "\n".join([*lines, *footnotes]).rstrip() + "\n"


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


def file_name(conversation: Conversation, ending: str) -> str:
    """A name such as "when-did-the-bridge-open.md": ASCII letters, digits and hyphens."""
    words = re.findall(r"[a-z0-9]+", conversation.title.lower())
    name = ""
    for word in words:
        if len(name) + len(word) > 60:
            break
        name += f"-{word}"
    return f"{name.strip('-') or 'conversation'}.{ending}"


def _answer(turn: ChatTurn, footnotes: list[str]) -> str:
    """The answer, or why there is none; its citations go to the end of `footnotes`."""
    if turn.answer is None:
        return f"*{_escaped(turn.fault) or _NO_ANSWER.get(turn.stage, 'Not answered.')}*"
    answer = turn.answer
    citations = {citation.number: citation for citation in answer.citations}
    first = len(footnotes) // 2
    numbers: dict[int, int] = {}  # of the citations, to those of the footnotes
    text, end = "", 0
    for mark in find_citation_marks(answer.text):
        number = mark.number
        if number in citations:
            numbers.setdefault(number, first + len(numbers) + 1)
            text += _escaped(answer.text[end : mark.start], inline=end > 0)
            text += f"[^{numbers[number]}]"
            end = mark.end
    for number, footnote in numbers.items():
        footnotes += [f"[^{footnote}]: {_footnote(citations[number])}", ""]
    return text + _escaped(answer.text[end:], inline=end > 0)


def _footnote(citation: Citation) -> str:
    names = (citation.title or "Untitled", citation.source or "")
    parts = [_escaped(each) for each in names if each]
    parts += [_escaped(citation.published)] if citation.published else []
    if citation.url:
        is_link = _WEB_ADDRESS.fullmatch(citation.url)
        parts.append(f"<{citation.url}>" if is_link else _escaped(citation.url))
    article, quote = _escaped(citation.article), _escaped(citation.quote)
    if citation.field:
        return f"{', '.join(parts)}, record of {article}: {field_label(citation.field)} “{quote}”"
    span = f"characters {citation.start} to {citation.end} of {article}"
    return f"{', '.join([*parts, span])}: “{quote}”"


def _escaped(text: str, inline: bool = False) -> str:
    """Foreign `text` on one line, without any markup; `inline`: it does not start the line."""
    edge = " " if inline and text[:1].isspace() else ""
    printable = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    safe = _HARMLESS.sub(r"\1", _PUNCTUATION.sub(r"\\\1", printable))
    safe = re.sub(r"\b(www)\.", r"\1\\.", safe, flags=re.I)  # some renderers would make it a link
    if not inline:  # "1." would start a list
        safe = re.sub(r"^(\d{1,9}(?=[.)])|(?=[-+=]))(.)", r"\1\\\2", safe)
    return edge + safe

"""The conversations that are kept, as a list: a pure function from values to HTML.

In:  conversations; the id of the one in hand; a word about it all.
Out: HTML in which all foreign text went through `plain`; a title is a button that opens it.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime

from rag.conversations.models import Conversation
from rag.web.views.article import day
from rag.web.views.escape import counted, escape_html, strip_invisible
from rag.web.views.messages import hint

NONE = "Nothing is kept yet."
OFF = "What you ask from now on is not kept."
NEVER = "This chat keeps nothing (RAG_KEEP_CONVERSATIONS=no)."
UNKEPT = "The conversation in hand"


def render_history(
    found: Sequence[Conversation], in_hand: str, unkept: int = 0, fault: str = ""
) -> str:
    """The list; `unkept` questions of the conversation in hand are in no store."""
    rows = [_row(each, each.id == in_hand) for each in found]
    if unkept and not in_hand:
        meta = f"not kept · {counted(unkept, 'question')}"
        rows.insert(0, f"<li>{_head('', UNKEPT, meta, True)}{_exports('', UNKEPT)}</li>")
    told = counted(len(found), "conversation") + ", kept on this machine" if found else NONE
    everything = (
        '<p class="all"><button type="button" class="act" data-delete="all">Delete all</button></p>'
        if len(found) > 1
        else ""
    )
    list_ = f"<ul>{''.join(rows)}</ul>" if rows else ""
    return (
        f'<section aria-label="Conversations"><p class="lead" role="status">{told}</p>'
        f"{hint(fault)}{list_}{everything}</section>"
    )


def _row(one: Conversation, in_hand: bool) -> str:
    title = strip_invisible(one.title) or "Untitled"
    questions = counted(len(one.exchanges), "question")
    meta = f"{_when(one.exchanges[-1].asked)} · {questions}"
    if in_hand:
        meta += " · in hand"
    delete = (
        f'<button type="button" class="act" data-delete="{html.escape(one.id)}">'
        f'Delete<span class="unseen"> “{escape_html(title)}”</span></button>'
    )
    return f"<li>{_head(one.id, title, meta, in_hand)}{_exports(one.id, title, delete)}</li>"


def _head(id: str, title: str, meta: str, in_hand: bool) -> str:
    current = ' aria-current="true"' if in_hand else ""
    return (
        f'<button type="button" class="title" data-talk="{html.escape(id)}"{current}>'
        f'<strong>{escape_html(title)}</strong><span class="meta">{escape_html(meta)}</span></button>'
    )


def _exports(id: str, title: str, more: str = "") -> str:
    buttons = "".join(
        f'<button type="button" class="act" data-export="{html.escape(id)}" data-as="{ending}">'
        f'{name}<span class="unseen"> of “{escape_html(title)}”</span></button>'
        for name, ending in (("Markdown", "md"), ("JSON", "json"))
    )
    return f'<p class="acts">{buttons}{more}</p>'


def _when(asked: str) -> str:
    """A time in UTC as the clock of this machine shows it."""
    try:
        local = datetime.fromisoformat(asked).astimezone()
    except ValueError:
        return "at some time"
    return f"{day(local.date().isoformat())}, {local:%H:%M}"

"""How many of the answers shown may be wrong: a list below the question, wired to its handlers.

In:  the share of the settings; the row of the page in whose context the list is laid out.
Out: `PromiseComponents`.
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import Dependency

from rag.web.handlers.by_collection import ByCollection
from rag.web.handlers.promise import PromiseHandlers
from rag.web.layout.components import PromiseComponents
from rag.web.views import messages
from rag.web.views.promise import share_choices

# `BrowserState` encrypts what it stores. There is nothing to hide here; another key with each start
# would only make the choice of the last visit unreadable.
_STORAGE = "footnoted-max-wrong"
_DIRECT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def promise_list(initial: float) -> gr.Dropdown:
    """The list of shares; `initial` is chosen at first."""
    return gr.Dropdown(
        share_choices(initial),
        value=initial,
        label=messages.PROMISE,
        show_label=False,
        container=False,
        filterable=False,
        elem_id="max-wrong",
    )


def promise_note() -> gr.HTML:
    """The line that says what is promised for the share that is chosen."""
    return gr.HTML("", elem_id="promise", apply_default_css=False)


def promise_components(max_wrong: gr.Dropdown, note: gr.HTML) -> PromiseComponents:
    """Both, with the place in the browser where the choice is stored."""
    stored = gr.BrowserState(None, storage_key=_STORAGE, secret=_STORAGE)
    return PromiseComponents(max_wrong, note, stored)


def wire_promise(
    parts: PromiseComponents, handlers: ByCollection[PromiseHandlers], looks: list[Dependency]
) -> None:
    """Connect the list with `handlers`; after each of `looks` start-up may have ended."""
    parts.max_wrong.input(handlers.choose, parts.max_wrong, [parts.stored, parts.note], **_DIRECT)
    for look in looks:
        look.then(handlers.restore, parts.stored, [parts.max_wrong, parts.note], **_DIRECT)

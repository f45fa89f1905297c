"""The list at the top by which another collection is chosen: laid out, and wired.

In:  `OpenCollections`; the row of the page in whose context it is laid out.
Out: a list, which is there only where there are several collections.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.web.handlers.by_collection import ByCollection
from rag.web.handlers.chat import ChatHandlers
from rag.web.handlers.collections import CollectionHandlers
from rag.web.services.collections import OpenCollections
from rag.web.views import messages

_GO = "(name) => document.dispatchEvent(new CustomEvent('footnoted:collection', { detail: name }))"
_DIRECT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def collection_list() -> gr.Dropdown:
    """The list, hidden until the page is opened."""
    return gr.Dropdown(
        [],
        label=messages.COLLECTION,
        container=False,
        show_label=False,
        filterable=False,
        visible=False,
        elem_id="collection",
        scale=0,
        min_width=180,
    )


def wire_collections(
    page: gr.Blocks,
    chosen: gr.Dropdown,
    collections: OpenCollections,
    chat: ByCollection[ChatHandlers],
) -> None:
    """Connect the list; an answer that is under way is finished where it was asked."""
    handlers = CollectionHandlers(collections)
    page.load(handlers.offer, None, chosen, **_DIRECT)
    choice = chosen.input(chat.move_on, None, None, **_DIRECT)
    choice.then(None, chosen, None, js=_GO, **_DIRECT)

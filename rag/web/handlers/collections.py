"""What the list of collections offers, and what happens when another one is chosen.

In:  `OpenCollections`; the request of a page. Out: new values for the list.
The browser then goes to the address of the other collection (`rag/web/static/page.js`).
"""

from __future__ import annotations

import logging

import gradio as gr

from rag.errors import RagError
from rag.web.middleware.collection_gate import current_collection
from rag.web.services.collections import OpenCollections

log = logging.getLogger(__name__)


class CollectionHandlers:
    """The event function of the list at the top."""

    def __init__(self, collections: OpenCollections) -> None:
        self._collections = collections

    def offer(self, request: gr.Request) -> gr.Dropdown:
        """The page was opened: offer the collections, where there is more than one."""
        try:
            names = self._collections.names
        except RagError:
            log.exception("no list of collections")
            return gr.Dropdown(visible=False)
        current = current_collection(request) or self._collections.first.settings.collection
        return gr.Dropdown(names, value=current, visible=len(names) > 1)

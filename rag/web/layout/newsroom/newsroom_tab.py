"""The Check tab: its filter, and a tab for each tool.

In:  `OpenCollections`, within the tabs of the page. Out: a tab.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.web.handlers.by_collection import ByCollection
from rag.web.handlers.newsroom import FilterHandlers
from rag.web.layout.filter_fields import filter_fields
from rag.web.layout.newsroom.draft_tab import draft_tab
from rag.web.layout.newsroom.quote_tab import quote_tab
from rag.web.layout.newsroom.timeline_tab import timeline_tab
from rag.web.services.collections import OpenCollections

_DIRECT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def newsroom_tab(page: gr.Blocks, collections: OpenCollections) -> None:
    """The tab, within the tabs of `page`."""
    with gr.Tab("Check", elem_id="tab-newsroom") as tab:
        filters = filter_fields("newsroom-filters")
        fault = gr.HTML("", elem_id="newsroom-fault", apply_default_css=False)
        with gr.Tabs(elem_id="newsroom-tools"):
            quote_tab(collections, filters)
            draft_tab(page, collections, filters)
            timeline_tab(page, collections, filters)
    handlers = ByCollection(collections, FilterHandlers, FilterHandlers)
    tab.select(handlers.open, None, filters.outlets, **_DIRECT)
    gr.on(filters.changes, handlers.update, filters.values, [filters.fold, fault], **_DIRECT)

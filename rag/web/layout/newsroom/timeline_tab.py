"""The Timeline tab, which lists what articles say of a topic by date: laid out, and wired to
`TimelineHandlers`.

In:  the page, `OpenCollections`, the fields of the filter; within the tools of the newsroom. Out: a
     tab.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.types import LONGEST_QUESTION
from rag.web.handlers.by_collection import ByCollection
from rag.web.handlers.newsroom import TimelineHandlers
from rag.web.layout.filter_fields import FilterFields
from rag.web.services.app_state import QUEUE
from rag.web.services.collections import OpenCollections
from rag.web.views.newsroom.timeline import LEAD

_PRIVATE: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def timeline_tab(page: gr.Blocks, collections: OpenCollections, filters: FilterFields) -> None:
    """The tab, within the tools of the newsroom on `page`."""
    with gr.Tab("Timeline", elem_id="tab-timeline"):
        gr.HTML(LEAD, elem_classes="newsroom-lead", apply_default_css=False)
        with gr.Row(elem_classes="newsroom-row"):
            topic = gr.Textbox(label="Topic", max_lines=1, max_length=LONGEST_QUESTION + 1, scale=1)
            show = gr.Button("Show", variant="primary", scale=0)
        result = gr.HTML(
            "", elem_id="timeline-result", elem_classes="newsroom-result", apply_default_css=False
        )
    handlers = ByCollection(collections, TimelineHandlers, TimelineHandlers)
    gr.on(
        [show.click, topic.submit],
        handlers.show,
        [topic, *filters.values],
        result,
        trigger_mode="once",
        concurrency_limit=QUEUE + 1,
        **_PRIVATE,
    )
    page.unload(handlers.everywhere("leave"))

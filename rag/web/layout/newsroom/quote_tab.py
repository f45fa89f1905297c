"""The Quote tab, which says where a quotation stands: laid out, and wired to `QuoteHandlers`.

In:  `OpenCollections`, the fields of the filter; within the tools of the newsroom. Out: a tab.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.newsroom.quotes.given import LONGEST_QUOTATION
from rag.web.handlers.by_collection import ByCollection
from rag.web.handlers.newsroom import QuoteHandlers
from rag.web.layout.filter_fields import FilterFields
from rag.web.services.collections import OpenCollections
from rag.web.views.newsroom.quote import LEAD

_DIRECT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def quote_tab(collections: OpenCollections, filters: FilterFields) -> None:
    """The tab, within the tools of the newsroom."""
    with gr.Tab("Quote", elem_id="tab-quote"):
        gr.HTML(LEAD, elem_classes="newsroom-lead", apply_default_css=False)
        text = gr.Textbox(
            label="Quotation",
            placeholder="“We will not sell the yard,” said Lena Holt",
            lines=3,
            max_lines=12,
            max_length=LONGEST_QUOTATION + 1,  # so that one that is too long is told
        )
        with gr.Row(elem_classes="newsroom-row"):
            speaker = gr.Textbox(label="Said by (if you like)", max_lines=1, scale=1)
            check = gr.Button("Check", variant="primary", scale=0)
        result = gr.HTML(
            "", elem_id="quote-result", elem_classes="newsroom-result", apply_default_css=False
        )
    handlers = ByCollection(collections, QuoteHandlers, QuoteHandlers)
    gr.on(
        [check.click, speaker.submit, text.submit],
        handlers.look_up,
        [text, speaker, *filters.values],
        result,
        **_DIRECT,
    )

"""The Quote tab, which says where a quotation stands: laid out, and wired to `QuoteHandlers`.

In:  `AppState`, within the tabs of the page.
Out: a tab; an article that has the quotation opens in the viewer beside it.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.newsroom.quotes.given import LONGEST_QUOTATION
from rag.web.handlers.quote import QuoteHandlers
from rag.web.services.app_state import AppState
from rag.web.views.quote import LEAD

_DIRECT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def quote_tab(app_state: AppState) -> None:
    """The tab, within the tabs of the page."""
    with gr.Tab("Quote", elem_id="tab-quote"):
        gr.HTML(LEAD, elem_id="quote-lead", apply_default_css=False)
        text = gr.Textbox(
            label="Quotation",
            placeholder="“We will not sell the yard,” said Lena Holt",
            lines=3,
            max_lines=12,
            max_length=LONGEST_QUOTATION + 1,  # so that one that is too long is told
        )
        with gr.Row(elem_id="quote-speaker"):
            speaker = gr.Textbox(label="Said by (if you like)", max_lines=1, scale=1)
            check = gr.Button("Check", variant="primary", scale=0)
        result = gr.HTML("", elem_id="quote-result", apply_default_css=False)
    handlers = QuoteHandlers(app_state)
    gr.on(
        [check.click, speaker.submit, text.submit],
        handlers.look_up,
        [text, speaker],
        result,
        **_DIRECT,
    )

"""The Alerts tab, which keeps questions and shows what of their answers has changed.

In:  `OpenCollections`, within the tabs of the page.
Out: a tab; an article that is cited opens in the viewer beside it.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.types import LONGEST_QUESTION
from rag.web.handlers.alerts import AlertHandlers
from rag.web.handlers.by_collection import ByCollection
from rag.web.layout.components import AlertComponents
from rag.web.services.alert_runner import AlertRunner
from rag.web.services.app_state import AppState
from rag.web.services.collections import OpenCollections
from rag.web.views.alerts import LEAD

# In the browser: `page.js` sends this event once the person has confirmed.
BRIDGE = """
document.addEventListener("footnoted:remove-alert", (event) => trigger("select", event.detail));
"""
_DIRECT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_ASKING: dict[str, Any] = _DIRECT | {"show_progress": "minimal"}


def alerts_tab(collections: OpenCollections) -> None:
    """The tab, within the tabs of the page."""
    with gr.Tab("Alerts", elem_id="tab-alerts", render_children=True) as tab:
        gr.HTML(LEAD, elem_id="alerts-lead", apply_default_css=False)
        with gr.Row(elem_id="alert-question"):
            question = gr.Textbox(
                label="Question to keep",
                placeholder="How much will the bridge cost?",
                max_lines=3,
                max_length=LONGEST_QUESTION + 1,  # so that one that is too long is told
                scale=1,
            )
            add = gr.Button("Add", variant="primary", scale=0)
        hint = gr.HTML("", elem_id="alert-hint", apply_default_css=False)
        alerts = gr.HTML("", elem_id="alert-list", apply_default_css=False, js_on_load=BRIDGE)
        clock = gr.Timer(1.0, active=False)
    parts = AlertComponents(question, hint, alerts, clock)

    def make(app_state: AppState) -> AlertHandlers:
        runner = AlertRunner(app_state)
        runner.watch()
        return AlertHandlers(app_state, runner, parts)

    handlers = ByCollection(collections, AlertHandlers, make)
    handlers.of(collections.first)  # whose alerts are asked again also while no page is open
    outputs = [question, hint, *parts.listing]
    gr.on([add.click, question.submit], handlers.keep, [question], outputs, **_ASKING)
    alerts.select(handlers.drop, None, outputs, **_DIRECT)
    gr.on([tab.select, clock.tick], handlers.look, None, parts.listing, **_DIRECT)

"""The Evaluate tab, which scores answers against a question set: laid out and wired.

In:  `OpenCollections`, within the tabs of the page.
Out: a tab that shows the same report as `rag eval` writes, in a frame of its own.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.web.handlers.by_collection import ByCollection
from rag.web.handlers.evaluation import SPLITS, EvaluationHandlers
from rag.web.layout.components import EvaluationComponents
from rag.web.services.collections import OpenCollections
from rag.web.services.evaluation_runner import EvaluationRunner
from rag.web.views.evaluation import LEAD

_COUNT = 10  # questions
_BASELINE = "Compare with the model given instructions alone (takes twice as long)"
_DIRECT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def evaluation_tab(collections: OpenCollections) -> None:
    """The tab, within the tabs of the page."""
    with gr.Tab("Evaluate", elem_id="tab-evaluation") as tab:
        gr.HTML(LEAD, apply_default_css=False, elem_id="evaluation-lead")
        with gr.Row():
            question_set = gr.Dropdown([], label="Question set", scale=2)
            split = gr.Radio(list(SPLITS), value="All", label="Part of the set")
            count = gr.Number(
                _COUNT, label="Questions, spread over that part", minimum=1, precision=0
            )
        baseline = gr.Checkbox(False, label=_BASELINE)
        with gr.Row():
            run = gr.Button("Run", variant="primary", scale=0)
            stop = gr.Button("Stop", variant="secondary", scale=0, visible=False)
        report = gr.HTML("", elem_id="evaluation-report", apply_default_css=False)
        clock = gr.Timer(1.0, active=False)
    parts = EvaluationComponents(
        question_set=question_set, run=run, stop=stop, report=report, clock=clock
    )
    handlers = ByCollection(
        collections,
        EvaluationHandlers,
        lambda app_state: EvaluationHandlers(EvaluationRunner(app_state), parts),
    )
    inputs = [question_set, split, count, baseline]
    tab.select(handlers.open, None, [question_set, *parts.progress], **_DIRECT)
    run.click(handlers.run, inputs, parts.progress, **_DIRECT)
    stop.click(handlers.stop, None, parts.progress, **_DIRECT)
    clock.tick(handlers.look, None, parts.progress, **_DIRECT)

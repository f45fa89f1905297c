"""The tab that scores answers against a question set: its components, and what they do.

In:  a `EvaluationRunner`.
Out: the same report as `rag eval` writes, in a frame of its own.
"""

from __future__ import annotations

import html
import math
from typing import Any

import gradio as gr

from rag.evaluation.dataset import Split
from rag.web.services.evaluation_runner import EvaluationRunner, Failed, Idle, Running, State
from rag.web.views import messages as notices
from rag.web.views.escape import escape_html, strip_invisible

PARTS: dict[str, Split | None] = {"All": None, "Held out": "held out", "Tuning": "tuning"}
_COUNT = 10
_BESIDE = "Beside the model with instructions alone (twice the time)"
_NO_SETS = (
    '<p class="lead">No question set is at hand: start the chat with '
    "<code>RAG_QUESTIONS=FOLDER rag serve</code>, a folder of <code>.jsonl</code> files.</p>"
)
_LEAD = (
    '<p class="lead">Answers are scored against what a question set accepts, without a judge. It '
    "takes some 20 seconds a question; the chat goes on meanwhile.</p>"
)


def tab(trial: EvaluationRunner, quiet: dict[str, Any]) -> None:
    """The tab, within the page's tabs. `quiet` are the page's options for events."""
    with gr.Tab("Evaluate", elem_id="room-measure") as room:
        gr.HTML(_LEAD, apply_default_css=False, elem_id="measure-lead")
        with gr.Row(elem_id="measure"):
            name = gr.Dropdown([], label="Question set", scale=2)
            part = gr.Radio(list(PARTS), value="All", label="Part of it")
            count = gr.Number(_COUNT, label="Questions, spread over it", minimum=1, precision=0)
        baseline = gr.Checkbox(False, label=_BESIDE)
        with gr.Row():
            run = gr.Button("Run", variant="primary", scale=0)
            stop = gr.Button("Stop", variant="secondary", scale=0, visible=False)
        told = gr.HTML("", elem_id="measured", apply_default_css=False)
        clock = gr.Timer(1.0, active=False)
    shown = [told, run, stop, clock]

    def look() -> tuple[Any, ...]:
        busy = isinstance(trial.state, Running)
        return (
            render_state(trial.state, bool(trial.sets)),
            gr.Button(visible=not busy),
            gr.Button(visible=busy),
            gr.Timer(active=busy),
        )

    def opened() -> tuple[Any, ...]:
        names = list(trial.sets)
        return (gr.Dropdown(choices=names, value=names[0] if names else None), *look())

    def begin(name: str | None, part: str, count: float | None, baseline: bool) -> tuple[Any, ...]:
        if not count or count < 1:
            return (notices.hint("Give a number of questions, at least 1."), *look()[1:])
        hindered = trial.start(name or "", PARTS.get(part), int(count), baseline)
        return (notices.hint(hindered), *look()[1:]) if hindered else look()

    def end() -> tuple[Any, ...]:
        trial.stop()
        return ("<p role='status'>Stopping after this question…</p>", *look()[1:])

    room.select(opened, None, [name, *shown], queue=False, **quiet)
    run.click(begin, [name, part, count, baseline], shown, queue=False, **quiet)
    stop.click(end, None, shown, queue=False, **quiet)
    clock.tick(look, None, shown, queue=False, **quiet)


def render_state(state: State, sets: bool = True) -> str:
    """The state as HTML; a report stands in a frame that may run nothing."""
    if isinstance(state, Idle):
        return "" if sets else _NO_SETS
    if isinstance(state, Failed):
        return f'<p role="alert" class="fault">{escape_html(strip_invisible(state.message))}</p>'
    if isinstance(state, Running):
        if not state.total:
            return '<p role="status">Asking…</p><progress></progress>'
        left = "" if state.left is None else f", about {_time(state.left)} left"
        return (
            f'<p role="status">Asked {state.done:,} of {state.total:,}{left}</p>'
            f'<progress max="{state.total}" value="{state.done}"></progress>'
        )
    name, folder = escape_html(strip_invisible(state.name)), escape_html(str(state.folder))
    report = html.escape(state.report)
    return (
        f'<p role="status">{name}: done. Kept in <code>{folder}</code></p>'
        f'<iframe title="Report on {name}" sandbox="" srcdoc="{report}"></iframe>'
    )


def _time(seconds: float) -> str:
    return f"{math.ceil(seconds)} s" if seconds < 90 else f"{math.ceil(seconds / 60)} min"

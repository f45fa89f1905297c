"""Event functions of the Evaluate tab.

In:  an `EvaluationRunner`; a question set, a part of it, how many questions.
Out: new values for the components of `rag.web.layout.evaluation_tab`.
"""

from __future__ import annotations

import gradio as gr

from rag.evaluation.dataset import Split
from rag.web.layout.components import EvaluationComponents, Update
from rag.web.services.evaluation_runner import EvaluationRunner, Running
from rag.web.views.evaluation import STOPPING, render_state
from rag.web.views.status import render_hint

SPLITS: dict[str, Split | None] = {"All": None, "Held out": "held out", "Tuning": "tuning"}


class EvaluationHandlers:
    """Start, watch and stop a run; all visitors see the same one."""

    def __init__(self, runner: EvaluationRunner, parts: EvaluationComponents) -> None:
        self._runner = runner
        self._parts = parts

    def open(self) -> Update:
        """The tab was opened: offer the question sets there are now, and show the run."""
        names = list(self._runner.sets)
        choice = gr.Dropdown(choices=names, value=names[0] if names else None)
        return {self._parts.question_set: choice, **self.look()}

    def look(self) -> Update:
        """How far the run is."""
        busy = isinstance(self._runner.state, Running)
        return {
            self._parts.report: render_state(self._runner.state, bool(self._runner.sets)),
            self._parts.run: gr.Button(visible=not busy),
            self._parts.stop: gr.Button(visible=busy),
            self._parts.clock: gr.Timer(active=busy),
        }

    def run(
        self, question_set: str | None, split: str, count: float | None, baseline: bool
    ) -> Update:
        """Start a run, or say what prevents it."""
        if not count or count < 1:
            return self._look_and_say(render_hint("Enter a number of questions, at least 1."))
        fault = self._runner.start(question_set or "", SPLITS.get(split), int(count), baseline)
        return self._look_and_say(render_hint(fault)) if fault else self.look()

    def stop(self) -> Update:
        """End the run after the question that is being answered."""
        self._runner.stop()
        return self._look_and_say(STOPPING)

    def _look_and_say(self, text: str) -> Update:
        return {**self.look(), self._parts.report: text}

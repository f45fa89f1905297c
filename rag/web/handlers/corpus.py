"""Adding, removing and indexing anew on the page: Gradio's components and what they do.

In:  a `CorpusUpdater`; the components of the list that are to be drawn anew afterwards.
Out: components in the tab that is open. Only built where `RAG_UPLOAD` allows it.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.web.services.app_state import AppState
from rag.web.services.corpus_updater import CorpusUpdater
from rag.web.services.update_status import shown
from rag.web.views import messages as notices

# In the browser: `page.js` asks by this event, once the person has confirmed.
BRIDGE = """
document.addEventListener("footnoted:remove", (event) => trigger("select", event.detail));
"""
# through Gradio's queue, without a limit: only there is a change of a state an event
_QUIET: dict[str, Any] = {
    "show_progress": "hidden",
    "api_visibility": "private",
    "concurrency_limit": None,
}


class CorpusHandlers:
    """What each event does. Outputs of all: what is being done, the clock, runs, the status."""

    def __init__(self, desk: AppState, stock: CorpusUpdater) -> None:
        self._desk = desk
        self._stock = stock

    def add(self, files: list[str] | None) -> tuple[Any, ...]:
        """Files were put into the box, which is empty again afterwards (the first output)."""
        self._stock.add(files or [])
        return (None, *self.look())

    def remove(self, event: gr.EventData) -> tuple[Any, ...]:
        """An article is to go."""
        told = event._data if isinstance(event._data, dict) else {}
        if isinstance(told.get("article"), str):
            self._stock.remove(told["article"])
        return self.look()

    def reindex(self) -> tuple[Any, ...]:
        """The folder is to be read again."""
        self._stock.reindex()
        return self.look()

    def look(self) -> tuple[Any, ...]:
        """How far it is."""
        work = self._stock.work
        clock = gr.Timer(active=work.busy)
        return shown(work), clock, work.runs, notices.status(self._desk.state)


def build(desk: AppState, tab: gr.Tab, status: gr.HTML) -> gr.State:
    """Lay it out in the tab that is open; the state it gives changes with each run that ended."""
    on = CorpusHandlers(desk, CorpusUpdater(desk))
    files = gr.File(
        label="Add articles: drag files here, or choose them",
        file_count="multiple",
        elem_id="add",
        height=120,
    )
    with gr.Row(elem_id="renew"):
        work = gr.HTML("", elem_id="work", apply_default_css=False, js_on_load=BRIDGE)
        renew = gr.Button("Read the folder again", size="sm", scale=0)
    clock, runs = gr.Timer(1.0, active=False), gr.State(0)
    seen = [work, clock, runs, status]
    files.upload(on.add, [files], [files, *seen], **_QUIET)
    work.select(on.remove, None, seen, **_QUIET)
    renew.click(on.reindex, None, seen, **_QUIET)
    gr.on([clock.tick, tab.select], on.look, None, seen, **_QUIET)
    return runs

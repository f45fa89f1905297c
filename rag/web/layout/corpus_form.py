"""The form that adds, removes and re-indexes articles: laid out, and wired to `CorpusHandlers`.

In:  `OpenCollections`; the tab that is open, and the status line of the page.
Out: components in that tab. Only laid out where `RAG_UPLOAD` allows it.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.web.handlers.by_collection import ByCollection
from rag.web.handlers.corpus import CorpusHandlers
from rag.web.layout.components import CorpusComponents
from rag.web.services.collections import OpenCollections
from rag.web.services.corpus_updater import CorpusUpdater

# In the browser: `page.js` sends this event once the person has confirmed.
BRIDGE = """
document.addEventListener("footnoted:remove", (event) => trigger("select", event.detail));
"""
# through Gradio's queue, without a limit: outside it a changed `gr.State` fires no event
_QUEUED: dict[str, Any] = {
    "show_progress": "hidden",
    "api_visibility": "private",
    "concurrency_limit": None,
}


def corpus_form(collections: OpenCollections, tab: gr.Tab, status: gr.HTML) -> gr.State:
    """The form; the state that it returns changes with each index update that has ended."""
    files = gr.File(
        label="Add articles: drag files here, or choose them",
        file_count="multiple",
        elem_id="add",
        height=120,
    )
    with gr.Row(elem_id="corpus-actions"):
        update = gr.HTML("", elem_id="corpus-update", apply_default_css=False, js_on_load=BRIDGE)
        reindex = gr.Button("Read the folder again", size="sm", scale=0)
    clock, runs = gr.Timer(1.0, active=False), gr.State(0)
    parts = CorpusComponents(files, update, reindex, clock, runs, status)
    handlers = ByCollection(
        collections,
        CorpusHandlers,
        lambda app_state: CorpusHandlers(app_state, CorpusUpdater(app_state), parts),
    )
    files.upload(handlers.add, [files], [files, *parts.progress], **_QUEUED)
    update.select(handlers.remove, None, parts.progress, **_QUEUED)
    reindex.click(handlers.reindex, None, parts.progress, **_QUEUED)
    gr.on([clock.tick, tab.select], handlers.look, None, parts.progress, **_QUEUED)
    return runs

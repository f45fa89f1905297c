"""The Draft tab, which sets a text of the user's beside the articles: laid out, and wired to
`DraftHandlers`.

In:  the page, `OpenCollections`, the fields of the filter; within the tools of the newsroom.
Out: a tab.

A file is read in the browser and sent as an event, so that it is stored nowhere.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.newsroom.drafts.checking import LONGEST_DRAFT
from rag.web.handlers.by_collection import ByCollection
from rag.web.handlers.newsroom import LARGEST_FILE, DraftHandlers
from rag.web.layout.components import DraftComponents
from rag.web.layout.filter_fields import FilterFields
from rag.web.layout.history_tab import SAVE_FILE
from rag.web.services.app_state import QUEUE
from rag.web.services.collections import OpenCollections
from rag.web.views.newsroom.draft import FILE_FIELD, LEAD

# In the browser: the file that was chosen, in base64; one that is too large without its data.
BRIDGE = f"""
element.addEventListener("change", (event) => {{
  const file = event.target.files?.[0];
  if (!file) return;
  const send = (data) => trigger("submit", {{ name: file.name, data, time: Date.now() }});
  event.target.value = "";
  if (file.size > {LARGEST_FILE}) return send(null);
  const reader = new FileReader();
  reader.onload = () => send(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => send("!");
  reader.readAsDataURL(file);
}});
"""
_PRIVATE: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_DIRECT: dict[str, Any] = {"queue": False, **_PRIVATE}


def draft_tab(page: gr.Blocks, collections: OpenCollections, filters: FilterFields) -> None:
    """The tab, within the tools of the newsroom on `page`."""
    with gr.Tab("Draft", elem_id="tab-draft"):
        gr.HTML(LEAD, elem_classes="newsroom-lead", apply_default_css=False)
        text = gr.Textbox(
            label="Text to be checked",
            lines=6,
            max_lines=20,
            max_length=LONGEST_DRAFT + 1,  # so that one that is too long is told
        )
        with gr.Row(elem_classes="newsroom-row"):
            chosen = gr.HTML(
                FILE_FIELD, elem_id="draft-file", apply_default_css=False, js_on_load=BRIDGE
            )
            check = gr.Button("Check the text", variant="primary", scale=0)
            stop = gr.Button("Stop", variant="secondary", scale=0, visible=False)
            save = gr.Button("Save as a page", scale=0, visible=False)
        result = gr.HTML(
            "", elem_id="draft-result", elem_classes="newsroom-result", apply_default_css=False
        )
        checked, file = gr.State(None), gr.JSON(visible="hidden")
    parts = DraftComponents(text, check, stop, save, result, checked, file)
    handlers = ByCollection(
        collections, DraftHandlers, lambda app_state: DraftHandlers(app_state, parts)
    )
    chosen.submit(handlers.read_file, None, [text, result], **_DIRECT)
    inputs = [text, *filters.values]
    check.click(handlers.check_text, inputs, parts.outcome, concurrency_limit=QUEUE + 1, **_PRIVATE)
    stop.click(handlers.stop, None, None, **_DIRECT)
    save.click(handlers.save, checked, file, **_DIRECT)
    file.change(None, file, None, js=SAVE_FILE, **_DIRECT)
    page.unload(handlers.everywhere("stop"))

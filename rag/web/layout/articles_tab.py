"""The Articles tab and the article viewer: laid out, and wired to `ArticleHandlers`.

In:  `OpenCollections`, within the tabs of the page.
Out: components, and with uploads those of `rag.web.layout.corpus_form`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from rag.web.handlers.articles import ArticleHandlers, ArticleViewer
from rag.web.handlers.by_collection import ByCollection
from rag.web.layout.components import ArticleComponents
from rag.web.layout.corpus_form import corpus_form
from rag.web.services.collections import OpenCollections
from rag.web.views import messages

# In the browser: `page.js` requests an article by the first event, or sends corrections by the
# second; the third says that the article is there.
BRIDGE = """
document.addEventListener("footnoted:open", (event) => trigger("select", event.detail));
document.addEventListener("footnoted:correct", (event) => trigger("submit", event.detail));
watch("value", () => document.dispatchEvent(new Event("footnoted:opened")));
"""
_DIRECT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


Refresh = Callable[[Any], None]  # what is to be done after an event that changes a record


def article_viewer(collections: OpenCollections, history: gr.State, refresh: Refresh) -> None:
    """The viewer of one article; empty until one is opened. `refresh` follows a correction."""
    viewer = gr.HTML("", elem_id="article-viewer", apply_default_css=False, js_on_load=BRIDGE)
    handlers = ByCollection(collections, ArticleViewer, ArticleViewer)
    viewer.select(handlers.open, [history], viewer, **_DIRECT)
    refresh(viewer.submit(handlers.correct, None, viewer, **_DIRECT))


def articles_tab(collections: OpenCollections, status: gr.HTML) -> Refresh:
    """The tab: a search box, and the list of articles; each of them opens in the viewer.

    What is returned draws the list anew after an event.
    """
    with gr.Tab("Articles", elem_id="tab-articles", render_children=True) as tab:
        with gr.Row(elem_id="article-search"):
            query = gr.Textbox(
                label="Words to find",
                show_label=False,
                container=False,
                placeholder=messages.FIND,
                max_lines=1,
                scale=1,
                html_attributes=gr.InputHTMLAttributes(enterkeyhint="search"),
            )
            find = gr.Button("Find", scale=0)
        editable = collections.first.settings.upload
        runs = corpus_form(collections, tab, status) if editable else None
        articles = gr.HTML("", elem_id="article-list", apply_default_css=False)
        more = gr.Button("Show more", visible=False)
        if runs is None:
            gr.HTML(messages.NO_UPLOAD, elem_id="no-upload", apply_default_css=False)
        length = gr.State(0)  # in the tab: Gradio counts whatever lies between tabs as a tab
    parts = ArticleComponents(query, find, articles, length, more)
    handlers = ByCollection(
        collections, ArticleHandlers, lambda app_state: ArticleHandlers(app_state, parts)
    )
    if runs is not None:
        runs.change(handlers.find, [query], parts.listing, **_DIRECT)
    gr.on([tab.select, query.submit, find.click], handlers.find, [query], parts.listing, **_DIRECT)
    more.click(handlers.more, [query, length], parts.listing, **_DIRECT)
    return lambda event: event.then(handlers.find, [query], parts.listing, **_DIRECT)

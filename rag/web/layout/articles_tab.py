"""The Articles tab and the article viewer: laid out, and wired to `ArticleHandlers`.

In:  `AppState`, within the tabs of the page.
Out: components, and with uploads those of `rag.web.layout.corpus_form`.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.web.handlers.articles import ArticleHandlers, ArticleViewer
from rag.web.layout.components import ArticleComponents
from rag.web.layout.corpus_form import corpus_form
from rag.web.services.app_state import AppState
from rag.web.views import messages

# In the browser: `page.js` requests an article by the first event; the second says it is there.
BRIDGE = """
document.addEventListener("footnoted:open", (event) => trigger("select", event.detail));
watch("value", () => document.dispatchEvent(new Event("footnoted:opened")));
"""
_DIRECT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def article_viewer(app_state: AppState, history: gr.State) -> None:
    """The viewer of one article; empty until one is opened."""
    viewer = gr.HTML("", elem_id="article-viewer", apply_default_css=False, js_on_load=BRIDGE)
    viewer.select(ArticleViewer(app_state).open, [history], viewer, **_DIRECT)


def articles_tab(app_state: AppState, status: gr.HTML) -> None:
    """The tab: a search box, and the list of articles; each of them opens in the viewer."""
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
        runs = corpus_form(app_state, tab, status) if app_state.settings.upload else None
        articles = gr.HTML("", elem_id="article-list", apply_default_css=False)
        more = gr.Button("Show more", visible=False)
        if runs is None:
            gr.HTML(messages.NO_UPLOAD, elem_id="no-upload", apply_default_css=False)
        length = gr.State(0)  # in the tab: Gradio counts whatever lies between tabs as a tab
    parts = ArticleComponents(query, find, articles, length, more)
    handlers = ArticleHandlers(app_state, parts)
    if runs is not None:
        runs.change(handlers.find, [query], parts.listing, **_DIRECT)
    gr.on([tab.select, query.submit, find.click], handlers.find, [query], parts.listing, **_DIRECT)
    more.click(handlers.more, [query, length], parts.listing, **_DIRECT)

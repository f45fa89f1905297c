"""What happens when articles are looked through, and when one is opened.

In:  the key of a link (see `rag.web.services.chat_session.resolve_link`), or the id of an article; words to find.
Out: the article beside the chat or the list, as HTML; the list.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.errors import RagError
from rag.web.services.app_state import AppState, Ready
from rag.web.services.chat_session import ChatHistory, resolve_link
from rag.web.views import messages as notices
from rag.web.views.article import render_article, render_missing
from rag.web.views.article_list import render_article_list

PAGE = 100  # articles that one press adds to the list

# In the browser: `page.js` asks by the one event, and is told by the other.
BRIDGE = """
document.addEventListener("footnoted:open", (event) => trigger("select", event.detail));
watch("value", () => document.dispatchEvent(new Event("footnoted:opened")));
"""


class ArticleHandlers:
    """Opens articles and lists them."""

    def __init__(self, desk: AppState) -> None:
        self._desk = desk

    def open(self, talk: ChatHistory, event: gr.EventData) -> str:
        """The article that was asked for, marked where something rests on it."""
        told = event._data if isinstance(event._data, dict) else {}
        asked = told.get("asked")
        asked = asked if isinstance(asked, int) else 0
        key, id = told.get("key"), told.get("article")
        if isinstance(key, str):
            spot = resolve_link(talk, key)
            if spot is None or spot.article is None:
                return render_missing(asked, spot.text if spot else "")
            return render_article(spot.article, spot.start, spot.end, asked, notice=spot.word)
        article = self._desk.article(id) if isinstance(id, str) else None
        removable = self._desk.settings.upload
        return (
            render_article(article, 0, 0, asked, removable=removable)
            if article
            else render_missing(asked)
        )

    def find(self, words: str) -> tuple[Any, ...]:
        """The newest articles that hold `words`. Outputs: list, its length, the button for more."""
        return self.more(words, 0)

    def more(self, words: str, shown: int) -> tuple[Any, ...]:
        """The same list, longer. Outputs as of `find`."""
        state = self._desk.state
        if not isinstance(state, Ready):
            return _told("Not ready yet: one moment.")
        most = shown + PAGE
        try:
            listed = state.assistant.articles.find(words, most)
        except RagError as error:
            return _told(str(error))
        more = gr.Button(visible=listed.total > most)
        return render_article_list(listed, words, state.unread), most, more


def _told(text: str) -> tuple[Any, ...]:
    return notices.hint(text), 0, gr.Button(visible=False)

"""What happens when an article is opened: on a mark, a headline, or in the list of articles.

In:  the key of a link (see `rag.web.talk.place`), or the id of an article.
Out: the article beside the chat, as HTML.
"""

from __future__ import annotations

import gradio as gr

from rag.errors import RagError
from rag.types import Article
from rag.web.article import gone, opened
from rag.web.desk import Desk, Ready
from rag.web.talk import Talk, place

# In the browser: `page.js` asks by the one event, and is told by the other.
BRIDGE = """
document.addEventListener("footnoted:open", (event) => trigger("select", event.detail));
watch("value", () => document.dispatchEvent(new Event("footnoted:opened")));
"""


class Reading:
    """Opens articles."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def open(self, talk: Talk, event: gr.EventData) -> str:
        """The article that was asked for, marked where something rests on it."""
        told = event._data if isinstance(event._data, dict) else {}
        asked = told.get("asked")
        asked = asked if isinstance(asked, int) else 0
        key, id = told.get("key"), told.get("article")
        if isinstance(key, str):
            spot = place(talk, key)
            return opened(*spot, asked) if spot else gone(asked)
        article = self._article(id) if isinstance(id, str) else None
        return opened(article, 0, 0, asked) if article else gone(asked)

    def _article(self, id: str) -> Article | None:
        state = self._desk.state
        try:
            return state.assistant.article(id) if isinstance(state, Ready) else None
        except (RagError, KeyError):
            return None

"""What happens when articles are searched for in the list, and when one is opened or corrected.

In:  words to find; the key of a link (see `rag.web.services.chat_session.resolve_link`), or the id
     of an article, with a place in its text or new values of its record.
Out: new values for `ArticleComponents`; the article beside the chat or the list, as HTML.
"""

from __future__ import annotations

from collections.abc import Mapping

import gradio as gr

from rag.errors import RagError
from rag.index.companions.fields import FIELD_NAMES, UNKNOWN, parse_changes
from rag.types import Article
from rag.web.layout.components import ArticleComponents, Update
from rag.web.services.app_state import AppState, Ready
from rag.web.services.chat_session import ChatHistory, resolve_link
from rag.web.views import messages
from rag.web.views.article import (
    render_article,
    render_correction,
    render_inspection,
    render_missing,
)
from rag.web.views.article_list import render_article_list
from rag.web.views.escape import strip_invisible
from rag.web.views.status import render_hint

PAGE = 100  # articles that one press adds to the list


class ArticleViewer:
    """Opens articles, and corrects their records where `RAG_UPLOAD` allows editing."""

    def __init__(self, app_state: AppState) -> None:
        self._app_state = app_state

    def open(self, history: ChatHistory, event: gr.EventData) -> str:
        """The article that was chosen, with the cited passage marked."""
        data = event._data if isinstance(event._data, dict) else {}
        time = data.get("time")
        opening = time if isinstance(time, int) else 0
        key, id = data.get("key"), data.get("article")
        if isinstance(key, str):
            target = resolve_link(history, key)
            if target is None or target.article is None:
                return render_missing(opening, target.text if target else "")
            record = (target.field, target.text) if target.field else None
            span = (target.start, target.end)
            return render_article(
                target.article, span, opening, notice=target.notice, record=record
            )
        if isinstance(id, str) and data.get("inspect"):
            inspection = self._app_state.inspect(id)
            if inspection is not None:
                return render_inspection(inspection, opening, editable=self._is_editable)
        start, end = data.get("start"), data.get("end")
        span = (start, end) if isinstance(start, int) and isinstance(end, int) else (0, 0)
        return self._whole(id, opening, span=span)

    def correct(self, event: gr.EventData) -> str:
        """Store the fields of the form that differ from the record, or take corrections back."""
        data = event._data if isinstance(event._data, dict) else {}
        time, id, values = data.get("time"), data.get("article"), data.get("values")
        opening = time if isinstance(time, int) else 0
        state = self._app_state.state
        article = self._app_state.article(id) if isinstance(id, str) else None
        if article is None or not isinstance(state, Ready):
            return render_missing(opening)
        if not self._is_editable:
            return self._whole(id, opening, messages.NOT_EDITABLE)
        try:
            if not isinstance(values, dict):
                state.assistant.undo_corrections(article.id)
            elif changes := parse_changes(_changed(article, values)):
                state.assistant.correct(article.id, changes)
        except RagError as error:
            typed = values if isinstance(values, dict) else {}
            texts = {name: each for name, each in typed.items() if isinstance(each, str)}
            return render_correction(article, opening, str(error), texts)
        return self._whole(id, opening)

    @property
    def _is_editable(self) -> bool:
        return self._app_state.settings.upload

    def _whole(
        self, id: object, opening: int, notice: str = "", span: tuple[int, int] = (0, 0)
    ) -> str:
        """The article `id`, marked at `span` of its text where it has that."""
        article = self._app_state.article(id) if isinstance(id, str) else None
        if article is None:
            return render_missing(opening)
        editable = self._is_editable
        if not 0 <= span[0] < span[1] <= len(article.text):
            span = (0, 0)
        return render_article(article, span, opening, notice=notice, editable=editable)


def _changed(article: Article, values: Mapping[str, object]) -> list[str]:
    """The fields of the form that differ from the record, as "FIELD=VALUE"."""
    changes = []
    for field, name in FIELD_NAMES.items():
        value = values.get(name)
        shown = strip_invisible(getattr(article, field) or "")
        if isinstance(value, str) and strip_invisible(value) != shown:
            empty = "" if field == "title" else UNKNOWN
            changes.append(f"{name}={value.strip() or empty}")
    return changes


class ArticleHandlers:
    """The event functions of the list of articles."""

    def __init__(self, app_state: AppState, parts: ArticleComponents) -> None:
        self._app_state = app_state
        self._parts = parts

    def find(self, words: str) -> Update:
        """The newest articles that contain `words`."""
        return self.more(words, 0)

    def more(self, words: str, length: int) -> Update:
        """The same list, longer than `length`."""
        state = self._app_state.state
        if not isinstance(state, Ready):
            return self._hint(messages.NOT_READY)
        most = length + PAGE
        try:
            page = state.assistant.articles.find(words, most)
        except RagError as error:
            return self._hint(str(error))
        return {
            self._parts.articles: render_article_list(page, words, state.ledger),
            self._parts.length: most,
            self._parts.more: gr.Button(visible=page.total > most),
        }

    def _hint(self, text: str) -> Update:
        return {
            self._parts.articles: render_hint(text),
            self._parts.length: 0,
            self._parts.more: gr.Button(visible=False),
        }

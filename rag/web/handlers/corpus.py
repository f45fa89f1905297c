"""What happens when articles are added or removed, and when the folder is scanned again.

In:  uploaded files; presses of Remove and of the button that re-indexes; a clock tick.
Out: new values for `CorpusComponents`. Only there where `RAG_UPLOAD` allows it.
"""

from __future__ import annotations

import gradio as gr

from rag.web.layout.components import CorpusComponents, Update
from rag.web.services.app_state import AppState
from rag.web.services.corpus_updater import CorpusUpdater
from rag.web.views.corpus_update import render_update
from rag.web.views.status import render_status


class CorpusHandlers:
    """The event functions; all visitors see the same update."""

    def __init__(
        self, app_state: AppState, updater: CorpusUpdater, parts: CorpusComponents
    ) -> None:
        self._app_state = app_state
        self._updater = updater
        self._parts = parts

    def add(self, files: list[str] | None) -> Update:
        """Files were put into the box, which is emptied."""
        self._updater.add(files or [])
        return {self._parts.files: None, **self.look()}

    def remove(self, event: gr.EventData) -> Update:
        """An article is to be removed."""
        data = event._data if isinstance(event._data, dict) else {}
        if isinstance(data.get("article"), str):
            self._updater.remove(data["article"])
        return self.look()

    def reindex(self) -> Update:
        """The folder is to be scanned again."""
        self._updater.reindex()
        return self.look()

    def look(self) -> Update:
        """How far the update is."""
        status = self._updater.status
        return {
            self._parts.update: render_update(status),
            self._parts.clock: gr.Timer(active=status.busy),
            self._parts.runs: status.runs,
            self._parts.status: render_status(self._app_state.state),
        }

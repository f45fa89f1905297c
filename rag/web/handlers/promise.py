"""What happens when a person chooses how many of the answers shown may be wrong.

In:  the share that was chosen, or the one that the browser has stored.
Out: new values for `PromiseComponents`.
Left to others: the words (`rag.grounding.confidence_text`, `rag.web.views.promise`), the questions
that are asked with it (`ChatHandlers.reply`).

The choice belongs to the browser: it stays there when the page is closed, and questions already
asked keep theirs.
"""

from __future__ import annotations

from typing import Any

from rag.errors import RagError
from rag.grounding.confidence_text import promise_in_words
from rag.web.layout.components import PromiseComponents, Update
from rag.web.services.app_state import AppState, Ready
from rag.web.views.promise import render_promise, share_choices


class PromiseHandlers:
    """The event functions of the choice below the question."""

    def __init__(self, app_state: AppState, parts: PromiseComponents) -> None:
        self._app_state = app_state
        self._parts = parts

    def choose(self, max_wrong: float) -> Update:
        """Another share was chosen: store it in the browser, and say what is promised for it."""
        return {self._parts.stored: max_wrong, self._parts.note: self._note(max_wrong)}

    def restore(self, stored: Any) -> Update:
        """The page was opened, or start-up went on: the stored share, else that of the settings."""
        initial = self._app_state.settings.max_wrong
        shares = [share for _, share in share_choices(initial)]
        max_wrong = stored if stored in shares else initial
        return {self._parts.max_wrong: max_wrong, self._parts.note: self._note(max_wrong)}

    def _note(self, max_wrong: float) -> str:
        """What is promised; empty while the judges are being loaded."""
        state = self._app_state.state
        if not isinstance(state, Ready):
            return ""
        try:
            return render_promise(promise_in_words(state.assistant.calibration(), max_wrong))
        except RagError as error:
            return render_promise(str(error))

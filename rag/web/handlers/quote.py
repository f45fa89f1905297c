"""What happens when a quotation is looked up.

In:  the text of a quotation, the name of a speaker.
Out: new values for the Quote tab (`rag.web.layout.quote_tab`).
"""

from __future__ import annotations

import logging

from rag.errors import RagError
from rag.web.services.app_state import AppState, Ready
from rag.web.views import messages
from rag.web.views.quote import render_quote
from rag.web.views.status import render_hint

log = logging.getLogger(__name__)


class QuoteHandlers:
    """The event function of the Quote tab."""

    def __init__(self, app_state: AppState) -> None:
        self._app_state = app_state

    def look_up(self, text: str, speaker: str) -> str:
        """Where the quotation stands, as HTML; or what is wrong with it."""
        state = self._app_state.state
        if not isinstance(state, Ready):
            return render_hint(messages.NOT_READY)
        try:
            return render_quote(state.assistant.quote(text, speaker or None))
        except RagError as error:
            return render_hint(str(error))
        except Exception:  # the page must say so, whatever it was
            log.exception("a quotation could not be looked up")
            return render_hint(messages.BROKEN)

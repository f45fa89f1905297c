"""What happens when alerts are listed, added or removed.

In:  a question; presses of the buttons in the list; ticks of the clock.
Out: new values for `AlertComponents`.
Left to others: asking again (`rag.web.services.alert_runner`).
"""

from __future__ import annotations

import gradio as gr

from rag.errors import RagError
from rag.web.layout.components import AlertComponents, Update
from rag.web.middleware.login import current_user
from rag.web.services.alert_runner import AlertRunner
from rag.web.services.app_state import AppState
from rag.web.views.alerts import render_alerts
from rag.web.views.status import render_hint


class AlertHandlers:
    """The event functions of the Alerts tab; each user sees their own alerts.

    Their names are no other's on the page: Gradio calls the second of a name otherwise, and a
    program that sends an article would be answered by the wrong one.
    """

    def __init__(self, app_state: AppState, runner: AlertRunner, parts: AlertComponents) -> None:
        self._app_state = app_state
        self._runner = runner
        self._parts = parts

    def look(self, request: gr.Request) -> Update:
        """The alerts, and whether they are being asked."""
        status = self._runner.status
        try:
            alerts = self._runner.store.alerts(current_user(request))
            listing = render_alerts(alerts, status, self._app_state.article)
        except RagError as error:
            alerts, listing = [], render_hint(str(error))
        return {
            self._parts.alerts: listing,
            self._parts.clock: gr.Timer(active=status.is_busy and bool(alerts)),
        }

    def keep(self, question: str, request: gr.Request) -> Update:
        """Ask a question, and keep it; the box stays filled where that fails."""
        try:
            self._runner.add(current_user(request), question or "")
        except RagError as error:
            return {self._parts.hint: render_hint(str(error))}
        return {self._parts.question: "", self._parts.hint: "", **self.look(request)}

    def drop(self, event: gr.EventData, request: gr.Request) -> Update:
        """Remove an alert with its answers."""
        data = event._data if isinstance(event._data, dict) else {}
        number = str(data.get("remove", ""))
        try:
            if number.isdecimal():
                self._runner.store.remove(int(number), current_user(request))
        except RagError as error:
            return {self._parts.hint: render_hint(str(error))}
        return {self._parts.hint: "", **self.look(request)}

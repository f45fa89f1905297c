"""The alerts of the page: added, and asked again in the background once the index has changed.

In:  `AppState`; questions to keep.
Out: the alerts in their store; `AlertStatus`, which the page asks for.
Left to others: comparing and storing answers (`rag.newsroom.alerts`), showing
(`rag.web.views.alerts`).

A thread looks every few seconds whether the index, its corrections or its calibration are others
than before, whoever changed them. The model takes the alerts between the questions of people.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace

from rag.errors import AlertError, QueueFull, RagError
from rag.export.batch.answer_log import conditions_of
from rag.newsroom.alerts.asking import ask_again, is_due
from rag.newsroom.alerts.store import AlertStore
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.runtime.cancellation import Cancelled, CancelToken
from rag.types import Answer, AnswerReady
from rag.web.services.app_state import AppState, Ready
from rag.web.services.questions import AskRequest, stream_answer
from rag.web.views import messages

log = logging.getLogger(__name__)
INTERVAL = 5.0  # seconds between two looks at the index
PAUSE_AFTER_FAULT = 60.0  # seconds until alerts are asked again after a fault


@dataclass(frozen=True, slots=True)
class AlertStatus:
    """Whether alerts are being asked, and what went wrong the last time, by number of the alert.

    `fault` is of all of them.
    """

    is_busy: bool = False
    fault: str = ""
    faults: tuple[tuple[int, str], ...] = ()


class AlertRunner:
    """Keeps the alerts of an index; may be used by several people at once."""

    def __init__(self, app_state: AppState) -> None:
        self._status = AlertStatus()
        self.store = AlertStore.of_index(app_state.settings.index)
        self._app_state = app_state
        self._cancel = CancelToken(lambda: app_state.closed)
        self._lock = threading.Lock()  # one run at a time
        self._looked_at = ""  # the conditions under which nothing is due
        self._next_look = 0.0  # by the monotonic clock, in seconds

    @property
    def status(self) -> AlertStatus:
        """How it stands now; busy also while something may be due."""
        is_behind = not self._is_waiting and self._current() not in (self._looked_at, "")
        return replace(self._status, is_busy=self._status.is_busy or is_behind)

    def watch(self) -> None:
        """Begin to look after the index; returns at once."""
        threading.Thread(target=self._watch, name="alerts", daemon=True).start()

    def add(self, owner: str, question: str) -> None:
        """Ask `question` now, and keep it.

        Raises:
            RagError: it cannot be asked, or not be stored.
        """
        conditions = self._conditions(NO_FILTER)
        answer = self._ask(question, NO_FILTER)
        self.store.add(owner, answer, NO_FILTER, conditions)

    def look(self) -> None:
        """Ask again what is due, if anything may be; for the thread, and for tests."""
        current = self._current()
        is_ready = isinstance(self._app_state.state, Ready)
        if not is_ready or self._is_waiting or current in (self._looked_at, ""):
            return
        with self._lock:
            faults: dict[int, str] = {}
            try:
                due = [each for each in self.store.alerts() if is_due(each, self._conditions)]
                if due:
                    self._status = replace(self._status, is_busy=True)
                    outcome = ask_again(self.store, due, self._ask, self._conditions)
                    faults = outcome.faults
                self._looked_at = current
                self._status = AlertStatus(faults=tuple(faults.items()))
            except Cancelled:
                self._status = AlertStatus()
            except QueueFull:
                self._status = replace(self._status, is_busy=False)  # later
            except AlertError as error:
                self._looked_at = current
                self._status = AlertStatus(fault=str(error))
            except RagError as error:  # such as a model that is away: it may come back
                self._next_look = time.monotonic() + PAUSE_AFTER_FAULT
                self._status = AlertStatus(fault=str(error))
            except Exception:  # the page must say so, whatever it was
                log.exception("the alerts could not be asked again")
                self._looked_at = current
                self._status = AlertStatus(fault=messages.BROKEN)

    def _watch(self) -> None:
        while not (self._app_state.closed or self._app_state.retired):
            self.look()
            time.sleep(INTERVAL)

    @property
    def _is_waiting(self) -> bool:
        return time.monotonic() < self._next_look

    def _current(self) -> str:
        """The conditions of now; "" while they cannot be told."""
        try:
            return self._conditions(NO_FILTER)
        except OSError as error:  # the index is being written; or its folder is gone
            log.warning("alerts are not asked again: %s", error)
            return ""

    def _conditions(self, filters: SearchFilter) -> str:
        return conditions_of(self._app_state.settings, filters)

    def _ask(self, question: str, filters: SearchFilter) -> Answer:
        request = AskRequest(question, filters=filters)
        for event in stream_answer(self._app_state, request, self._cancel):
            if isinstance(event, AnswerReady):
                return event.answer
        raise Cancelled

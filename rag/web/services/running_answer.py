"""An answer of the chat, made and stored in a thread of its own, whoever watches it.

In:  `AppState`, the stored chats; a turn and the turns before it.
Out: the turn after each step; in the store, how it began and ended.
Left to others: the steps (`rag.web.services.chat_session`), what is drawn
(`rag.web.handlers.chat`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace

from rag.conversations.models import ChatTurn
from rag.errors import RagError
from rag.runtime.cancellation import Cancelled, CancelToken
from rag.web.services.app_state import AppState
from rag.web.services.chat_session import (
    ChatHistory,
    answered_turns,
    apply_event,
    fail_turn,
    stop_turn,
)
from rag.web.services.history import HistoryService
from rag.web.services.questions import AskRequest, stream_answer
from rag.web.views import messages

log = logging.getLogger(__name__)
_LOOK = 0.5  # seconds after which one who watches looks whether it was cancelled


class RunningAnswer:
    """The answer to the last of some turns, of the user `user`.

    `turn` is how far it is, `fault` why it could not be stored.
    """

    def __init__(
        self, app_state: AppState, history: HistoryService, user: str, earlier: ChatHistory
    ) -> None:
        self.cancel = CancelToken(lambda: app_state.closed)
        self.turn = ChatTurn("")
        self.fault = ""
        self._app_state, self._history = app_state, history
        self._user, self._earlier = user, earlier
        self._steps = 0
        self._has_ended = False
        self._changed = threading.Condition()

    def start(self, turn: ChatTurn, max_wrong: float | None) -> None:
        """Begin to answer; of the answers shown the share `max_wrong` may be wrong."""
        self.turn, self.fault = self._history.begin(self._user, self._earlier, turn)
        arguments = (max_wrong,)
        threading.Thread(target=self._run, args=arguments, name="answer", daemon=True).start()

    def turns(self) -> Iterator[ChatTurn]:
        """The turn as it is now, and after further steps, until it has ended or is cancelled."""
        shown = -1
        while True:
            with self._changed:
                while shown == self._steps and not (self._has_ended or self.cancel.is_cancelled):
                    self._changed.wait(_LOOK)
                shown, turn, is_over = self._steps, self.turn, self._has_ended
            if is_over or self.cancel.is_cancelled:
                return
            yield turn

    def _run(self, max_wrong: float | None) -> None:
        try:
            turn, turns = self.turn, answered_turns(self._earlier)
            question = AskRequest(turn.question, turns, turn.filters, max_wrong, is_admitted=True)
            for event in stream_answer(self._app_state, question, self.cancel):
                if event is None:  # its turn has come
                    self._show(replace(self.turn, stage="searching"))
                else:
                    self._show(apply_event(self.turn, event, self._app_state.article))
                self.cancel.raise_if_cancelled()
            end = stop_turn(self.turn)
        except Cancelled:
            end = stop_turn(self.turn)
        except RagError as error:
            stopped = self.cancel.is_cancelled
            end = stop_turn(self.turn) if stopped else fail_turn(self.turn, str(error))
        except Exception:  # the page must say so, whatever it was
            log.exception("no answer")
            end = fail_turn(self.turn, messages.BROKEN)
        self.fault = self._history.end(self._user, end) or self.fault
        self._show(end, has_ended=True)

    def _show(self, turn: ChatTurn, has_ended: bool = False) -> None:
        with self._changed:
            self.turn, self._has_ended = turn, has_ended
            self._steps += 1
            self._changed.notify_all()

"""The start-up, in the background: index, models, example questions; and how far it has come.

In:  `Settings`, the assistant (imported only here, in the thread, so that the page is up first).
Out: a state that the page asks for once a second: `Indexing`, `Loading`, `Ready`, `StartupFailed`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.errors import RagError
from rag.runtime.fair_queue import FairQueue
from rag.settings import Settings
from rag.types import Article

if TYPE_CHECKING:
    from rag.assistant import Assistant

Progress = Callable[[str, int, int], None]
Unread = Sequence[tuple[str, str]]
EXAMPLES = 4
_IDLE = 0.5  # seconds between two looks at whether somebody still asks
QUEUE = 16  # questions that may wait, of people and programs together
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Indexing:
    """The index is being brought up to date with the corpus; `left` is in seconds, if known."""

    stage: str = ""
    done: int = 0
    total: int = 0
    left: float | None = None


@dataclass(frozen=True, slots=True)
class Loading:
    """The models are being loaded, and then put to their first work."""

    told: str = "Loading the models…"


@dataclass(frozen=True, slots=True)
class Ready:
    """Questions can be asked; `unread` holds the (name, reason) of files left out at the start."""

    assistant: Assistant
    articles: int
    passages: int
    examples: tuple[str, ...]
    unread: Unread = ()


@dataclass(frozen=True, slots=True)
class StartupFailed:
    """Start-up ended in a fault; `message` is the one line to show."""

    message: str


State = Indexing | Loading | Ready | StartupFailed


def _build(settings: Settings, progress: Progress) -> Unread:
    from rag.index.build import build_index

    return build_index(settings, progress).skipped


def _open(settings: Settings) -> Assistant:
    from rag.assistant import Assistant

    return Assistant.open(settings)


class AppState:
    """Holds the state; `start` sets the thread going, and `state` is safe to read from any."""

    def __init__(
        self,
        settings: Settings,
        build: Callable[[Settings, Progress], Unread | None] = _build,
        opened: Callable[[Settings], Assistant] = _open,
    ) -> None:
        self.state: State = Indexing()
        self.closed = False
        self.line = FairQueue(QUEUE)  # whoever asks, and by whichever way, stands in this one
        self.settings = settings
        self._build = build
        self._opened = opened
        self._begun = ("", 0.0, 0)  # a stage, when it was first heard of, and how far it was
        self._thread = threading.Thread(target=self._run, name="start-up", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def close(self) -> bool:
        """Give everything back. False where a library is still at work and cannot be stopped."""
        self.closed = True
        if self._thread.is_alive():
            self._thread.join(1.0)
        if self._thread.is_alive():
            return False
        if isinstance(self.state, Ready):
            self.state.assistant.close()
        return True

    def article(self, id: str) -> Article | None:
        """The article `id`; None where there is none, or none can be read now."""
        try:
            return self.state.assistant.article(id) if isinstance(self.state, Ready) else None
        except (RagError, KeyError):
            return None

    def _run(self) -> None:
        try:
            unread = self._build(self.settings, self._progress) or ()
            self.state = Loading()
            assistant = self._opened(self.settings)
            assistant.warm_up()
            self.state = Loading("Writing example questions, once for this index…")
            examples = self._examples(assistant)  # now: later they would hold up a first question
            self.state = Ready(assistant, *assistant.counts, examples, unread)
            if self.settings.read_ahead:
                self._read_ahead(assistant)
        except RagError as error:
            self.state = StartupFailed(str(error))
        except Exception as error:  # the page must say so, whatever it was
            log.exception("start-up failed")
            self.state = StartupFailed(
                f"start-up failed ({type(error).__name__}): type `rag doctor` to find out why"
            )

    def _read_ahead(self, assistant: Assistant) -> None:
        """Let the model read passages while nobody asks; a fault in it costs nothing but time."""
        try:
            for _ in assistant.prefill(lambda: self.closed or len(self.line) > 0):
                while len(self.line) > 0 and not self.closed:
                    time.sleep(_IDLE)
                if self.closed:
                    return
        except RagError as error:
            if not self.closed:  # else it was ended
                log.warning("no reading ahead: %s", error)
        except Exception:
            log.exception("no reading ahead")

    def _examples(self, assistant: Assistant) -> tuple[str, ...]:
        try:
            return tuple(assistant.suggest_questions(EXAMPLES))
        except Exception:  # a page without examples is still a page
            log.exception("no example questions")
            return ()

    def _progress(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._begun[0]:
            self._begun = (stage, now, done)
        _, since, already = self._begun
        left = (now - since) / (done - already) * (total - done) if done > already else None
        self.state = Indexing(stage, done, total, left)

"""Start-up in the background: index, models, example questions; and how far it is.

In:  `Settings`. The assistant is imported in the thread, so that the page is up before it.
Out: `AppState`, whose `state` the page asks for once a second: `Indexing`, `Loading`, `Ready` or
     `StartupFailed`; the queue in which all questions wait.
Left to others: asking (`rag.web.services.questions`), showing (`rag.web.views.status`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.conversations.store import ConversationStore
from rag.errors import NotReady, RagError
from rag.ingest.ledger import FileVerdict
from rag.runtime.cancellation import Cancelled, CancelToken
from rag.runtime.fair_queue import FairQueue
from rag.runtime.progress import RemainingTime
from rag.settings import Settings
from rag.types import Article

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.index.companions.originals import Inspection

Progress = Callable[[str, int, int], None]
Ledger = Sequence[FileVerdict]  # what became of each file
EXAMPLES = 4
QUEUE = 16  # questions that may wait, of people and programs together
SERVER_TURNS = 4  # questions that are answered at once where a server words answers
_IDLE = 0.5  # seconds between two looks at whether questions still wait
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
    """The models are being loaded, and then used for the first time."""

    message: str = "Loading the models…"


@dataclass(frozen=True, slots=True)
class Ready:
    """Questions can be asked; `ledger` says what became of each file at the last indexing.

    `server` names the model and the server that passages are sent to; empty where they stay here.
    `vectors` is the address of the server that vectors are sent to, `record` the database of
    articles and passages; empty where they stay here.
    """

    assistant: Assistant
    articles: int
    passages: int
    examples: tuple[str, ...]
    ledger: Ledger = ()
    server: str = ""
    vectors: str = ""
    record: str = ""


@dataclass(frozen=True, slots=True)
class StartupFailed:
    """Start-up ended in a fault; `message` is one line."""

    message: str


State = Indexing | Loading | Ready | StartupFailed


def _build(settings: Settings, progress: Progress) -> Ledger:
    from rag.index.build import build_index
    from rag.index.snapshots import SnapshotStore

    if SnapshotStore.of(settings).is_written_elsewhere():
        return ()  # this machine reads what another one indexes
    return build_index(settings, progress).ledger


def _open(settings: Settings) -> Assistant:
    from rag.assistant import Assistant

    return Assistant.open(settings)


class AppState:
    """The state of the web chat; `start` starts the thread, `state` may be read from any thread.

    `build` brings the index up to date and returns what became of each file; `open_assistant`
    opens the assistant. `beside` is the state of another collection: questions of both wait in one
    queue, and the model processes passages in advance for that one alone.
    """

    def __init__(
        self,
        settings: Settings,
        build: Callable[[Settings, Progress], Ledger | None] = _build,
        open_assistant: Callable[[Settings], Assistant] = _open,
        beside: AppState | None = None,
    ) -> None:
        self.state: State = Indexing()
        self.closed = False
        self.started_at = 0.0  # by the monotonic clock, in seconds
        self.retired = False  # nothing more is done for it, but what was asked is answered
        turns = SERVER_TURNS if settings.uses_server else 1
        # of all questions, of people and programs
        self.queue: FairQueue = beside.queue if beside else FairQueue(QUEUE, turns)
        self.settings = settings
        self.store: ConversationStore | None = None  # without one, no conversation is stored
        self.handlers: dict[Any, Any] = {}  # its event functions, by what makes them
        self._is_beside = beside is not None
        self._prefills = settings.read_ahead and not self._is_beside
        self._build = build
        self._open_assistant = open_assistant
        self._remaining_time = RemainingTime()
        self._inspection_lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="start-up", daemon=True)

    def start(self) -> None:
        """Begin the start-up; returns at once."""
        self.started_at = time.monotonic()
        self._thread.start()

    @property
    def is_waiting(self) -> bool:
        """Whether start-up goes on."""
        return isinstance(self.state, Indexing | Loading)

    def close(self) -> bool:
        """Release everything. False where a library call still runs and cannot be stopped."""
        self.closed = True
        if self._thread.is_alive():
            self._thread.join(1.0)
        if self._thread.is_alive():
            return False
        if isinstance(self.state, Ready):
            self.state.assistant.close()
        return True

    @property
    def assistant(self) -> Assistant:
        """The open assistant.

        Raises:
            NotReady: index or models are not loaded yet, or could not be.
        """
        if isinstance(self.state, StartupFailed):
            raise NotReady(self.state.message)
        if not isinstance(self.state, Ready):
            raise NotReady("the articles or the models are still being loaded: ask again soon")
        return self.state.assistant

    def article(self, id: str) -> Article | None:
        """The article `id`; None where it is not in the index, or cannot be read now."""
        try:
            return self.state.assistant.article(id) if isinstance(self.state, Ready) else None
        except (RagError, KeyError):
            return None

    def inspect(self, id: str) -> Inspection | None:
        """The article `id` and what of its file was left out; None as `article`.

        One at a time: each parses a file, which may take as much memory as the parser is allowed.
        """
        try:
            with self._inspection_lock:
                return self.state.assistant.inspect(id) if isinstance(self.state, Ready) else None
        except (RagError, KeyError):
            return None

    def _run(self) -> None:
        try:
            ledger = self._build(self.settings, self._progress) or ()
            self.state = Loading()
            assistant = self._open_assistant(self.settings)
            with self._model_turn():
                assistant.warm_up()
                self.state = Loading("Writing example questions, once for this index…")
                examples = self._examples(assistant)  # now: later they would delay a question
            server = ""
            if self.settings.uses_server:
                server = f"{assistant.settings.llm_model} at {self.settings.llm_url}"
            vectors, record = self.settings.vectors_elsewhere, self.settings.record_elsewhere
            counts = assistant.counts
            self.state = Ready(assistant, *counts, examples, ledger, server, vectors, record)
            if self._prefills:
                self._prefill(assistant)
        except RagError as error:
            self.state = StartupFailed(str(error))
        except Cancelled:
            return  # it is being closed
        except Exception as error:  # the page must say so, whatever it was
            log.exception("start-up failed")
            self.state = StartupFailed(
                f"start-up failed ({type(error).__name__}): type `rag doctor` to find out why"
            )

    @contextmanager
    def _model_turn(self) -> Iterator[None]:
        """Beside another collection, the model is used in turn with the questions to that."""
        if not self._is_beside:
            yield
            return
        with self.queue.acquire(CancelToken(lambda: self.closed), is_admitted=True):
            yield

    def _prefill(self, assistant: Assistant) -> None:
        """Prefill passages into the model's cache while nobody asks; a fault costs only speed."""
        try:
            for _ in assistant.prefill(lambda: self.closed or len(self.queue) > 0):
                while len(self.queue) > 0 and not self.closed:
                    time.sleep(_IDLE)
                if self.closed:
                    return
        except RagError as error:
            if not self.closed:  # else closing ended it
                log.warning("no passages are prefilled: %s", error)
        except Exception:
            log.exception("no passages are prefilled")

    def _examples(self, assistant: Assistant) -> tuple[str, ...]:
        try:
            return tuple(assistant.suggest_questions(EXAMPLES))
        except RagError as error:  # such as a language model server that is away
            log.warning("no example questions: %s", error)
            return ()
        except Exception:  # a page without examples is still a page
            log.exception("no example questions")
            return ()

    def _progress(self, stage: str, done: int, total: int) -> None:
        left = self._remaining_time.estimate(stage, done, total)
        self.state = Indexing(stage, done, total, left)

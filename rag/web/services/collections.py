"""The collections that are served: an `AppState` for each, opened when it is first used.

    OpenCollections.of_settings(settings)   all that there are, or the one that `settings` name
    OpenCollections.of_one(app_state)       one alone
    collections.state(name)                 the `AppState` of a collection, which may be loading
    collections.opened(name)                the same, once it is loaded

In:  `Settings`. Out: as above; `CollectionError` for a name that none has.
Left to others: which of them a page is of (`rag.web.middleware.collection_gate`), what is done with
one (`rag.web.handlers.by_collection`).

The first one is opened at the start and stays open. Of the others at most `MOST_OPEN` are, those
used last: what an index holds in memory is freed once the last question to it is answered. The
models are loaded once for all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rag.conversations.store import ConversationStore
from rag.errors import CollectionError
from rag.index.companions.collections import collection_names, unknown_collection
from rag.index.snapshots import SnapshotStore
from rag.runtime.cancellation import NEVER, CancelToken
from rag.settings import DEFAULT_COLLECTION, Settings
from rag.web.services.app_state import AppState, StartupFailed

if TYPE_CHECKING:
    from rag.assistant import Assistant, AssistantModels

MOST_OPEN = 3  # beside the first
AGAIN_AFTER = 10.0  # seconds after which a collection that could not be opened is tried again
LONGEST_OPENING = 60.0  # seconds that a program waits for a collection to be opened
_TICK = 0.1  # seconds

OpenState = Callable[[str], AppState]


class OpenCollections:
    """The collections that are served; may be used from any thread.

    `open_state` makes the state of another collection than that of `first`, by its name, and
    `list_names` lists those that there are now.
    """

    def __init__(
        self,
        first: AppState,
        open_state: OpenState | None = None,
        list_names: Callable[[], list[str]] = list,
        close_models: Callable[[], None] = lambda: None,
    ) -> None:
        self.first = first
        self._open_state, self._list_names = open_state, list_names
        self._close_models = close_models
        self._states: dict[str, AppState] = {}  # but the first; the one used last is the last
        self._lock = threading.Lock()

    @classmethod
    def of_one(cls, app_state: AppState) -> OpenCollections:
        """One collection alone."""
        return cls(app_state)

    @classmethod
    def of_settings(cls, settings: Settings) -> OpenCollections:
        """All collections, that of `settings` first; it alone where they name one, or an index.

        Where there is nothing of a default collection, the first of the others takes its place.
        """
        models = _SharedModels()
        names = collection_names(settings.collections)
        is_alone = settings.has_collection or settings.index != Settings().index
        with_default = is_alone or not names or _is_there(settings)
        own = settings if with_default else settings.of(names[0])
        first = AppState(own, open_assistant=models.open_assistant)
        first.store = _store(own)
        if is_alone:
            return cls(first, close_models=models.close)

        def open_state(name: str) -> AppState:
            other = settings.of(name)
            state = AppState(other, open_assistant=models.open_assistant, beside=first)
            state.store = _store(other)
            return state

        def list_names() -> list[str]:
            default = [DEFAULT_COLLECTION] if with_default or _is_there(settings) else []
            return [*default, *collection_names(settings.collections)]

        return cls(first, open_state, list_names, models.close)

    @property
    def names(self) -> list[str]:
        """The names of all, as they are listed now.

        Raises:
            CollectionError: their folder cannot be read.
        """
        return self._list_names() or [self.first.settings.collection]

    @property
    def open_states(self) -> list[AppState]:
        """Those that are open now."""
        with self._lock:
            return [self.first, *self._states.values()]

    def require(self, name: str) -> None:
        """Raise `CollectionError` where no collection that is served has `name`; "": the first."""
        if name and name not in self.names:
            if self._open_state is None:
                raise CollectionError(
                    f"only the collection {self.first.settings.collection} is served here: "
                    "leave the name out"
                )
            raise unknown_collection(self.first.settings, name)

    def state(self, name: str = "") -> AppState:
        """The state of the collection `name` ("": the first), which is opened where it is not.

        Raises:
            CollectionError: there is none of that name.
        """
        if name in ("", self.first.settings.collection):
            return self.first
        self.require(name)
        assert self._open_state is not None
        with self._lock:
            state = self._states.pop(name, None)
            if state is None or _is_worth_another_try(state):
                state = self._open_state(name)
                state.start()
            self._states[name] = state
            while len(self._states) > MOST_OPEN:
                oldest = next(iter(self._states))
                self._states.pop(oldest).retired = True
            return state

    def opened(self, name: str = "", cancel: CancelToken = NEVER) -> AppState:
        """The same, after up to a minute in which it is being opened. The first is not waited for.

        Raises:
            CollectionError: there is none of that name.
            Cancelled: `cancel` was cancelled.
        """
        state, end = self.state(name), time.monotonic() + LONGEST_OPENING
        while state is not self.first and state.is_waiting and time.monotonic() < end:
            cancel.raise_if_cancelled()
            time.sleep(_TICK)
        return state

    def close(self) -> bool:
        """Release everything. False where a library call still runs and cannot be stopped."""
        are_closed = [state.close() for state in self.open_states]
        if all(are_closed):
            self._close_models()
        return all(are_closed)


class _SharedModels:
    """The models of all collections, loaded for the first that is opened."""

    def __init__(self) -> None:
        self._models: AssistantModels | None = None
        self._lock = threading.Lock()

    def open_assistant(self, settings: Settings) -> Assistant:
        from rag.assistant import Assistant, AssistantModels

        with self._lock:
            if self._models is None:
                self._models = AssistantModels.open(settings)
        return Assistant.open(settings, models=self._models)

    def close(self) -> None:
        if self._models is not None:
            self._models.close()


def _is_worth_another_try(state: AppState) -> bool:
    """Whether it could not be opened, some time ago: a missing folder may have come back."""
    is_old = time.monotonic() - state.started_at > AGAIN_AFTER
    return isinstance(state.state, StartupFailed) and is_old


def _store(settings: Settings) -> ConversationStore | None:
    return ConversationStore(settings.conversations) if settings.keep_conversations else None


def _is_there(settings: Settings) -> bool:
    """Whether there is a default collection: it is indexed, or there is something to index."""
    return settings.corpus.exists() or SnapshotStore.of(settings).current_or_none() is not None

"""Event functions for a page of any collection: each collection has handlers of its own.

    handlers = ByCollection(collections, QuoteHandlers, QuoteHandlers)
    button.click(handlers.look_up, …)    QuoteHandlers.look_up, of the collection of the page

In:  `OpenCollections`; a class of handlers, and what makes one for an `AppState`.
Out: functions for Gradio, with the parameters of the methods, a generator where the method is one.
Left to others: which collection a request is of (`rag.web.middleware.collection_gate`).

Handlers know one collection alone, so that none can show something of another.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Generic, TypeVar, get_type_hints

import gradio as gr

from rag.errors import RagError
from rag.web.middleware.collection_gate import current_collection
from rag.web.originals import drawn_for
from rag.web.services.app_state import AppState
from rag.web.services.collections import OpenCollections

H = TypeVar("H")
_LOCK = threading.RLock()  # making handlers may make others


class ByCollection(Generic[H]):
    """The methods of the class `kind`, as event functions; `make` makes one for a collection."""

    def __init__(
        self, collections: OpenCollections, kind: type[H], make: Callable[[AppState], H]
    ) -> None:
        self._collections, self._kind, self._make = collections, kind, make

    def of(self, app_state: AppState) -> H:
        """The handlers of a collection, made at the first call and kept as long as it is open."""
        with _LOCK:
            if self not in app_state.handlers:
                app_state.handlers[self] = self._make(app_state)
            handlers: H = app_state.handlers[self]
            return handlers

    def everywhere(self, name: str) -> Callable[..., None]:
        """The method called `name`, of all collections that are open.

        For a page that was closed: the request that tells so does not say of which one it was.
        """

        def call(request: gr.Request) -> None:
            for state in self._collections.open_states:
                getattr(self.of(state), name)(request)

        return call

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._kind, name)
        hints = get_type_hints(method)
        _, *parameters = inspect.signature(method).parameters.values()
        place = next((i for i, p in enumerate(parameters) if hints.get(p.name) is gr.Request), None)
        is_added = place is None
        if is_added:
            kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
            parameters.insert(0, inspect.Parameter("_request", kind, annotation=gr.Request))

        def called(arguments: tuple[Any, ...]) -> tuple[AppState, Any]:
            request = arguments[place or 0]
            try:
                state = self._collections.state(current_collection(request))
            except RagError as error:
                raise gr.Error(str(error), print_exception=False) from error
            own = arguments[1:] if is_added else arguments
            with drawn_for(state.settings.collection):
                return state, getattr(self.of(state), name)(*own)

        if inspect.isgeneratorfunction(method):

            @wraps(method)
            def function(*arguments: Any) -> Iterator[Any]:
                state, steps = called(arguments)
                try:
                    while True:
                        with drawn_for(state.settings.collection):
                            try:
                                value = next(steps)
                            except StopIteration:
                                return
                        yield value
                finally:
                    steps.close()

        else:

            @wraps(method)
            def function(*arguments: Any) -> Any:
                return called(arguments)[1]

        own_hints = {each.name: each.annotation for each in parameters} | hints
        function.__annotations__ = {**own_hints, **({"_request": gr.Request} if is_added else {})}
        function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return function

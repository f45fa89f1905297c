"""Where the steps of the work are timed: the one place.

    with stage("embed", model="all-minilm-l6-v2", texts=3) as embedding:
        ...
    embedding.seconds

In:  the name of a stage, and what is counted of it: numbers and names of models, never text.
Out: its seconds; when it ends, a `Stage` for each observer (metrics), a line of the log, and a span
     around it where OpenTelemetry is set up.

A generator must not leave a stage open as the current one of its caller: `in_own_context` keeps it
to itself.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import TypeVar

from rag.runtime.observability import spans

log = logging.getLogger(__name__)
Value = str | int | float | bool | None
T = TypeVar("T")


class Stage:
    """A step of the work: its name, what was counted of it, and how long it takes.

    `error` is the name of the class of the error that ended it; None where there was none. `texts`
    are for spans alone, and only where somebody asked for them. A `detail` occurs many times in one
    piece of work.
    """

    def __init__(self, name: str, attributes: dict[str, Value], *, detail: bool = False) -> None:
        self.name = name
        self.attributes = attributes
        self.texts: dict[str, str] = {}
        self.error: str | None = None
        self.detail = detail
        self.started = time.perf_counter()
        self.ended: float | None = None

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        return (time.perf_counter() if self.ended is None else self.ended) - self.started

    def count(self, **attributes: Value) -> None:
        """Add what became known meanwhile: numbers, and names of models."""
        self.attributes.update(attributes)

    @property
    def known(self) -> dict[str, str | int | float | bool]:
        """The attributes that have a value."""
        return {name: value for name, value in self.attributes.items() if value is not None}


_observers: list[Callable[[Stage], None]] = []


@contextmanager
def stage(name: str, *, detail: bool = False, **attributes: Value) -> Iterator[Stage]:
    """Time what is done in the `with` block."""
    timed = Stage(name, attributes, detail=detail)
    with spans.open_span(name) as span:
        try:
            yield timed
        except BaseException as error:
            timed.error = type(error).__name__
            raise
        finally:
            timed.ended = time.perf_counter()
            if span is not None:
                spans.describe(span, timed.known, timed.texts, timed.error)
            _report(timed)


@contextmanager
def observed_by(observer: Callable[[Stage], None]) -> Iterator[None]:
    """Have `observer` called with each stage that ends meanwhile, in the thread that ran it."""
    _observers.append(observer)
    try:
        yield
    finally:
        _observers.remove(observer)


def _report(timed: Stage) -> None:
    for observer in tuple(_observers):
        observer(timed)
    level = logging.DEBUG if timed.detail else logging.INFO
    if log.isEnabledFor(level):
        fields = {**timed.known, "stage": timed.name, "seconds": round(timed.seconds, 6)}
        ending = f"ended by {timed.error}" if timed.error else "done"
        if timed.error:
            fields["error"] = timed.error
        log.log(
            level, "%s %s in %.3f s", timed.name, ending, timed.seconds, extra={"fields": fields}
        )


def in_own_context(steps: Generator[T]) -> Iterator[T]:
    """What `steps` yields; what it sets in its context (the current span) stays there."""
    context = copy_context()
    try:
        while True:
            try:
                step = context.run(next, steps)
            except StopIteration:
                return
            yield step
    finally:
        context.run(steps.close)

"""The local model in a process of its own, which may crash, hang or run out of memory alone.

In:  a verified GGUF file; prompts of `rag.prompts.templates`, from any thread.
Out: a `rag.models.llm.base.LanguageModel`. Callers wait in a queue, first come first served.
Left to others: the child (`rag.models.llm.connection`) and what runs in it (`rag.models.llm.worker`), which
build runs here (`rag.models.llm.build_check`).

A child that dies, is silent past the deadline, or says what makes no sense costs the caller one
`ModelError`; the next call starts a new one. After `_DEATHS` deaths with no answer between them
none is started for `_REST` seconds, and calls end in `ModelUnavailable` at once.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Unpack

from rag.errors import ModelCrashed, ModelError, ModelUnavailable, QuestionError
from rag.models.llm.base import GeneratedToken
from rag.models.llm.chat_template import Prompt
from rag.models.llm.connection import Message, Opening, WorkerConnection, WorkerExited
from rag.runtime.cancellation import NEVER, CancelToken
from rag.runtime.fair_queue import FairQueue

_LOADING = 300.0  # seconds; a model comes from a slow disk once
_TICK = 0.1  # seconds between two looks at whether the caller still wants the answer
_GRACE = 3.0  # seconds in which a child that is told to stop must say that it did
_DEATHS = 3
_REST = 60.0  # seconds
_CLOSED = "the model was closed: open it again"


class ModelClient:
    """A model in a child process. `system_info`: what llama.cpp says of build and processor."""

    def __init__(self, spec: Message, frame: str, deadline: float) -> None:
        self.chat_template = frame
        self.system_info = ""
        self._spec = spec
        self._deadline = deadline or float("inf")
        self._line = FairQueue()
        self._deaths = 0
        self._rests_until = 0.0
        self._why = ""
        self._closed = False
        self._left = (0, 0.0)  # an order that the child was told to leave, and until when
        self._children: list[WorkerConnection] = []  # the one that runs, if one does
        self._end = weakref.finalize(self, _end_all, self._children)  # also when Python ends

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        extra_buffers: bool = True,
        deadline: float = 0.0,
        **how: Unpack[Opening],
    ) -> ModelClient:
        """Load `path` in a child, as `LocalModel.open` does.

        One call may take `deadline` seconds (0: any time).

        Raises:
            ModelDied: the child died while it loaded.
            ModelError: the file is no model, or does not fit in memory.
        """
        spec = {"path": str(path.absolute()), "extra_buffers": extra_buffers, **how}
        model = cls(spec, how["frame"], deadline)
        model._running()
        return model

    def prefill(self, prompt: Prompt, cancel: CancelToken = NEVER) -> bool:
        """As `LanguageModel.prefill`."""
        return bool(self._end_of({"do": "prefill"}, prompt, cancel))

    def generate(
        self, prompt: Prompt, *, max_tokens: int, stop: str = "\n", cancel: CancelToken = NEVER
    ) -> Generator[GeneratedToken]:
        """As `LanguageModel.generate`; a `ModelError` also where the child died or was too slow."""
        order = {"do": "generate", "max_tokens": max_tokens, "stop": stop}
        for message in self._told(order, prompt, cancel):
            if "text" in message:
                yield GeneratedToken(message["text"], message["logprob"])

    def logit_difference(
        self, prompt: Prompt, positive: str, negative: str, cancel: CancelToken = NEVER
    ) -> float:
        """As `LanguageModel.logit_difference`."""
        order = {"do": "logit_difference", "positive": positive, "negative": negative}
        return float(self._end_of(order, prompt, cancel))

    @property
    def pid(self) -> int | None:
        """The child that runs now."""
        return self._children[0].pid if self._children else None

    def close(self) -> None:
        """End the child, whatever it does; who waits for it gets a `ModelError`."""
        self._closed = True
        _end_all(self._children)

    def _end_of(self, order: Message, prompt: Prompt, cancel: CancelToken) -> Any:
        end = None
        for message in self._told(order, prompt, cancel):
            end = message["end"]
        return end

    def _told(self, order: Message, prompt: Prompt, cancel: CancelToken) -> Iterator[Message]:
        """What the child tells of one order, until its end."""
        parts = (prompt.prefix, prompt.suffix)
        pieces = [[(each.text, each.special, each.isolated) for each in part] for part in parts]
        with self._line.acquire(cancel):
            child = self._running()
            number = child.send({**order, "prompt": pieces})
            limit = time.monotonic() + self._deadline
            over = False
            try:
                while True:
                    cancel.raise_if_cancelled()
                    message = self._message(child, number)
                    if message is not None:
                        over = "text" not in message
                        _raise_fault(message)
                        self._deaths = 0 if over else self._deaths
                        held = time.monotonic()
                        yield message
                        limit += time.monotonic() - held
                    if over:
                        return
                    if time.monotonic() > limit:
                        raise ModelError(
                            f"the model was not done within {self._deadline:g} s: ask again, or "
                            "raise RAG_DEADLINE"
                        )
            finally:
                if not over:
                    child.cancel(number)
                    self._left = (number, time.monotonic() + _GRACE)

    def _message(self, child: WorkerConnection, number: int) -> Message | None:
        """What the child tells next of order `number`; None where it is silent for a moment."""
        try:
            return child.receive(number, _TICK)
        except WorkerExited as ended:
            raise self._died(ended) from None

    def _settle(self, child: WorkerConnection) -> None:
        """Wait until the child has left the order it was told to leave; if it does not, end it.

        Left to the next caller, so that who leaves never waits.
        """
        number, limit = self._left
        self._left = (0, 0.0)
        while number:
            try:
                message = child.receive(number, _TICK)
            except WorkerExited as ended:
                self._died(ended)
                return
            if message is not None and "text" not in message:
                return
            if time.monotonic() > limit:
                child.end()
                self._died(WorkerExited("it hung"))
                return

    def _running(self) -> WorkerConnection:
        """The child; where none runs, one is started."""
        if self._closed:
            raise ModelError(_CLOSED)
        if self._children:
            self._settle(self._children[0])
        if self._children:
            child = self._children[0]
            if child.ended is None:
                return child
            self._died(child.ended)
        if (left := self._rests_until - time.monotonic()) > 0:
            raise ModelUnavailable(
                f"the model stopped {self._deaths} times in a row ({self._why}) and is left alone "
                f"for {left:.0f} s: only the passages can be shown; type `rag doctor` for more"
            )
        child = WorkerConnection(self._spec)
        self._left = (0, 0.0)
        self._children.append(child)
        if self._closed:  # in between
            self.close()
        self._load(child)
        return child

    def _load(self, child: WorkerConnection) -> None:
        limit = time.monotonic() + _LOADING
        loaded = False
        try:
            while (message := self._message(child, 0)) is None:
                if time.monotonic() > limit:
                    child.end()
                    raise self._died(WorkerExited(f"it did not load within {_LOADING:g} s"))
            _raise_fault(message)
            self.system_info = str(message["end"])
            loaded = True
        finally:
            if not loaded:
                _end_all(self._children)

    def _died(self, ended: WorkerExited) -> ModelError:
        """Take note of a death; the error that tells of it."""
        self._children.clear()
        if self._closed:
            return ModelError(_CLOSED)
        self._deaths += 1
        self._why = str(ended)
        if self._deaths >= _DEATHS:
            self._rests_until = time.monotonic() + _REST
        return ModelCrashed(self._why)


def _raise_fault(message: Message) -> None:
    if "fault" in message:
        kind = QuestionError if message["fault"] == "QuestionError" else ModelError
        raise kind(message["told"])


def _end_all(children: list[WorkerConnection]) -> None:
    while children:
        children.pop().end()

"""A language model in a worker process, which may crash, hang or run out of memory alone.

In:  a verified GGUF file; prompts, from any thread.
Out: a `rag.models.llm.base.LanguageModel`. Callers wait in a queue, first come first served.
Left to others: the process (`rag.models.llm.connection`) and what runs in it
(`rag.models.llm.worker`), which build runs here (`rag.models.llm.build_check`).

A worker that crashes, is silent past the deadline, or sends an invalid message costs the caller
one `ModelError`; the next call starts a new one. After `_MAX_CRASHES` crashes with no answer
between them none is started for `_PAUSE` seconds, and calls end in `ModelUnavailable` at once.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Generator, Iterable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from rag.errors import ModelCrashed, ModelError, ModelUnavailable, QuestionError
from rag.models.llm import protocol
from rag.models.llm.base import GeneratedToken, ModelOptions
from rag.models.llm.chat_template import Prompt
from rag.models.llm.connection import WorkerConnection, WorkerExited
from rag.runtime.cancellation import NEVER, CancelToken
from rag.runtime.fair_queue import FairQueue

_LOAD_SECONDS = 300.0  # a model comes from a slow disk once
_POLL_SECONDS = 0.1  # between two looks at whether the caller still wants the answer
_CANCEL_SECONDS = 3.0  # in which a worker must confirm a cancellation
_MAX_CRASHES = 3
_PAUSE = 60.0  # seconds
_CLOSED = "the model was closed: open it again"

Result = TypeVar("Result", bound=protocol.Reply)


class ModelClient:
    """A model in a worker process. `system_info`: llama.cpp's line about build and processor."""

    def __init__(self, opening: protocol.Open, deadline: float) -> None:
        self.chat_template = opening.options.chat_template
        self.system_info = ""
        self._opening = opening
        self._deadline = deadline or float("inf")
        self._queue = FairQueue()
        self._crashes = 0
        self._paused_until = 0.0
        self._reason = ""  # how the last worker ended
        self._closed = False
        self._cancelled = (0, 0.0)  # a cancelled request, and until when it must be confirmed
        self._workers: list[WorkerConnection] = []  # the one that runs, if one does
        self._end = weakref.finalize(self, _end_all, self._workers)  # also when Python ends

    @classmethod
    def open(
        cls,
        path: Path,
        options: ModelOptions,
        *,
        extra_buffers: bool = True,
        deadline: float = 0.0,
    ) -> ModelClient:
        """Load `path` in a worker process, as `LocalModel.open` does.

        One call may take `deadline` seconds (0: any time).

        Raises:
            ModelCrashed: the worker ended while it loaded the model.
            ModelError: the file is no model, or does not fit in memory.
        """
        model = cls(protocol.Open(str(path.absolute()), options, extra_buffers), deadline)
        model._worker()
        return model

    def prefill(self, prompt: Prompt, cancel: CancelToken = NEVER) -> bool:
        """As `LanguageModel.prefill`."""
        replies = self._replies(protocol.Prefill(prompt), (protocol.Prefilled,), cancel)
        return _only(replies, protocol.Prefilled).has_room

    def generate(
        self, prompt: Prompt, *, max_tokens: int, stop: str = "\n", cancel: CancelToken = NEVER
    ) -> Generator[GeneratedToken]:
        """As `LanguageModel.generate`; a `ModelError` also after a crash or the deadline."""
        request = protocol.Generate(prompt, max_tokens, stop)
        kinds = (GeneratedToken, protocol.Generated)
        with closing(self._replies(request, kinds, cancel)) as replies:
            for reply in replies:
                if isinstance(reply, GeneratedToken):
                    yield reply

    def logit_difference(
        self, prompt: Prompt, positive: str, negative: str, cancel: CancelToken = NEVER
    ) -> float:
        """As `LanguageModel.logit_difference`."""
        request = protocol.LogitDifference(prompt, positive, negative)
        replies = self._replies(request, (protocol.LogitDifferenceResult,), cancel)
        return _only(replies, protocol.LogitDifferenceResult).value

    @property
    def pid(self) -> int | None:
        """The process id of the worker that runs now."""
        return self._workers[0].pid if self._workers else None

    def close(self) -> None:
        """End the worker, whatever it does; a call that waits for it ends in a `ModelError`."""
        self._closed = True
        _end_all(self._workers)

    def _replies(
        self,
        request: protocol.Request,
        kinds: tuple[type, ...],
        cancel: CancelToken,
    ) -> Generator[protocol.Reply]:
        """The replies to `request`, of these `kinds`; the last is anything but a token."""
        with self._queue.acquire(cancel):
            worker = self._worker()
            number = worker.send(request)
            limit = time.monotonic() + self._deadline
            over = False
            try:
                while not over:
                    cancel.raise_if_cancelled()
                    reply = self._receive(worker, number)
                    if reply is not None:
                        over = not isinstance(reply, GeneratedToken)
                        _raise_if_failed(reply)
                        if not isinstance(reply, kinds):
                            worker.end()
                            raise self._crashed(WorkerExited("it sent an invalid message"))
                        if over:
                            self._crashes = 0
                        paused = time.monotonic()
                        yield reply
                        limit += time.monotonic() - paused  # the caller's time does not count
                    if not over and time.monotonic() > limit:
                        raise ModelError(
                            f"the model was not done within {self._deadline:g} s: ask again, or "
                            "raise RAG_DEADLINE"
                        )
            finally:
                if not over:
                    worker.cancel(number)
                    self._cancelled = (number, time.monotonic() + _CANCEL_SECONDS)

    def _receive(self, worker: WorkerConnection, number: int) -> protocol.Reply | None:
        """The next reply to request `number`; None where the worker is silent for a moment."""
        try:
            return worker.receive(number, _POLL_SECONDS)
        except WorkerExited as exited:
            raise self._crashed(exited) from None

    def _await_cancelled(self, worker: WorkerConnection) -> None:
        """Wait until the worker confirms the last cancellation; if it does not, end it.

        The next caller does this, so that the one that cancels never waits.
        """
        number, limit = self._cancelled
        self._cancelled = (0, 0.0)
        while number:
            try:
                reply = worker.receive(number, _POLL_SECONDS)
            except WorkerExited as exited:
                self._crashed(exited)
                return
            if reply is not None and not isinstance(reply, GeneratedToken):
                return
            if time.monotonic() > limit:
                worker.end()
                self._crashed(WorkerExited("it hung"))
                return

    def _worker(self) -> WorkerConnection:
        """The worker that runs and is idle; where there is none, a new one."""
        if self._closed:
            raise ModelError(_CLOSED)
        if self._workers:
            self._await_cancelled(self._workers[0])
        if self._workers:
            worker = self._workers[0]
            if worker.ended is None:
                return worker
            self._crashed(worker.ended)
        if (remaining := self._paused_until - time.monotonic()) > 0:
            raise ModelUnavailable(
                f"the model stopped {self._crashes} times in a row ({self._reason}) and is left "
                f"alone for {remaining:.0f} s: only the passages can be shown; type `rag doctor` "
                "for more"
            )
        worker = WorkerConnection(self._opening)
        self._cancelled = (0, 0.0)
        self._workers.append(worker)
        if self._closed:  # meanwhile, by another thread
            self.close()
        self._await_opened(worker)
        return worker

    def _await_opened(self, worker: WorkerConnection) -> None:
        limit = time.monotonic() + _LOAD_SECONDS
        opened = False
        try:
            while (reply := self._receive(worker, 0)) is None:
                if time.monotonic() > limit:
                    worker.end()
                    raise self._crashed(WorkerExited(f"it did not load within {_LOAD_SECONDS:g} s"))
            _raise_if_failed(reply)
            if not isinstance(reply, protocol.Opened):
                worker.end()
                raise self._crashed(WorkerExited("it sent an invalid message"))
            self.system_info = reply.system_info
            opened = True
        finally:
            if not opened:
                _end_all(self._workers)

    def _crashed(self, exited: WorkerExited) -> ModelError:
        """Record that the worker ended; the error to raise for it."""
        self._workers.clear()
        if self._closed:
            return ModelError(_CLOSED)
        self._crashes += 1
        self._reason = str(exited)
        if self._crashes >= _MAX_CRASHES:
            self._paused_until = time.monotonic() + _PAUSE
        return ModelCrashed(self._reason)


def _only(replies: Iterable[protocol.Reply], kind: type[Result]) -> Result:
    """The one reply, which is of this `kind`."""
    (result,) = replies
    assert isinstance(result, kind)
    return result


def _raise_if_failed(reply: protocol.Reply) -> None:
    if isinstance(reply, protocol.Failed):
        kind = QuestionError if reply.error == "QuestionError" else ModelError
        raise kind(reply.message)


def _end_all(workers: list[WorkerConnection]) -> None:
    while workers:
        workers.pop().end()

"""A `LanguageModel` on a server.

In:  a `Server`; prompts, from any thread.
Out: a `rag.models.llm.base.LanguageModel`. Several calls run at once; a server has its own queue.
Left to others: what goes over the network (`rag.models.llm.server.connection`), what a fault is
(`rag.models.llm.server.faults`).

An event loop in a thread of its own carries all calls, so that one that is cancelled or past its
deadline ends wherever it is: in a look-up of a name, a handshake, or a wait for a token. A fault
that may pass costs further tries with growing pauses, as long as no token has come and the deadline
allows it. A server that refuses log-probabilities, or messages of the role `system` (some chat
templates do), is asked without them from then on; where it only fails, once two calls found so.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import threading
import time
import weakref
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import httpx

from rag.errors import ModelError, ModelServerError
from rag.models.llm.base import GeneratedToken
from rag.models.llm.chat_template import ROLES, Prompt
from rag.models.llm.server.completion import ServerToken
from rag.models.llm.server.connection import list_models, open_client, stream_completion
from rag.models.llm.server.faults import RETRIED, Server
from rag.models.llm.server.messages import chat_messages
from rag.runtime.cancellation import NEVER, CancelToken

_POLL_SECONDS = 0.1  # between two looks at whether the caller still wants the answer
_PAUSES = (0.5, 1.0, 2.0)  # seconds before the second, third and fourth try
_LONGEST_PAUSE = 30.0  # seconds that a server may ask to wait
_LEAST_REST = 1e-9  # probability of all tokens that are not listed, which rounding may lose
_CLOSED_BETWEEN = frozenset({"cut_off"})  # a server may close a kept connection as it is used again
_MAY_BE_DIALECT = ("bad_request", "server_error", "empty")  # some fail once the stream has begun
_ALTERNATIVES = 20  # likeliest tokens that are asked for where a word is judged: the most allowed
_CLOSE_SECONDS = 2.0  # in which connections are closed
_CLOSED = "the language model was closed: open it again"
log = logging.getLogger(__name__)
_SPACES = str.maketrans("Ġ▁", "  ")  # how some vocabularies write a space


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server takes; `is_known` once it has answered."""

    logprobs: bool = True
    system_role: bool = True
    is_known: bool = False


_DIALECTS = (Dialect(), Dialect(logprobs=False), Dialect(system_role=False), Dialect(False, False))


@dataclass(frozen=True, slots=True)
class _Call:
    prompt: Prompt
    max_tokens: int
    alternatives: int
    started: float  # by `time.monotonic`


class ServerModel:
    """A model on a server. One call may take `deadline` seconds (0: any time)."""

    chat_template = ROLES

    def __init__(self, server: Server, deadline: float = 0.0) -> None:
        self.server = server
        self.dialect = Dialect()
        self._candidate: Dialect | None = None  # by the last call, where it is not yet certain
        self._deadline = deadline or math.inf
        self._loop = asyncio.new_event_loop()
        self._client = open_client(server)
        self._closed = threading.Event()
        self._thread = threading.Thread(
            target=_run_loop, args=(self._loop, self._client), name="model-server", daemon=True
        )
        self._thread.start()
        self._end = weakref.finalize(self, _end_loop, self._loop)  # also when Python ends

    def models(self) -> list[str]:
        """The names of the models that the server has.

        Raises:
            ModelServerError: the server failed, or gives no list.
        """
        started = time.monotonic()
        names: list[str]
        (names,) = self._results(self._list(started), NEVER)
        return names

    def prefill(self, prompt: Prompt, cancel: CancelToken = NEVER) -> bool:
        """A server keeps its own caches: nothing is sent, and there is no room."""
        cancel.raise_if_cancelled()
        return False

    def generate(
        self, prompt: Prompt, *, max_tokens: int, stop: str = "\n", cancel: CancelToken = NEVER
    ) -> Generator[GeneratedToken]:
        """As `LanguageModel.generate`; a `ModelServerError` for each way a server can fail.

        `stop` is one character. What follows it is not read: the request is ended there.
        """
        has_text = False
        with closing(self._tokens(prompt, max_tokens, 1, cancel)) as tokens:
            for token in tokens:
                text = token.text
                if not has_text:
                    text = text.lstrip()
                    has_text = bool(text)
                before, stopped, _ = text.partition(stop)
                yield GeneratedToken(before, token.logprob)
                if stopped:
                    return

    def logit_difference(
        self, prompt: Prompt, positive: str, negative: str, cancel: CancelToken = NEVER
    ) -> float | None:
        """As `LanguageModel.logit_difference`, from the likeliest tokens of the server.

        A word that is not among them counts with what they leave. None where neither word is, or
        where the server gives no log-probabilities.
        """
        with closing(self._tokens(prompt, 1, _ALTERNATIVES, cancel)) as tokens:
            first = next(tokens, None)
        return log_odds(first.alternatives if first else (), positive, negative)

    def close(self) -> None:
        """End all calls, which raise a `ModelError`, and the connections."""
        self._closed.set()
        self._end()
        self._thread.join(_CLOSE_SECONDS)

    def _tokens(
        self, prompt: Prompt, max_tokens: int, alternatives: int, cancel: CancelToken
    ) -> Generator[ServerToken]:
        call = _Call(prompt, max_tokens, alternatives, time.monotonic())
        return self._results(self._complete(call), cancel)

    def _results(self, work: AsyncGenerator[Any], cancel: CancelToken) -> Generator[Any]:
        """What `work` yields in the event loop, in this thread."""
        results = SimpleQueue[Any]()
        end = object()

        async def carry_out() -> None:
            try:
                async with aclosing(work):
                    async for each in work:
                        results.put(each)
                results.put(end)
            except Exception as error:
                results.put(error)

        if self._closed.is_set():
            raise ModelError(_CLOSED)
        future = asyncio.run_coroutine_threadsafe(carry_out(), self._loop)
        try:
            while True:
                cancel.raise_if_cancelled()
                try:
                    result = results.get(timeout=_POLL_SECONDS)
                except Empty:
                    if self._closed.is_set():
                        raise ModelError(_CLOSED) from None
                    continue
                if result is end:
                    return
                if isinstance(result, Exception):
                    raise result
                yield result
        finally:
            future.cancel()

    async def _list(self, started: float) -> AsyncGenerator[list[str]]:
        try:
            async with asyncio.timeout(self._seconds_left(started)):
                yield await list_models(self._client, self.server)
        except TimeoutError:
            raise self.server.fault("no_first_token", deadline=self._deadline) from None

    async def _complete(self, call: _Call) -> AsyncGenerator[ServerToken]:
        """The tokens of a call, within its deadline."""
        latest = None
        try:
            async with asyncio.timeout(self._seconds_left(call.started)):
                async with aclosing(self._in_some_dialect(call)) as tokens:
                    async for token in tokens:
                        latest = time.monotonic()
                        yield token
        except TimeoutError:
            raise self._late(latest) from None

    def _late(self, latest: float | None) -> ModelServerError:
        """The error of a call past its deadline, whose last token came at `latest`."""
        if latest is None:
            kind = "no_first_token"
        else:
            silent = time.monotonic() - latest > self._deadline / 2
            kind = "hung" if silent else "too_slow"
        return self.server.fault(kind, deadline=self._deadline)

    async def _in_some_dialect(self, call: _Call) -> AsyncGenerator[ServerToken]:
        """The tokens in the server's dialect; one that is not known is found by trying."""
        dialects = (self.dialect,) if self.dialect.is_known else _DIALECTS
        first_fault: ModelServerError | None = None
        for dialect in dialects:
            try:
                async with aclosing(self._with_retries(call, dialect)) as tokens:
                    is_taken = False
                    async for token in tokens:
                        if not is_taken:
                            self._take_dialect(dialect, first_fault)
                            is_taken = True
                        yield token
                return
            except ModelServerError as fault:
                refusals = _MAY_BE_DIALECT if first_fault is None else (*_MAY_BE_DIALECT, "cut_off")
                if self.dialect.is_known or fault.kind not in refusals:
                    raise
                first_fault = first_fault or fault
        assert first_fault is not None
        raise first_fault

    async def _with_retries(self, call: _Call, dialect: Dialect) -> AsyncGenerator[ServerToken]:
        """The tokens; where none has come, a fault that may pass is followed by another try."""
        body = self._body(call, dialect)
        may_pass = dialect.is_known or dialect == _DIALECTS[0]  # else a fault has not passed
        retried, pauses = (RETRIED, _PAUSES) if may_pass else (_CLOSED_BETWEEN, (0.0,))
        for pause in (*pauses, None):
            has_tokens = False
            try:
                async with aclosing(stream_completion(self._client, self.server, body)) as tokens:
                    async for token in tokens:
                        has_tokens = True
                        yield token
                return
            except ModelServerError as fault:
                if has_tokens or pause is None or fault.kind not in retried:
                    raise
                jitter = random.uniform(0.75, 1.25)  # noqa: S311 - no secret
                seconds = max(pause * jitter, fault.retry_after)
                if seconds > min(_LONGEST_PAUSE, self._seconds_left(call.started) or math.inf):
                    raise
                await asyncio.sleep(seconds)

    def _take_dialect(self, dialect: Dialect, refusal: ModelServerError | None) -> None:
        """Remember what the server takes.

        After a `refusal` that may have been a passing fault two calls must have found the same.
        """
        if self.dialect.is_known:
            return
        if refusal and refusal.kind != "bad_request" and self._candidate != dialect:
            self._candidate = dialect
            return
        self.dialect = Dialect(dialect.logprobs, dialect.system_role, is_known=True)
        if not dialect.logprobs:
            log.warning(
                "%s refuses log-probabilities: answers are not weighed by them", self.server
            )
        if not dialect.system_role:
            log.info("%s refuses the role system: instructions open the question", self.server)

    def _body(self, call: _Call, dialect: Dialect) -> dict[str, Any]:
        body = {
            "model": self.server.model,
            "messages": chat_messages(call.prompt, system_role=dialect.system_role),
            "max_tokens": call.max_tokens,
            "temperature": 0,
            "stream": True,
        }
        if dialect.logprobs:
            body |= {"logprobs": True, "top_logprobs": call.alternatives}
        return body

    def _seconds_left(self, started: float) -> float | None:
        """Of the deadline of a call; None where there is none."""
        left = started + self._deadline - time.monotonic()
        return left if math.isfinite(left) else None


def log_odds(
    alternatives: Sequence[tuple[str, float]], positive: str, negative: str
) -> float | None:
    """The log-odds of one word over another among the likeliest tokens and their logs.

    Each word counts as in `LanguageModel.logit_difference`. One that is not listed is as likely as
    the least that is, or as all that are not listed together, whichever is less: at most that.
    """
    if not alternatives:
        return None
    sums = [
        _log_sum(
            logprob for token, logprob in alternatives if token.translate(_SPACES) in _forms(word)
        )
        for word in (positive, negative)
    ]
    if max(sums) == -math.inf:
        return None
    rest = 1.0 - math.exp(_log_sum(logprob for _, logprob in alternatives))
    bound = min(*(logprob for _, logprob in alternatives), math.log(max(rest, _LEAST_REST)))
    above, below = (bound if each == -math.inf else each for each in sums)
    return above - below


def _forms(word: str) -> set[str]:
    return {word, word.lower(), f" {word}"}


def _log_sum(logprobs: Iterator[float]) -> float:
    """The logarithm of the sum of the probabilities; minus infinity for none."""
    total = sum(map(math.exp, logprobs))
    return math.log(total) if total > 0 else -math.inf


def _run_loop(loop: asyncio.AbstractEventLoop, client: httpx.AsyncClient) -> None:
    """Run the loop until it is stopped; then end what runs in it, and the connections."""
    asyncio.set_event_loop(loop)
    loop.run_forever()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(client.aclose())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def _end_loop(loop: asyncio.AbstractEventLoop) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(loop.stop)

"""The worker process of a model: requests come from a pipe, one at a time; replies go back.

In:  an `Open` message as the process's argument; requests, one line each, on stdin.
Out: replies, one line each, on what was stdout (`rag.models.llm.protocol`). Opening is request 0.
Left to others: starting it, and what its end means (`rag.models.llm.connection` and `client`).

It ends with its parent, however that ends: on Linux the kernel sees to it, elsewhere the end of
stdin does.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

from rag.errors import RagError
from rag.models.llm import protocol
from rag.models.llm.engine import system_info
from rag.models.llm.local import LocalModel
from rag.runtime.cancellation import Cancelled, CancelToken
from rag.runtime.worker_process import take_stdout


def main() -> None:
    """Serve requests until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    if sys.platform == "linux":  # a machine short of memory ends this process first
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="utf-8")
    _, opening = protocol.decode(sys.argv[1], {protocol.Open.__name__: protocol.Open})
    _Service(_take_stdin(), take_stdout()).run(opening)


class _Service:
    def __init__(self, requests: IO[bytes], replies: IO[bytes]) -> None:
        self._requests = requests
        self._replies = replies
        self._inbox: queue.SimpleQueue[tuple[int, protocol.Request]] = queue.SimpleQueue()
        self._cancelled = 0  # requests up to this one are no longer wanted
        threading.Thread(target=self._listen, daemon=True).start()

    def run(self, opening: protocol.Open) -> None:
        try:
            model = LocalModel.open(
                Path(opening.path), opening.options, extra_buffers=opening.extra_buffers
            )
        except RagError as error:
            self._fail(0, error)
            return
        self._reply(0, protocol.Opened(system_info()))
        while True:
            number, request = self._inbox.get()
            try:
                reply = self._handle(model, number, request)
            except RagError as error:
                self._fail(number, error)
            except Cancelled:
                self._reply(number, protocol.Stopped())
            else:
                self._reply(number, reply)

    def _handle(self, model: LocalModel, number: int, request: protocol.Request) -> protocol.Reply:
        cancel = CancelToken(lambda: number <= self._cancelled)
        prompt = request.prompt
        match request:
            case protocol.Prefill():
                return protocol.Prefilled(model.prefill(prompt, cancel))
            case protocol.LogitDifference(_, positive, negative):
                value = model.logit_difference(prompt, positive, negative, cancel)
                return protocol.LogitDifferenceResult(value)
            case protocol.Generate(_, max_tokens, stop):
                for token in model.generate(
                    prompt, max_tokens=max_tokens, stop=stop, cancel=cancel
                ):
                    self._reply(number, token)
                return protocol.Generated()

    def _listen(self) -> None:
        for line in self._requests:
            number, message = protocol.decode(line, protocol.REQUESTS)
            if isinstance(message, protocol.Cancel):
                self._cancelled = number
            else:
                self._inbox.put((number, message))
        os._exit(0)  # the parent has ended or closed the pipe; the library may be at work

    def _fail(self, number: int, error: RagError) -> None:
        self._reply(number, protocol.Failed(type(error).__name__, str(error)))

    def _reply(self, number: int, reply: protocol.Reply) -> None:
        self._replies.write(protocol.encode(number, reply))
        self._replies.flush()


def _take_stdin() -> IO[bytes]:
    """Stdin, out of reach of libraries that read it."""
    requests = os.fdopen(os.dup(0), "rb")
    with open(os.devnull, "rb") as empty:  # noqa: PTH123
        os.dup2(empty.fileno(), 0)
    return requests

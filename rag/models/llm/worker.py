"""What runs in the model's process: one order at a time from a pipe, pieces of text back.

In:  the model to open, as JSON in the arguments; orders, one line of JSON each, on stdin.
Out: lines of JSON on what was stdout: `{"id", "text", "logprob"}` for each token, then
     `{"id", "end"}`, or `{"id", "fault", "told"}`. Opening the model is order 0.
Left to others: starting it, and what its end means (`rag.models.llm.connection`, `rag.models.llm.client`).

It ends with its parent, however that ends: on Linux the kernel sees to it, and everywhere the
end of stdin does.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from rag.errors import RagError
from rag.models.llm.chat_template import Prompt, PromptSegment
from rag.models.llm.engine import system_info
from rag.models.llm.local import LocalModel
from rag.runtime.cancellation import Cancelled, CancelToken

Message = dict[str, Any]
_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def main() -> None:
    """Serve until stdin ends."""
    spec = json.loads(sys.argv[1])
    _end_with(spec.pop("parent"))
    orders, told = _pipes()
    _Service(orders, told).run(spec)


class _Service:
    def __init__(self, orders: IO[bytes], told: IO[bytes]) -> None:
        self._orders = orders
        self._told = told
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._cancelled = 0  # orders up to this one are not wanted any more
        threading.Thread(target=self._listen, daemon=True).start()

    def run(self, spec: Message) -> None:
        try:
            model = LocalModel.open(Path(spec.pop("path")), **spec)
        except RagError as error:
            self._fault(0, error)
            return
        self._tell({"id": 0, "end": system_info()})
        while True:
            order = self._inbox.get()
            try:
                end = self._handle(model, order)
            except RagError as error:
                self._fault(order["id"], error)
            except Cancelled:
                self._tell({"id": order["id"], "end": None})
            else:
                self._tell({"id": order["id"], "end": end})

    def _handle(self, model: LocalModel, order: Message) -> Any:
        number: int = order["id"]
        constant, rest = (tuple(PromptSegment(*each) for each in part) for part in order["prompt"])
        prompt = Prompt(constant, rest)
        cancel = CancelToken(lambda: number <= self._cancelled)
        if order["do"] == "prefill":
            return model.prefill(prompt, cancel)
        if order["do"] == "logit_difference":
            return model.logit_difference(prompt, order["positive"], order["negative"], cancel)
        for token in model.generate(
            prompt, max_tokens=order["max_tokens"], stop=order["stop"], cancel=cancel
        ):
            self._tell({"id": number, "text": token.text, "logprob": token.logprob})
        return None

    def _listen(self) -> None:
        for line in self._orders:
            order = json.loads(line)
            if "cancel" in order:
                self._cancelled = order["cancel"]
            else:
                self._inbox.put(order)
        os._exit(0)  # the parent is gone, or wants no more; the library may be at work

    def _fault(self, number: int, error: RagError) -> None:
        self._tell({"id": number, "fault": type(error).__name__, "told": str(error)})

    def _tell(self, message: Message) -> None:
        self._told.write(json.dumps(message).encode() + b"\n")
        self._told.flush()


def _end_with(parent: int) -> None:
    """Die when `parent` dies; be the one whom a machine short of memory ends first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The two pipes, out of reach of libraries that read stdin or write to stdout."""
    orders, told = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return open(orders, "rb"), open(told, "wb")  # noqa: PTH123

"""The parent's end of the model's process: start it, send orders, take what it tells, end it.

In:  what to open, orders. Out: messages (`rag.models.llm.worker` says which), or `WorkerExited`.
Left to others: whose turn it is, when to start anew (`rag.models.llm.client`).

Lines of JSON travel, nothing that could run. The child is a program of its own rather than a
`multiprocessing` one, which would first run the caller's script again.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO, Any, NotRequired, TypedDict

Message = dict[str, Any]
_LONGEST = 1 << 20  # bytes of one message
_PROGRAM = "import sys; sys.path[:] = sys.argv[2:]; from rag.models.llm.worker import main; main()"


class Opening(TypedDict):
    """How a model is opened: arguments of `rag.models.llm.local.LocalModel.open`, which says what they mean."""

    frame: str
    context: int
    threads: NotRequired[int]
    states: NotRequired[str]


class WorkerExited(Exception):
    """The child is no more; the text says how it ended, such as SIGSEGV."""


class WorkerConnection:
    """A child that was started; order 0 is the opening of the model."""

    def __init__(self, spec: Message) -> None:
        self.ended: WorkerExited | None = None
        self._parent = os.getpid()
        self._last = 0
        self._inbox: queue.SimpleQueue[Message | WorkerExited] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        started = threading.Event()
        threading.Thread(target=self._keep, args=(spec, started), name="model", daemon=True).start()
        started.wait()

    @property
    def pid(self) -> int | None:
        """Its number, where it could be started."""
        return self._process.pid if self._process else None

    def send(self, order: Message) -> int:
        """Have `order` carried out after those before it; returns its number."""
        self._last += 1
        self._outbox.put({**order, "id": self._last})
        return self._last

    def cancel(self, number: int) -> None:
        """Orders up to `number` are not wanted any more; their ends are told all the same."""
        self._outbox.put({"cancel": number})

    def receive(self, number: int, seconds: float) -> Message | None:
        """What is told of order `number` next; None where that is nothing within `seconds`.

        Raises:
            Ended: the child ended, and all that it told before was received.
        """
        try:
            message = self._inbox.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(message, WorkerExited):
            self._inbox.put(message)
            raise message
        return message if message["id"] == number else None

    def end(self) -> None:
        """Kill it; when this returns it is gone. A fork of the parent leaves it alone."""
        if self._process and os.getpid() == self._parent:
            self._process.kill()
            self._process.wait()

    def _keep(self, spec: Message, started: threading.Event) -> None:
        """Start the child and take in what it tells, until it ends.

        In a thread as long-lived as the child: Linux ends it with the thread that started it.
        """
        try:
            with tempfile.TemporaryFile() as errors:
                self._process = process = _started(spec, errors)
                assert process.stdin and process.stdout
                threading.Thread(target=self._write, args=(process.stdin,), daemon=True).start()
                started.set()
                nonsense = self._read(process.stdout)
                process.kill()
                why = _why(process.wait(), errors)
                self.ended = WorkerExited("it told nonsense" if nonsense else why)
        except OSError as error:
            self.ended = WorkerExited(error.strerror or str(error))
        started.set()
        self._outbox.put(None)
        self._inbox.put(self.ended)

    def _read(self, told: IO[bytes]) -> bool:
        """Take in what is told, until that ends (False) or makes no sense (True)."""
        with told:
            while line := told.readline(_LONGEST):
                if (message := _message(line)) is None:
                    return True
                self._inbox.put(message)
        return False

    def _write(self, orders: IO[bytes]) -> None:
        """Send what is to be sent; a child that hangs may leave its pipe full for ever."""
        try:
            with orders:
                while (order := self._outbox.get()) is not None:
                    orders.write(json.dumps(order).encode() + b"\n")
                    orders.flush()
        except OSError:
            return  # the child is gone: `_keep` tells


def _started(spec: Message, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    told = json.dumps({**spec, "parent": os.getpid()})
    root = str(Path(__file__).parents[3])
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, told, *sys.path, root],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env={**os.environ, "GGML_NO_BACKTRACE": "1"},  # it would start a debugger
        start_new_session=True,  # Ctrl-C in a terminal is for the parent
    )


def _message(line: bytes) -> Message | None:
    """A line as the message it holds; None where it makes no sense."""
    try:
        told = json.loads(line)
        known = isinstance(told["id"], int) and (
            (isinstance(told["text"], str) and isinstance(told["logprob"], float))
            if "text" in told
            else (
                "end" in told or (isinstance(told["fault"], str) and isinstance(told["told"], str))
            )
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return told if known else None


def _why(code: int, errors: IO[bytes]) -> str:
    """How it ended, in a few words: the signal or status, and its last line on stderr."""
    how = f"exit status {code}"
    if code < 0:
        how = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - 1000))
    lines = errors.read().decode(errors="replace").split("\n")
    last = next((each.strip() for each in reversed(lines) if each.strip()), "")
    last = "".join(filter(str.isprintable, last))[:120]
    return f"{how}: {last}" if last else how

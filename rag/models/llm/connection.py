"""The client's end of a model's worker process: start it, send requests, receive replies, end it.

In:  an `Open` message, then requests. Out: replies (`rag.models.llm.protocol`), or `WorkerExited`.
Left to others: whose turn it is, when to start a new one (`rag.models.llm.client`).
"""

from __future__ import annotations

import os
import queue
import subprocess
import tempfile
import threading
from typing import IO

from rag.models.llm import protocol
from rag.runtime.worker_process import Worker, describe_exit, last_line

_MAX_MESSAGE = 1 << 20  # bytes
_CODE = "from rag.models.llm.worker import main; main()"


class WorkerExited(Exception):
    """The worker has ended; the text says how, such as "SIGSEGV: <its last line on stderr>"."""


class WorkerConnection:
    """A worker process that was started; request 0 is the opening of the model."""

    def __init__(self, opening: protocol.Open) -> None:
        self.ended: WorkerExited | None = None
        self._parent = os.getpid()
        self._last = 0
        self._inbox: queue.SimpleQueue[tuple[int, protocol.Reply] | WorkerExited] = (
            queue.SimpleQueue()
        )
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        started = threading.Event()
        threading.Thread(
            target=self._run, args=(opening, started), name="model", daemon=True
        ).start()
        started.wait()

    @property
    def pid(self) -> int | None:
        """Its process id, where it could be started."""
        return self._process.pid if self._process else None

    def send(self, request: protocol.Request) -> int:
        """Have `request` served after those before it; returns its number."""
        self._last += 1
        self._outbox.put(protocol.encode(self._last, request))
        return self._last

    def cancel(self, number: int) -> None:
        """Requests up to `number` are no longer wanted; each still gets its last reply."""
        self._outbox.put(protocol.encode(number, protocol.Cancel()))

    def receive(self, number: int, seconds: float) -> protocol.Reply | None:
        """The next reply to request `number`; None where none comes within `seconds`.

        Raises:
            WorkerExited: the worker has ended, and every reply before that was received.
        """
        try:
            item = self._inbox.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(item, WorkerExited):
            self._inbox.put(item)
            raise item
        return item[1] if item[0] == number else None

    def end(self) -> None:
        """Kill it; when this returns it is gone. A fork of the parent leaves it alone."""
        if self._process and os.getpid() == self._parent:
            self._process.kill()
            self._process.wait()

    def _run(self, opening: protocol.Open, started: threading.Event) -> None:
        """Start the worker and take in its replies, until it ends.

        In a thread that lives as long as the worker: Linux ends it with the thread that started it.
        """
        try:
            with tempfile.TemporaryFile() as stderr:
                self._process = process = _start(opening, stderr)
                assert process.stdin and process.stdout
                threading.Thread(target=self._write, args=(process.stdin,), daemon=True).start()
                started.set()
                valid = self._read(process.stdout)
                process.kill()
                reason = _exit_reason(process.wait(), stderr)
                self.ended = WorkerExited(reason if valid else "it sent an invalid message")
        except OSError as error:
            self.ended = WorkerExited(error.strerror or str(error))
        started.set()
        self._outbox.put(None)
        self._inbox.put(self.ended)

    def _read(self, replies: IO[bytes]) -> bool:
        """Take in replies until they end (True), or one is invalid (False)."""
        with replies:
            while line := replies.readline(_MAX_MESSAGE):
                try:
                    self._inbox.put(protocol.decode(line, protocol.REPLIES))
                except protocol.InvalidMessage:
                    return False
        return True

    def _write(self, requests: IO[bytes]) -> None:
        """Send what is in the outbox; a worker that hangs may leave its pipe full for ever."""
        try:
            with requests:
                while (line := self._outbox.get()) is not None:
                    requests.write(line)
                    requests.flush()
        except OSError:
            return  # the worker is gone: `_run` reports it


def _start(opening: protocol.Open, stderr: IO[bytes]) -> subprocess.Popen[bytes]:
    argument = protocol.encode(0, opening).decode().strip()
    environment = {"GGML_NO_BACKTRACE": "1"}  # it would start a debugger
    # in a session of its own: Ctrl-C in a terminal is for the parent
    return Worker(_CODE, (argument,), environment).start(stderr=stderr, new_session=True)


def _exit_reason(status: int, stderr: IO[bytes]) -> str:
    stderr.seek(max(0, stderr.seek(0, os.SEEK_END) - 1000))
    line = last_line(stderr.read().decode(errors="replace"))
    return f"{describe_exit(status)}: {line}" if line else describe_exit(status)

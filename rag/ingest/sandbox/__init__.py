"""A child process in which documents are parsed, so that a hostile one can hurt only the child.

    ParserSandbox.parse(extension, id, data)  ->  the articles, or `UnreadableDocument` with the
                                                  reason
    ParserSandbox.raw_pieces(extension, data) ->  all words of a file (`rag.ingest.inspection`)
    Sandbox                                   ->  what it has in common with the child that opens
                                                  containers (`rag.ingest.containers.sandboxed`)

One child parses many documents, within the limits of `rag.ingest.sandbox.limits`. A child that
dies, or does not answer for 30 s, is replaced, and the document is rejected. Messages go over
pipes: in go a line of JSON and the document's bytes, out come a length and JSON; nothing is
unpickled. Left to others: formats (`rag.ingest.parsers`), files (`rag.ingest.corpus`).
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Self

from rag.ingest.document import (
    ScannedDocument,
    UnreadableDocument,
    UnreadPart,
    failure_reason,
)
from rag.ingest.sandbox.limits import (
    CPU_SECONDS,
    MEMORY_LIMIT,
    limit_cpu_time,
    restrict_process,
)
from rag.runtime.worker_process import Worker, describe_exit, take_stdout
from rag.types import Article

REPLY_TIMEOUT = 30.0  # seconds of the clock: on a busy machine ten of the processor take longer
OUT_OF_MEMORY = f"parsing takes over {MEMORY_LIMIT >> 30} GB of memory"
_LARGEST_REPLY = 100_000_000  # bytes
_CODE = "from rag.ingest.sandbox import serve; serve()"


class Sandbox:
    """A child that runs `code`; started when first needed, ended at the end of the `with`."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._child: subprocess.Popen[bytes] | None = None
        self._deadline: float | None = None  # of the reply that is due, by `time.monotonic`
        self._timed_out = False
        self._closed = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, name="parser watchdog", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self.end()

    def child(self) -> subprocess.Popen[bytes]:
        """The running child."""
        # isolated: neither the current folder nor PYTHON* variables change what is imported
        self._child = self._child or Worker(self._code, isolated=True).start(
            stderr=subprocess.DEVNULL
        )
        return self._child

    def end(self) -> None:
        """End the child; the next document gets a new one."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """While the child works: it is killed where this takes over `REPLY_TIMEOUT`."""
        self._timed_out, self._deadline = False, time.monotonic() + REPLY_TIMEOUT
        try:
            yield
        finally:
            self._deadline = None

    def crash(self) -> UnreadableDocument:
        """End a child that sent no reply; the error says what became of it."""
        child = self.child()
        self.end()
        return UnreadableDocument(_crash_reason(child.returncode, self._timed_out))

    def _watch(self) -> None:
        while not self._closed.wait(0.5):
            deadline, child = self._deadline, self._child
            if deadline is not None and child is not None and time.monotonic() > deadline:
                self._timed_out = True
                child.kill()


class ParserSandbox(Sandbox):
    """A child that parses documents."""

    def __init__(self) -> None:
        super().__init__(_CODE)

    def parse(self, extension: str, id: str, data: bytes) -> list[Article | UnreadPart]:
        """Parse `data`, as `rag.ingest.parsers.parse_documents` does.

        Raises:
            ScannedDocument: its pages are pictures.
            UnreadableDocument: it is no article, takes too much, or the child died of it.
        """
        reply = self._request(extension, id, data)
        return [
            Article(**item["article"]) if "article" in item else UnreadPart(*item["unread"])
            for item in reply["items"]
        ]

    def raw_pieces(self, extension: str, data: bytes) -> list[str]:
        """All words of a file, as `rag.ingest.inspection.raw_text.raw_pieces` gives them.

        Raises:
            UnreadableDocument: as `parse`, or its kind is not known there.
        """
        return list(self._request(extension, None, data)["pieces"])

    def _request(self, extension: str, id: str | None, data: bytes) -> dict[str, Any]:
        """The reply of the child; without an `id` it gives the raw pieces of the document."""
        child = self.child()
        try:
            with self.waiting():
                head = json.dumps([extension, id, len(data)]).encode() + b"\n"
                reply = _exchange(child, head, data)
        except (OSError, ValueError):
            reply = None  # the child is gone, or sent an invalid reply
        if reply is None:
            raise self.crash()
        if reply.get("exhausted"):
            self.end()
        if reply.get("scanned"):
            raise ScannedDocument
        if "rejected" in reply:
            raise UnreadableDocument(str(reply["rejected"]))
        return reply


def serve() -> None:
    """Run the child: parse one document after the other until the parent closes the pipe."""
    requests, replies = sys.stdin.buffer, take_stdout()
    restrict_process()
    exhausted = False
    while not exhausted and (head := requests.readline()):
        extension, id, size = json.loads(head)
        limit_cpu_time(CPU_SECONDS)
        reply = _reply(extension, id, requests.read(size))
        exhausted = bool(reply.get("exhausted"))
        message = json.dumps(reply).encode()
        replies.write(len(message).to_bytes(8, "big") + message)
        replies.flush()


def _reply(extension: str, id: str | None, data: bytes) -> dict[str, Any]:
    """The one place where the errors of a document end, whichever library raised them."""
    from rag.ingest.inspection.raw_text import raw_pieces
    from rag.ingest.parsers import PARSERS, parse_documents
    from rag.ingest.parsers.content_type import true_extension

    try:
        if id is None:
            return {"pieces": raw_pieces(true_extension(extension, data, PARSERS), data)}
        items = parse_documents(extension, id, data)
        return {
            "items": [
                {"unread": [item.part, item.reason]}
                if isinstance(item, UnreadPart)
                else {"article": asdict(item)}
                for item in items
            ]
        }
    except MemoryError:
        return {"rejected": OUT_OF_MEMORY, "exhausted": True}
    except Exception as error:
        scanned = isinstance(error, ScannedDocument)
        return {"rejected": failure_reason(error), "scanned": scanned}


def _exchange(child: subprocess.Popen[bytes], head: bytes, data: bytes) -> dict[str, Any] | None:
    """Send one request and read its reply; None where that is too large or not an object."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(head)
    child.stdin.write(data)
    child.stdin.flush()
    size = int.from_bytes(child.stdout.read(8), "big")
    message = child.stdout.read(size) if 0 < size <= _LARGEST_REPLY else b""
    reply = json.loads(message) if message else None
    return reply if isinstance(reply, dict) else None


def _crash_reason(status: int, timed_out: bool) -> str:
    if timed_out or status == -getattr(signal, "SIGXCPU", 0) != 0:
        return f"parsing takes over {CPU_SECONDS} s"
    return f"the parser crashed on it ({describe_exit(status)})"

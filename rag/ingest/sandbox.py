"""A child process in which documents are read, so that none can hurt more than itself.

    Reader.read(kind, name, data)  ->  Article, or `UnreadableDocument` with the reason

One child reads many documents. It may take 1 GB of memory, 10 s of the processor a document, write
no file, open no connection and start no program (where the system has such limits); one that dies,
or answers nothing for 30 s, is replaced, and the document it died of is refused. Talk goes over
pipes: a line of JSON and the bytes go in, a length and JSON come out; nothing is unpickled. Left to
others: formats (`rag.ingest.parsers`), files (`rag.ingest.corpus`).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from typing import Any

from rag.ingest.normalize import UnreadableDocument, escape_unprintable, shorten
from rag.types import Article

MEMORY = 1 << 30  # bytes
SECONDS = 10  # of the processor, a document
PATIENCE = 30.0  # seconds of the clock: on a busy machine the processor's ten take longer
_LARGEST_REPLY = 100_000_000  # bytes
_CODE = "import sys; sys.path += sys.argv[1:]; from rag.ingest.sandbox import serve; serve()"
_REFUSED = {
    *("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.sendmsg"),
    *("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn"),
    *("os.spawn", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink"),
    *("os.truncate", "os.chmod"),
}


class ParserSandbox:
    """A child that reads; started with the first document, gone at the end of the `with`."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._due: float | None = None  # when, by the clock, the child must have answered
        self._late = False
        self._over = threading.Event()

    def __enter__(self) -> ParserSandbox:
        threading.Thread(target=self._watch, name="reader's watch", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._end()

    def parse(self, kind: str, name: str, data: bytes) -> Article:
        """The article in `data`, a document of `kind` that is shown as `name`.

        Raises:
            Refused: it is no article, takes too much, or the child died of it.
        """
        child = self._child = self._child or _started()
        self._late, self._due = False, time.monotonic() + PATIENCE
        try:
            reply = _exchange(child, json.dumps([kind, name, len(data)]).encode() + b"\n", data)
        except (OSError, ValueError):
            reply = None  # the child is gone, or talks nonsense
        finally:
            self._due = None
        if reply is None or reply.get("spent"):
            self._end()
        if reply is None:
            raise UnreadableDocument(_why(child.returncode, self._late))
        if "refused" in reply:
            raise UnreadableDocument(str(reply["refused"]))
        return Article(**reply["article"])

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            due, child = self._due, self._child
            if due is not None and child is not None and time.monotonic() > due:
                self._late = True
                child.kill()


def reason(error: Exception) -> str:
    """Why a document is not read, on one line that is safe to show."""
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    kind = "" if isinstance(error, (UnreadableDocument, OSError)) else f"{type(error).__name__}: "
    return escape_unprintable(shorten((kind + " ".join(said.split())).removesuffix(": "), 140))


def serve() -> None:
    """The child: read what is asked for until nobody asks any more."""
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no reply
    _limit()
    spent = False
    while not spent and (head := requests.readline()):
        kind, name, size = json.loads(head)
        _grant(SECONDS)
        reply = _reply(kind, name, requests.read(size))
        spent = bool(reply.get("spent"))
        told = json.dumps(reply).encode()
        replies.write(len(told).to_bytes(8, "big") + told)
        replies.flush()


def _reply(kind: str, name: str, data: bytes) -> dict[str, Any]:
    """The one place where errors over what a document holds end, whichever library raised them."""
    from rag.ingest.parsers import parse_document

    try:
        return {"article": asdict(parse_document(kind, name, data))}
    except MemoryError:
        return {"refused": f"reading takes over {MEMORY >> 30} GB of memory", "spent": True}
    except Exception as error:
        return {"refused": reason(error)}


def _started() -> subprocess.Popen[bytes]:
    # -I: neither the folder one stands in nor PYTHON* changes what is imported
    path = [each for each in sys.path if each]
    return subprocess.Popen(
        [sys.executable, "-I", "-B", "-c", _CODE, *path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _exchange(child: subprocess.Popen[bytes], head: bytes, data: bytes) -> dict[str, Any] | None:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(head)
    child.stdin.write(data)
    child.stdin.flush()
    size = int.from_bytes(child.stdout.read(8), "big")
    told = child.stdout.read(size) if 0 < size <= _LARGEST_REPLY else b""
    reply = json.loads(told) if told else None
    return reply if isinstance(reply, dict) else None


def _why(status: int, late: bool) -> str:
    if late or status == -getattr(signal, "SIGXCPU", 0) != 0:
        return f"reading takes over {SECONDS} s"
    name = signal.Signals(-status).name if status < 0 else f"status {status}"
    return f"the reader broke down over it ({name})"


def _limit() -> None:
    """All that the system lets a process deny itself for good."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    sys.addaudithook(_refuse)
    try:
        import resource
    except ImportError:  # not on Windows: there the clock alone ends it
        return
    for name, value in (("RLIMIT_AS", MEMORY), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0)):
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError):
            continue  # not on this system


def _grant(seconds: int) -> None:
    """So much of the processor for the next document; past it the system ends the process."""
    try:
        import resource

        most = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, most))
    except (ImportError, ValueError, OSError):
        return


def _refuse(event: str, told: tuple[Any, ...]) -> None:
    if event in _REFUSED:
        raise UnreadableDocument(f"it led to {event}")
    if event == "open" and isinstance(told[2], int) and told[2] & (os.O_WRONLY | os.O_RDWR):
        raise UnreadableDocument("it led to writing a file")

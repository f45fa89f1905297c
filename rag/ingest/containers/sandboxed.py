"""A child process in which containers are opened, so that a hostile one can hurt only the child.

    Unpacker.unpack(extension, file)   ->  `InnerFile` | `UnreadPart`, one after the other

The child has no file: it asks the parent for stretches of it, so that an archive of any size is
opened in little memory. Its limits are those of `rag.ingest.sandbox`; its processor time counts
from one stretch or inner file to the next. Over the pipes go, into the child, a line of JSON and
the bytes that it asked for; out of it, a length and JSON each, and the bytes of inner files.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, Any, BinaryIO

from rag.ingest.containers import INNER_LIMIT, ISSUE_LIMIT, InnerFile, unpack
from rag.ingest.document import UnreadableDocument, UnreadPart, failure_reason
from rag.ingest.normalize import escape_unprintable
from rag.ingest.sandbox import OUT_OF_MEMORY, Sandbox
from rag.ingest.sandbox.limits import CPU_SECONDS, limit_cpu_time, restrict_process
from rag.runtime.worker_process import take_stdout

_CODE = "from rag.ingest.containers.sandboxed import serve; serve()"
_STRETCH = 1 << 20  # bytes that are read at once
_LARGEST_HEAD = 1_000_000  # bytes


class Unpacker(Sandbox):
    """A child that opens containers."""

    def __init__(self) -> None:
        super().__init__(_CODE)

    def unpack(self, extension: str, file: BinaryIO) -> Iterator[InnerFile | UnreadPart]:
        """The files in `file`, as `rag.ingest.containers.unpack` gives them.

        Raises:
            UnreadableDocument: it is no such container, takes too much, or the child died of it.
                What came before is read all the same.
        """
        child = self.child()
        assert child.stdin is not None
        assert child.stdout is not None
        complete = False
        try:
            size = file.seek(0, io.SEEK_END)
            _send(child.stdin, {"extension": extension, "size": size})
            while True:
                with self.waiting():
                    head, data = _message(child.stdout, child.stdin, file)
                if "end" in head:
                    complete = not head.get("exhausted")
                    break
                if "unread" in head:  # names and reasons are shown in terminals
                    yield UnreadPart(*map(escape_unprintable, head["unread"]))
                else:
                    inner = InnerFile(data=data, **head["inner"])
                    part, name = map(escape_unprintable, (inner.part, inner.name))
                    yield replace(inner, part=part, name=name)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise self.crash() from error  # the child is gone, or sent an invalid message
        finally:
            if not complete:
                self.end()
        if reason := head["end"]:
            raise UnreadableDocument(str(reason))


def _message(
    replies: IO[bytes], requests: IO[bytes], file: BinaryIO
) -> tuple[dict[str, Any], bytes]:
    """The next message of the child that is no question for bytes of `file`, and its bytes."""
    while True:
        size = int.from_bytes(replies.read(4), "big")
        if not 0 < size <= _LARGEST_HEAD:
            raise ValueError("no message")
        head = json.loads(replies.read(size))
        if "read" not in head:
            count = int(head.pop("size", 0))
            is_issue = head.get("inner", {}).get("extension") == "mets"
            if not 0 <= count <= (ISSUE_LIMIT if is_issue else INNER_LIMIT):
                raise ValueError("too much data")
            data = replies.read(count) if count else b""
            if len(data) != count:
                raise ValueError("cut off")
            return head, data
        offset, count = head["read"]
        if not 0 <= count <= _STRETCH:
            raise ValueError("too much data")
        file.seek(offset)
        data = file.read(count)
        requests.write(len(data).to_bytes(4, "big") + data)
        requests.flush()


def _send(pipe: IO[bytes], value: object) -> None:
    pipe.write(json.dumps(value).encode() + b"\n")
    pipe.flush()


def serve() -> None:
    """Run the child: open one container after the other until the parent closes the pipe."""
    requests, replies = sys.stdin.buffer, take_stdout()
    restrict_process()
    exhausted = False
    while not exhausted and (line := requests.readline()):
        head = json.loads(line)
        file = io.BufferedReader(_RemoteFile(requests, replies, head["size"]), _STRETCH)
        limit_cpu_time(CPU_SECONDS)
        reason = ""
        try:
            for item in unpack(head["extension"], file):
                _reply(replies, item)
                limit_cpu_time(CPU_SECONDS)
        except MemoryError:
            reason, exhausted = OUT_OF_MEMORY, True
        except Exception as error:
            reason = failure_reason(error)
        _write(replies, {"end": reason, "exhausted": exhausted})


def _reply(replies: IO[bytes], item: InnerFile | UnreadPart) -> None:
    if isinstance(item, UnreadPart):
        _write(replies, {"unread": [item.part, item.reason]})
        return
    fields = {"part": item.part, "name": item.name, "extension": item.extension}
    record = {"url": item.url, "captured": item.captured}
    _write(replies, {"inner": {**fields, **record}, "size": len(item.data)}, item.data)


def _write(replies: IO[bytes], head: dict[str, Any], data: bytes = b"") -> None:
    message = json.dumps(head).encode()
    replies.write(len(message).to_bytes(4, "big") + message + data)
    replies.flush()


class _RemoteFile(io.RawIOBase):
    """A file of the parent, read over the pipes."""

    def __init__(self, requests: IO[bytes], replies: IO[bytes], size: int) -> None:
        super().__init__()
        self._requests, self._replies, self._size = requests, replies, size
        self._offset = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._offset, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError("a place before the beginning of the file")
        self._offset = start + offset
        return self._offset

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), _STRETCH, max(0, self._size - self._offset))
        if not count:
            return 0
        _write(self._replies, {"read": [self._offset, count]})
        size = int.from_bytes(self._requests.read(4), "big")
        data = self._requests.read(size)
        limit_cpu_time(CPU_SECONDS)
        buffer[: len(data)] = data
        self._offset += len(data)
        return len(data)

"""What a process gives up before it opens a foreign file, and which of these limits hold here.

    restrict_process()    in the process: gives up all that the system lets it give up, for good
    limit_cpu_time(10)    in the process: this much processor time from now on
    missing_limits()      from outside: the limits that this system lacks, tried in a process

It may take 1 GB of memory and 10 s of processor time per document, and may not write files, connect
anywhere or start programs. Linux has every limit; what other systems lack is in docs/platforms.md.
In:  nothing. Out: limits on the process that asks for them; `UnreadableDocument` where Python code
     tries what is forbidden. Left to others: ending what does not answer (`rag.ingest.sandbox`).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

from rag.ingest.document import UnreadableDocument
from rag.runtime.worker_process import Worker, take_stdout

__all__ = ["CPU_SECONDS", "MEMORY_LIMIT", "limit_cpu_time", "missing_limits", "restrict_process"]

MEMORY_LIMIT = 1 << 30  # bytes
CPU_SECONDS = 10  # of processor time per document
_TRIAL_SECONDS = 60.0  # for a process that imports little; a busy machine takes longer
_FORBIDDEN_EVENTS = {
    *("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.sendmsg"),
    *("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn"),
    *("os.spawn", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink"),
    *("os.truncate", "os.chmod"),
}


def restrict_process() -> None:
    """Give up, for good, everything that the system lets a process give up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    # no parser needs numpy, though openpyxl loads it where it can: it reserves memory for each core
    sys.modules["numpy"] = None  # type: ignore[assignment]
    sys.addaudithook(_forbid)
    try:
        import resource
    except ImportError:  # not on Windows: there the clock alone ends it
        return
    for name, value in (("RLIMIT_AS", MEMORY_LIMIT), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0)):
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError):
            continue  # not on this system


def limit_cpu_time(seconds: int) -> None:
    """Allow this much processor time from now on; past it the system ends the process."""
    try:
        import resource

        hard_limit = resource.getrlimit(resource.RLIMIT_CPU)[1]
        soft_limit = int(time.process_time()) + 1 + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (soft_limit, hard_limit))
    except (ImportError, ValueError, OSError):
        return


def missing_limits() -> list[str]:
    """The limits on whatever opens foreign files that this system lacks, in words; tried out.

    Raises:
        OSError: no process can be started, or it fails.
    """
    try:
        tried = Worker(f"from {__name__} import _try_limits; _try_limits()").run(_TRIAL_SECONDS)
        return [str(each) for each in json.loads(tried.stdout)]
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise OSError(f"a process with the limits of a parser failed ({error})") from error


def _try_limits() -> None:
    """In a process of its own: take on the limits, and write which do not hold, as JSON."""
    replies = take_stdout()
    restrict_process()
    limit_cpu_time(CPU_SECONDS)
    holding = {
        "memory": _is_memory_limited(),
        "processor time": _limit("RLIMIT_CPU") is not None,
        "files written by compiled code": _limit("RLIMIT_FSIZE") == 0,
        "the end of a parser with the program that started it": sys.platform == "linux",
    }
    replies.write(json.dumps([name for name, holds in holding.items() if not holds]).encode())
    replies.flush()


def _is_memory_limited() -> bool:
    """Whether twice the limit is refused; a system may accept the limit and not keep it."""
    with contextlib.suppress(MemoryError):
        return not bytearray(2 * MEMORY_LIMIT)
    return True


def _limit(name: str) -> int | None:
    """A limit of this process; None where there is none, or the system knows no such thing."""
    try:
        import resource
    except ImportError:
        return None
    value = resource.getrlimit(getattr(resource, name))[0]
    return None if value == resource.RLIM_INFINITY else value


def _forbid(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: raise on what a parser has no business doing."""
    if event in _FORBIDDEN_EVENTS:
        raise UnreadableDocument(f"it attempted {event}")
    writes = os.O_WRONLY | os.O_RDWR
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & writes:
        raise UnreadableDocument("it attempted to write a file")

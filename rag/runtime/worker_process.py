"""Start a Python process of ours, and say how it ended: the one way for all of them.

In:  statements to run, arguments, what to add to the environment.
Out: a command for `subprocess`, or a running process that imports what its parent imports, prints
     nothing into its replies, and (on Linux) ends with the thread that started it.
Left to others: what the two processes say to each other (`rag.models.llm.connection`,
`rag.ingest.sandbox`, `rag.index.worker`, `rag.index.verify`, `rag.models.download.providers`).

A worker is a program of its own rather than a `multiprocessing` one, which would first run the
caller's script again.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

__all__ = [
    "Worker",
    "describe_exit",
    "end_session",
    "last_line",
    "outlive_parent",
    "take_stdout",
]

_ROOT = str(Path(__file__).parents[2])  # the folder that holds the package `rag`
_PRELUDE = """
import json, sys
start = json.loads(sys.argv.pop(1))
sys.path[:] = [*(sys.path if start["isolated"] else ()), *start["path"]]
from rag.runtime import worker_process
worker_process.begin(start["parent"])
"""
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Worker:
    """Python statements that run in a process of their own, with `arguments` in `sys.argv[1:]`.

    `environment` is added to that of the parent. An `isolated` worker ignores `PYTHON*` variables
    and the working directory, prefers its own standard library, and writes no bytecode.
    """

    code: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    isolated: bool = False

    @property
    def command(self) -> list[str]:
        """The command line. Only the process that reads this property may start it."""
        here = [] if self.isolated else [os.getcwd()]  # noqa: PTH109
        path = [*(each for entry in sys.path for each in ([entry] if entry else here)), _ROOT]
        start = {"path": path, "parent": os.getpid(), "isolated": self.isolated}
        flags = ("-I", "-B") if self.isolated else ()
        code = f"{_PRELUDE}{self.code}"
        return [sys.executable, *flags, "-c", code, json.dumps(start), *self.arguments]

    def start(
        self,
        *,
        stdin: int = subprocess.PIPE,
        stderr: int | IO[bytes] | None = None,
        new_session: bool = False,
    ) -> subprocess.Popen[bytes]:
        """Start it, with a pipe for what it prints. In a `new_session` it gets no Ctrl-C.

        Raises:
            OSError: the system does not start it.
        """
        return subprocess.Popen(
            self.command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, **self.environment},
            start_new_session=new_session,
        )

    def run(self, seconds: float) -> subprocess.CompletedProcess[str]:
        """Run it to its end, which must come within `seconds`; what it printed, as text.

        Raises:
            subprocess.TimeoutExpired: it was ended instead.
        """
        return subprocess.run(
            self.command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            env={**os.environ, **self.environment},
        )


def begin(parent: int) -> None:
    """In the worker: have the kernel end it when `parent` ends, on Linux.

    Elsewhere a worker ends at the end of its stdin, or of its work.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before
            os._exit(0)


def outlive_parent() -> None:
    """In the worker: undo `begin`. It has something to clear up at the end of its stdin."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, 0)


def end_session(leader: int) -> None:
    """Kill the processes in the session of `leader`, on Linux, except this one.

    Elsewhere those of its group, if this process is not one of them.
    """
    if hasattr(os, "killpg") and os.getpgrp() != leader:
        with suppress(OSError):
            os.killpg(leader, signal.SIGKILL)
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            *_, fields = file.read_text(encoding="utf-8", errors="replace").rpartition(")")
            if int(fields.split()[3]) == leader and int(file.parent.name) != os.getpid():
                os.kill(int(file.parent.name), signal.SIGKILL)


def take_stdout() -> IO[bytes]:
    """In the worker: its stdout, for replies alone. What libraries print goes to stderr."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def describe_exit(status: int) -> str:
    """How a process ended: the name of the signal, such as SIGSEGV, or "exit status 3"."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def last_line(stderr: str) -> str:
    """The last line that a process wrote to stderr, printable and at most 120 characters long."""
    lines = (line.strip() for line in reversed(stderr.split("\n")))
    line = next((each for each in lines if each), "")
    return "".join(filter(str.isprintable, line))[:120]

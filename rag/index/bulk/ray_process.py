"""The child process that speaks with Ray, as its parent sees it.

In:  options for workers; stages: the class that works, and its units.
Out: how many steps of a stage are done, again and again; an error of one line that says what to
     type. The child is started when first needed and ended at the end of the `with`, whatever
     happens, and Ray with it.
Left to others: Ray itself (`rag.index.bulk.cluster`), the work (`rag.index.bulk.workers`).

Where RAY_ADDRESS names a cluster, it works there; else on the cores of this machine.
"""

from __future__ import annotations

import json
import os
import queue
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from rag import errors
from rag.errors import IndexFault
from rag.index.bulk.cluster import END_SECONDS
from rag.index.bulk.workers import WorkerOptions
from rag.runtime.machine import this_machine
from rag.runtime.worker_process import Worker, describe_exit, end_session, last_line

__all__ = ["RayProcess", "require_ray"]

START_SECONDS = 300.0  # for Ray to start, or a cluster to answer: slow where the machine is busy
_STARTS = 3  # Ray itself waits 30 s for its parts, which a busy machine may not manage at once
CONNECT_SECONDS = 10.0
REPLY_SECONDS = 3600.0  # for the next unit: sixteen long scans take their time
_WORKER_MEMORY = 2 << 30  # bytes: an embedder, and a parser at its limit
_LONGEST_FOLDER = 40  # characters: Ray's sockets are below, and have 107 in all
_CODE = "from rag.index.bulk.cluster import main; main()"
_LOCAL = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # the switch that makes Ray stay on 127.0.0.1
    "RAY_AUTH_MODE": "token",  # other users of this machine cannot give it work
    "RAY_BACKEND_LOG_LEVEL": "error",
    "RAY_gcs_server_port_wait_time_s": "120",
    "RAY_worker_niceness": "0",  # relative to this process; 15 is Ray's default
}
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
}
_REMEDY = "type `rag index --on ray` again, which goes on from there, or `rag index`"


def require_ray() -> None:
    """Check that Ray is installed.

    Raises:
        IndexFault: it, or pyarrow, is not.
    """
    if not all(map(_is_installed, ("ray", "pyarrow"))):
        raise IndexFault(
            "--on ray needs Ray, which is not installed: type `pip install 'footnoted[ray]'`, or "
            "leave --on ray out"
        )


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False


class RayProcess:
    """Ray in a child process; `folder`: where its log goes."""

    def __init__(self, options: WorkerOptions, folder: Path) -> None:
        self.options = options
        self._log = folder / "ray.log"
        self._folder = ""  # of Ray's own files
        self._note = folder / "ray-folder"  # has its name, for a run after one that was killed
        self._child: subprocess.Popen[bytes] | None = None
        self._replies = queue.SimpleQueue[bytes]()
        self._starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        """End the child, and Ray with it."""
        child, self._child = self._child, None
        if child is None:
            return
        assert child.stdin is not None
        with suppress(OSError):
            child.stdin.close()  # it ends Ray, and itself, whatever it is at
        try:
            child.wait(END_SECONDS + 5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        end_session(child.pid)
        self._remove_files()

    def run(self, worker: str, units: Sequence[str], options: WorkerOptions) -> Iterator[int]:
        """Have workers of a class work on units; yields how many steps were done, unit by unit.

        Raises:
            IndexFault: Ray cannot be started or reached, does not answer in time, or ended.
            RagError: what a worker raised.
        """
        if self._child is None:
            self._start(address := _address())
            while (first := self._next(START_SECONDS)).get("late") and self._starts < _STARTS:
                self._stop()
                self._start(address)
            if "late" in first:
                raise IndexFault(f"Ray did not start in time {_STARTS} times: {_REMEDY}")
        self._send({"worker": worker, "units": list(units), "options": asdict(options)})
        while "end" not in (message := self._next(REPLY_SECONDS)):
            yield int(message["done"])

    def _start(self, address: str) -> None:
        """Start the child, and Ray in it: on the cluster at an address, or here."""
        self._starts += 1
        self._remove_files()  # of a run that was killed
        environment, start = dict(_QUIET), dict[str, Any](address=address)
        if not address:
            self._folder = _temporary_folder()
            self._note.write_text(self._folder, encoding="utf-8")
            machine = this_machine()
            fitting = machine.memory // _WORKER_MEMORY or machine.cores
            start |= {"folder": self._folder, "workers": max(1, min(machine.cores, fitting))}
            token = secrets.token_hex(32)
            environment |= {**_LOCAL, "RAY_AUTH_TOKEN": token, "RAY_ADDRESS": ""}
            # workers of Ray import what this process imports
            environment["PYTHONPATH"] = os.pathsep.join(each or os.curdir for each in sys.path)
        with self._log.open("wb") as log:
            self._child = Worker(_CODE, environment=environment).start(stderr=log, new_session=True)
        assert self._child.stdout is not None
        lines, replies = self._child.stdout, queue.SimpleQueue[bytes]()
        self._replies = replies

        def read() -> None:
            for line in lines:
                replies.put(line)
            replies.put(b"")

        threading.Thread(target=read, name="replies of Ray", daemon=True).start()
        self._send(start)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._child is not None
        assert self._child.stdin is not None
        with suppress(OSError):  # it ended: its reply, or the lack of one, says so
            self._child.stdin.write(json.dumps(message).encode() + b"\n")
            self._child.stdin.flush()

    def _next(self, seconds: float) -> dict[str, Any]:
        """The next message of the child."""
        assert self._child is not None
        try:
            line = self._replies.get(timeout=seconds)
        except queue.Empty:
            raise IndexFault(f"Ray did not answer for {seconds:.0f} s: {_REMEDY}") from None
        if not line:
            status = describe_exit(self._child.wait())
            remark = last_line(self._log.read_text(errors="replace", encoding="utf-8"))
            raise IndexFault(f"Ray ended ({': '.join(filter(None, (status, remark)))}): {_REMEDY}")
        message: dict[str, Any] = json.loads(line)
        if "error" in message:
            kind = getattr(errors, message["kind"], None)
            if kind in (IndexFault, errors.ModelError, errors.ExtensionError):
                raise kind(message["error"])
            raise IndexFault(f"Ray failed ({message['error']}): {_REMEDY}")
        return message

    def _remove_files(self) -> None:
        """Remove what Ray wrote of its own, here or in a run that was killed."""
        with suppress(OSError):
            folder = Path(self._folder or self._note.read_text(encoding="utf-8"))
            self._folder = ""
            if folder.name.startswith("rag-"):
                shutil.rmtree(folder, ignore_errors=True)
            self._note.unlink()


def _address() -> str:
    """The cluster that RAY_ADDRESS names; empty for this machine alone.

    Raises:
        IndexFault: it is no address of a cluster, or nothing answers there.
    """
    address = os.environ.get("RAY_ADDRESS", "").strip()
    if address in ("", "local"):
        return ""
    host, _, port = address.rpartition(":")
    if not (host and port.isdigit()) or "/" in host:
        raise IndexFault(
            f"RAY_ADDRESS={address} is no HOST:PORT of a cluster: set it so, on a machine of the "
            "cluster, or type `unset RAY_ADDRESS` to work on this machine alone"
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise IndexFault(
            f"no Ray cluster answers at RAY_ADDRESS={address} ({error}): start it (`ray start "
            "--head`), or type `unset RAY_ADDRESS` to work on this machine alone"
        ) from None
    return address


def _temporary_folder() -> str:
    """A new folder for Ray, with a short path."""
    usual = tempfile.gettempdir()
    short = usual if len(usual) + len("/rag-12345678") <= _LONGEST_FOLDER else "/tmp"  # noqa: S108
    return tempfile.mkdtemp(prefix="rag-", dir=short)

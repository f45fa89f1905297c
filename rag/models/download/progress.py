"""Run a download command, with a progress bar drawn from file sizes and a time limit.

In:  a command, and a function to call while it runs.
Out: its exit status and output. The command never outlives the call.
Left to others: which command to run, and what its output means
(`rag.models.download.providers`).
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.runtime.observability.logs import notify
from rag.runtime.progress import RemainingTime

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # each means that this file does not fit
_EVERY = 0.2  # seconds between two calls of `tick`
_LINE_EVERY = 5.0  # seconds between two lines where stderr is no terminal


class Progress:
    """Progress in bytes on stderr: a bar on a terminal, else a line every five seconds."""

    def __init__(self, name: str, total: int, done: int, *, visible: bool = True) -> None:
        self._name, self._total, self._done, self._visible = name, total, done, visible
        self._remaining_time = RemainingTime()
        self._remaining_time.estimate(name, done, total)
        self._printed_at, self._bar = time.monotonic(), None
        if visible and sys.stderr.isatty():
            self._bar = _bar(name, total, done)

    def at(self, done: int) -> None:
        """Show that `done` bytes are there. A smaller number than before changes nothing."""
        moved = max(0, min(done, self._total) - self._done)
        self._done += moved
        if self._bar is not None:
            self._bar.update(moved)
            self._bar.refresh()
        elif self._visible and time.monotonic() - self._printed_at >= _LINE_EVERY:
            self._printed_at = time.monotonic()
            notify(self._text())

    def close(self) -> None:
        """Finish the bar and restore the terminal."""
        if self._bar is not None:
            self._bar.close()

    def _text(self) -> str:
        seconds = self._remaining_time.estimate(self._name, self._done, self._total)
        left = f", {clock(seconds)} left" if seconds is not None else ""
        return f"{self._name}: {megabytes(self._done)} of {megabytes(self._total)}{left}"


def _bar(name: str, total: int, done: int) -> Any:
    from tqdm import tqdm

    return tqdm(
        desc=name, total=total, initial=done, unit="B", unit_scale=True, file=sys.stderr,
        ncols=shutil.get_terminal_size().columns,
    )  # fmt: skip


def megabytes(size: int) -> str:
    """Bytes in readable form: "98 MB", "1.1 GB"."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def clock(seconds: float) -> str:
    """Seconds in readable form: "1:05"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def dir_size(folder: Path) -> int:
    """The bytes of all files below `folder`, which may change during the walk."""
    total = 0
    for at, _, names in os.walk(folder):  # skips folders that have disappeared
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(at, name).stat().st_size
    return total


def run_with_progress(
    command: Sequence[str],
    environ: Mapping[str, str],
    log: Path,
    tick: Callable[[], None],
    limit: float | None = None,
) -> tuple[int, str, str]:
    """Run `command` with `environ` added to the environment; call `tick` every 0.2 s meanwhile.

    Returns the exit status, stdout and stderr. After `limit` seconds the command is stopped
    (status 124). Its output goes to the files `log.out` and `log.err`.

    Raises:
        OSError: the command's stderr says that the disk is full, or `log` cannot be written.
    """
    out, err = log.with_suffix(".out"), log.with_suffix(".err")
    with out.open("wb") as stdout, err.open("wb") as stderr:
        child = subprocess.Popen(
            command, env={**os.environ, **environ}, stdin=subprocess.DEVNULL,
            stdout=stdout, stderr=stderr,
        )  # fmt: skip
        try:
            status = _wait(child, tick, limit)
        finally:
            _stop(child)
    output, errors = (path.read_text(encoding="utf-8", errors="replace") for path in (out, err))
    for code in FULL:
        if status and os.strerror(code) in errors:
            raise OSError(code, os.strerror(code))
    return status, output, errors


def _wait(child: subprocess.Popen[bytes], tick: Callable[[], None], limit: float | None) -> int:
    start = time.monotonic()
    while limit is None or time.monotonic() - start < limit:
        try:
            return child.wait(_EVERY)
        except subprocess.TimeoutExpired:
            tick()
    return 124


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

"""Output of the commands: answers on stdout, messages and progress on stderr.

In:  lines, stages of a task. Out: text on the two streams, flushed line by line.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["ProgressBars", "print_line", "print_message"]

_PIPE_INTERVAL = 5.0  # seconds between two updates where stderr is not a terminal
_TERMINAL_INTERVAL = 0.1


def print_line(text: str) -> None:
    """Print a result to stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_message(text: str) -> None:
    """Print a message to stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class ProgressBars:
    """Progress bars on stderr, one per stage, with the remaining time. A context manager."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._stage = ""

    def __enter__(self) -> ProgressBars:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def update(self, stage: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps of `stage` are done."""
        from tqdm import tqdm

        if stage != self._stage:
            self.__exit__()
            self._stage = stage
            interval = _TERMINAL_INTERVAL if sys.stderr.isatty() else _PIPE_INTERVAL
            self._bar = tqdm(
                total=total, desc=stage, file=sys.stderr, mininterval=interval, leave=False
            )
        self._bar.update(done - self._bar.n)

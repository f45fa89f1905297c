"""Output of the commands: answers on stdout, messages and progress on stderr.

In:  lines, stages of a task. Out: text on the two streams, flushed line by line.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

from rag.runtime.observability.logs import is_json, notify
from rag.runtime.progress import RemainingTime

__all__ = ["ProgressBars", "print_line", "print_message"]

_PIPE_INTERVAL = 5.0  # seconds between two updates where stderr is not a terminal
_TERMINAL_INTERVAL = 0.1
log = logging.getLogger(__name__)


def print_line(text: str) -> None:
    """Print a result to stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_message(text: str, level: int = logging.INFO) -> None:
    """Print a message to stderr; `level` counts where lines are JSON."""
    notify(text, level)


class ProgressBars:
    """Progress bars on stderr, one per stage, with the remaining time. A context manager.

    Where lines are JSON there are no bars: a line every five seconds, and at the end of a stage.
    """

    def __init__(self) -> None:
        self._bar: Any = None
        self._stage = ""
        self._remaining_time = RemainingTime()
        self._next_line = 0.0  # by the monotonic clock

    def __enter__(self) -> ProgressBars:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def update(self, stage: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps of `stage` are done."""
        if is_json():
            self._log(stage, done, total)
            return
        from tqdm import tqdm

        if stage != self._stage:
            self.__exit__()
            self._stage = stage
            interval = _TERMINAL_INTERVAL if sys.stderr.isatty() else _PIPE_INTERVAL
            self._bar = tqdm(
                total=total, desc=stage, file=sys.stderr, mininterval=interval, leave=False
            )
        self._bar.update(done - self._bar.n)

    def _log(self, stage: str, done: int, total: int) -> None:
        left = self._remaining_time.estimate(stage, done, total)
        now = time.monotonic()
        if now < self._next_line and done < total:
            return
        self._next_line = now + _PIPE_INTERVAL
        fields = {"stage": stage, "done": done, "total": total}
        if left is not None and done < total:
            fields["seconds_left"] = round(left)
        log.info("%s: %d of %d", stage, done, total, extra={"fields": fields})

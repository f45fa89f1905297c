"""How long a task is going to take, from how far it is.

In:  the stage of a task, and how many steps of it are done of how many.
Out: seconds, or None while nothing can be said. Left to others: showing them.
"""

from __future__ import annotations

import time

__all__ = ["RemainingTime"]


class RemainingTime:
    """Assumes that the rest of a stage goes at the pace of the stage so far."""

    def __init__(self) -> None:
        self._stage = ""
        self._start = 0.0
        self._done_at_start = 0

    def estimate(self, stage: str, done: int, total: int) -> float | None:
        """Seconds until `total`; None at the first call for a stage, and before any progress."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._start, self._done_at_start = stage, now, done
        steps = done - self._done_at_start
        return (now - self._start) / steps * (total - done) if steps > 0 else None

"""Cooperative cancellation: a token passed down the calls, and the exception that ends them.

In:  `CancelToken.cancel()`, from any thread, or a function that is polled.
Out: `Cancelled`, raised where the work next looks at its token.
Left to others: when to look. Whoever waits or works for long calls `raise_if_cancelled` (the queue,
the language model); whoever only passes a result on need not.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["NEVER", "CancelToken", "Cancelled"]


class Cancelled(Exception):
    """The caller no longer wants the result. Not a fault, so not a `RagError`."""


class CancelToken:
    """Cancelled by `cancel()`, or once `poll` returns true; a cancelled token stays cancelled.

    `poll` is called from the threads that do the work, up to hundreds of times for each generated
    token, so it must be quick and must not raise.
    """

    def __init__(self, poll: Callable[[], bool] | None = None) -> None:
        self._poll = poll
        self._cancelled = False

    def cancel(self) -> None:
        """Ask the work to end. Returns at once."""
        self._cancelled = True

    @property
    def is_cancelled(self) -> bool:
        """Whether the result is no longer wanted."""
        if not self._cancelled and self._poll is not None and self._poll():
            self._cancelled = True
        return self._cancelled

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` if the result is no longer wanted."""
        if self.is_cancelled:
            raise Cancelled


class _NeverCancelled(CancelToken):
    def cancel(self) -> None:
        raise RuntimeError("NEVER is shared and cannot be cancelled: make a CancelToken")


NEVER = _NeverCancelled()
"""The token of work that nobody cancels: the default of every `cancel` argument."""

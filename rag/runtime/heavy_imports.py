"""Importing large libraries a little faster.

    with pause_garbage_collection(): ...   a fifth less time for what makes objects and no garbage

In:  nothing. Out: nothing. Left to others: what is imported, and when.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pause_garbage_collection() -> Iterator[None]:
    """No search for cyclic garbage within, in the whole process.

    A library like sentence-transformers makes a million objects that stay; looking at them again
    and again while they grow takes a fifth of the time of its import. Where another thread pauses
    too, the first to end has the collector run again.
    """
    runs = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if runs:
            gc.enable()

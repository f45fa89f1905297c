"""How the time of some work grows with its size: a ratio, which a busy machine leaves as it is.

assert grows_linearly(lambda size: parse("word " * size), 100_000)
"""

from __future__ import annotations

import time
from collections.abc import Callable

_FEW_SECONDS = 0.02  # what is as quick as this is not measured well
_ATTEMPTS = 3  # other programs share the caches; they only ever add time


def grows_linearly(work: Callable[[int], object], size: int) -> bool:
    """Whether `work(size)` takes at most three times the processor time of half that size.

    It is twice where the time grows with the size, and four times where with its square.
    """
    work(min(size, 10))  # imports, word lists
    return any(
        cpu_seconds(work, size) < 3 * cpu_seconds(work, size // 2) + _FEW_SECONDS
        for _ in range(_ATTEMPTS)
    )


def cpu_seconds(work: Callable[[int], object], size: int) -> float:
    """The processor time of this process for `work(size)`."""
    start = time.process_time()
    work(size)
    return time.process_time() - start

"""Memory that the C library keeps for later is given back to the system.

Out: a smaller process. Left to others: when that pays (`rag.models.reader_network`).
"""

from __future__ import annotations

import contextlib
import ctypes


def release_free_memory() -> None:
    """Give freed memory back to the system, with the GNU C library; nothing without it.

    That library keeps blocks of several megabytes once one of that size was freed (`mallopt(3)`,
    M_MMAP_THRESHOLD), so that weights which were loaded and converted stay with the process.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)

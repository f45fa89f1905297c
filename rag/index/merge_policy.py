"""How an index grows: which of its parts stay as they are, and how the new one stands on them.

In:  the sizes of parts, oldest first, and of what is new.
Out: how many parts are kept; a folder of files that are shared with another.

A part is never changed. What is new joins the newest parts while these are small beside it, so
that parts are few and each article is written anew only now and then: the cost of adding one does
not grow with the index (O'Neil and others, "The Log-Structured Merge-Tree", 1996).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

SMALL = 2_000  # passages; a part of fewer is written anew in less than a second
_MOST = 8  # parts; SQLite attaches ten databases
_TIMES = 4  # a part that is kept is at least so many times as large as the one on top of it


def segments_to_keep(sizes: Sequence[int], new: int) -> int:
    """How many of the parts of these sizes (passages, oldest first) stay as they are.

    Where nothing is `new` the newest part does not: no part is without a passage.
    """
    parts = len(sizes)
    while parts and (not new or parts == _MOST or sizes[parts - 1] < max(SMALL, _TIMES * new)):
        parts -= 1
        new += sizes[parts]
    return parts


def hardlink_tree(folder: Path, to: Path) -> None:
    """Make `to` a folder of the same files; copies only where the system cannot share them."""
    for file in (each for each in folder.rglob("*") if each.is_file()):
        other = to / file.relative_to(folder)
        other.parent.mkdir(parents=True, exist_ok=True)
        hardlink_file(file, other)


def hardlink_file(file: Path, to: Path) -> None:
    """Give `file` a second name."""
    try:
        os.link(file, to)
    except OSError:
        shutil.copyfile(file, to)
        shutil.copystat(file, to)

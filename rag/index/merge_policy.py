"""How an index grows: which segments are reused and which are merged with what is new.

In:  the sizes of the segments, oldest first, and of what is new.
Out: how many segments are reused; folders that share their files by hard links.

A segment is never changed. New passages are merged with the newest segments while those are small
in comparison, so that segments stay few and each passage is rewritten only occasionally: the cost
of adding an article does not grow with the index (O'Neil et al., "The Log-Structured Merge-Tree",
1996).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

SMALL = 2_000  # passages; a smaller segment is rewritten in less than a second
_MOST = 8  # segments; SQLite attaches ten databases
_TIMES = 4  # a reused segment has at least so many times the size of the next newer one


def segments_to_keep(sizes: Sequence[int], new: int) -> int:
    """How many of the segments of these sizes (passages, oldest first) are reused unchanged.

    If nothing is `new`, the newest is not reused: every segment must hold a passage.
    """
    count = len(sizes)
    while count and (not new or count == _MOST or sizes[count - 1] < max(SMALL, _TIMES * new)):
        count -= 1
        new += sizes[count]
    return count


def hardlink_tree(folder: Path, to: Path) -> None:
    """Make `to` a folder of the same files, as hard links; as copies where that is impossible."""
    for file in (each for each in folder.rglob("*") if each.is_file()):
        other = to / file.relative_to(folder)
        other.parent.mkdir(parents=True, exist_ok=True)
        hardlink_file(file, other)


def hardlink_file(file: Path, to: Path) -> None:
    """Give `file` a second name, or copy it where the file system has no hard links."""
    try:
        os.link(file, to)
    except OSError:
        shutil.copyfile(file, to)
        shutil.copystat(file, to)

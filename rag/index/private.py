"""A copy of a folder for one process alone, for a library that writes to what it reads.

In:  a folder. Out: a copy of its files in the temporary folder, until it is closed.

A process that is killed cannot clear up: the next one that makes a copy does, for those whose
lock is free.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from filelock import FileLock, Timeout

_PREFIX = "footnoted-"
_FRESH = 60.0  # seconds; a younger one may be about to be locked


class TemporaryCopy:
    """`path` holds the copy. Raises `OSError` where it cannot be made."""

    def __init__(self, folder: Path) -> None:
        remove_stale_copies()
        self._whole = TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)
        self.path = Path(self._whole.name) / "copy"
        self._held = FileLock(self.path.parent / "HELD", thread_local=False)
        try:
            self._held.acquire()
            self.path.mkdir()
            for file in (each for each in folder.rglob("*") if each.is_file()):
                to = self.path / file.relative_to(folder)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, to)  # not its rights: the copy is written to
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove the copy."""
        self._held.release()
        self._whole.cleanup()


def remove_stale_copies() -> None:
    """Remove the copies of this user whose holders died."""
    for left in Path(gettempdir()).glob(f"{_PREFIX}*"):
        try:
            seen = left.lstat()
            ours = not hasattr(os, "getuid") or seen.st_uid == os.getuid()
            if left.is_symlink() or not ours or time.time() - seen.st_mtime < _FRESH:
                continue
            with FileLock(left / "HELD", timeout=0):
                pass
        except (OSError, Timeout):
            continue
        shutil.rmtree(left, ignore_errors=True)

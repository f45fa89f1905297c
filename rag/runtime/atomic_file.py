"""Replace a file as a whole: readers see the old content or the new, never a part of it.

In:  a path and its new content.
Out: the file, written under a hidden temporary name beside it and then renamed.
Left to others: renaming whole folders (`rag.index.snapshots`, `rag.native.build`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

__all__ = ["atomic_writer", "write_atomically"]


@contextmanager
def atomic_writer(path: Path, *, sync: bool = False) -> Iterator[IO[bytes]]:
    """A binary file that becomes `path` when the `with` block ends without an exception.

    `sync` waits until the content is on the disk, so that not even a power cut leaves half of it.
    Where the block fails, `path` stays as it was and the temporary file is removed.

    Raises:
        OSError: the folder does not exist or cannot be written, or the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.new")
    try:
        with temporary.open("wb") as file:
            yield file
            if sync:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def write_atomically(path: Path, content: str | bytes, *, sync: bool = False) -> None:
    """Replace `path` by `content` (text as UTF-8); see `atomic_writer`."""
    with atomic_writer(path, sync=sync) as file:
        file.write(content.encode() if isinstance(content, str) else content)

"""States of constant prefixes on disk, so that a new process need not process them again.

In:  a folder named by the SHA-256 of the model's file; what else decides the numbers; tokens.
Out: the bytes that were kept for these tokens, whole, or None; nothing in between.
Left to others: what the bytes mean (`rag.models.llm.local`), where the folder lies (`rag.models.registry`).

A file holds a SHA-256 over its key and its bytes: one that is cut, bent, or of another key does
not match, counts as absent, and is written anew. Files are written beside and renamed. Of other
models, builds and options the longest unused go first once all take more than `_MOST` bytes.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rag.runtime.atomic_file import atomic_writer

_MOST = 256 << 20  # bytes of all models; what this one uses now stays, whatever it takes
_SUM = hashlib.sha256().digest_size


class PrefixCache:
    """What is kept for one model under `conditions`: all else that decides the numbers."""

    def __init__(self, folder: Path, conditions: Sequence[str]) -> None:
        self._folder = folder
        self._conditions = "\n".join((folder.name, *conditions)).encode()
        self._mine: set[Path] = set()

    def read(self, tokens: Sequence[int]) -> bytearray | None:
        """The state after `tokens`; None where none is kept whole."""
        key = self._key(tokens)
        path = self._path(key)
        try:
            with path.open("rb") as file:
                told = file.read(_SUM)
                data = bytearray(max(0, os.fstat(file.fileno()).st_size - _SUM))
                size = file.readinto(data)
        except OSError:
            return None
        if size != len(data) or told != _checksum(key, data):
            return None
        self._mine.add(path)
        with suppress(OSError):
            os.utime(path)  # used now
        return data

    def put(self, tokens: Sequence[int], data: bytearray) -> None:
        """Keep the state after `tokens`; a folder that cannot be written costs time, no more."""
        key = self._key(tokens)
        path = self._path(key)
        self._mine.add(path)
        with suppress(OSError):  # no room, no right to write, or something else in its place
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_writer(path) as file:
                file.write(_checksum(key, data))
                file.write(data)
        with suppress(OSError):
            self._tidy()

    def _tidy(self) -> None:
        files = [each for each in self._folder.parent.glob("*/*") if each.is_file()]
        told = sorted(((each.stat(), each) for each in files), key=lambda pair: pair[0].st_mtime_ns)
        over = sum(stat.st_size for stat, _ in told) - _MOST
        for stat, path in told:
            if over <= 0:
                return
            if path not in self._mine:
                path.unlink(missing_ok=True)
                over -= stat.st_size

    def _key(self, tokens: Sequence[int]) -> bytes:
        return hashlib.sha256(self._conditions + b"\0" + array("q", tokens).tobytes()).digest()

    def _path(self, key: bytes) -> Path:
        return self._folder / f"{key.hex()[:32]}.state"


def _checksum(key: bytes, data: bytearray) -> bytes:
    made = hashlib.sha256(key)
    made.update(data)
    return made.digest()

"""KV-cache states of prompt prefixes on disk, so that a new process need not compute them again.

In:  a folder named by the SHA-256 of the model's file; what else decides the numbers; tokens.
Out: the bytes that were stored for these tokens, complete, or None.
Left to others: what the bytes mean (`rag.models.llm.local`), where the folder lies
(`rag.models.registry`).

A file starts with a SHA-256 over its key and its bytes: one that is truncated, damaged, or of
another key does not match, counts as absent, and is written again. Files of other models, builds
and options are deleted, least recently used first, once all take more than `_MAX_BYTES`.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rag.runtime.atomic_file import atomic_writer

_MAX_BYTES = 256 << 20  # of all models; what this process uses stays, whatever it takes
_CHECKSUM_BYTES = hashlib.sha256().digest_size


class PrefixCache:
    """The states of one model under `conditions`: everything else that decides the numbers."""

    def __init__(self, folder: Path, conditions: Sequence[str]) -> None:
        self._folder = folder
        self._conditions = "\n".join((folder.name, *conditions)).encode()
        self._used: set[Path] = set()

    def read(self, tokens: Sequence[int]) -> bytearray | None:
        """The state after `tokens`; None where none is stored intact."""
        key = self._key(tokens)
        path = self._path(key)
        try:
            with path.open("rb") as file:
                checksum = file.read(_CHECKSUM_BYTES)
                data = bytearray(max(0, os.fstat(file.fileno()).st_size - _CHECKSUM_BYTES))
                size = file.readinto(data)
        except OSError:
            return None
        if size != len(data) or checksum != _checksum(key, data):
            return None
        self._used.add(path)
        with suppress(OSError):
            os.utime(path)  # used now
        return data

    def put(self, tokens: Sequence[int], data: bytearray) -> None:
        """Store the state after `tokens`; where the folder cannot be written, nothing happens."""
        key = self._key(tokens)
        path = self._path(key)
        self._used.add(path)
        with suppress(OSError):  # no room, no right to write, or something else in its place
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_writer(path) as file:
                file.write(_checksum(key, data))
                file.write(data)
        with suppress(OSError):
            self._tidy()

    def _tidy(self) -> None:
        files = [each for each in self._folder.parent.glob("*/*") if each.is_file()]
        oldest = sorted(
            ((each.stat(), each) for each in files), key=lambda pair: pair[0].st_mtime_ns
        )
        over = sum(stat.st_size for stat, _ in oldest) - _MAX_BYTES
        for stat, path in oldest:
            if over <= 0:
                return
            if path not in self._used:
                path.unlink(missing_ok=True)
                over -= stat.st_size

    def _key(self, tokens: Sequence[int]) -> bytes:
        return hashlib.sha256(self._conditions + b"\0" + array("q", tokens).tobytes()).digest()

    def _path(self, key: bytes) -> Path:
        return self._folder / f"{key.hex()[:32]}.state"


def _checksum(key: bytes, data: bytearray) -> bytes:
    checksum = hashlib.sha256(key)
    checksum.update(data)
    return checksum.digest()

"""A cache of bytes that evicts the least recently used.

In:  keys and their bytes. Out: the bytes again, until they are evicted.
Left to others: computing them (`rag.models.llm.local`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class ByteLRUCache(Generic[Key]):
    """Bytes by key; once they exceed `max_bytes` in total, the least recently used are evicted."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[Key, bytearray] = OrderedDict()
        self.size = 0  # bytes

    def get(self, key: Key) -> bytearray | None:
        """The bytes of `key`, which counts as used now; None where there are none."""
        if key in self._entries:
            self._entries.move_to_end(key)
        return self._entries.get(key)

    @property
    def full(self) -> bool:
        """Whether one more entry of the average size would evict another."""
        return self.size + self.size // max(1, len(self._entries)) > self._max_bytes

    def put(self, key: Key, data: bytearray) -> None:
        """Store `data`. A single entry may exceed `max_bytes`; it stays until the next one."""
        self.size += len(data) - len(self._entries.pop(key, b""))
        self._entries[key] = data
        while self.size > self._max_bytes and len(self._entries) > 1:
            _, evicted = self._entries.popitem(last=False)
            self.size -= len(evicted)

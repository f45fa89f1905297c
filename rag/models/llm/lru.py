"""What was used lately, up to so many bytes.

In:  keys and their bytes. Out: the bytes again, while they are kept.
Left to others: making them anew (`rag.models.llm.local`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class ByteLRUCache(Generic[Key]):
    """Bytes by key; once all take more than `most` bytes the longest unused go first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Key, bytearray] = OrderedDict()
        self.size = 0  # bytes

    def get(self, key: Key) -> bytearray | None:
        """What is kept for `key`, which counts as used now."""
        if key in self._held:
            self._held.move_to_end(key)
        return self._held.get(key)

    @property
    def full(self) -> bool:
        """Whether one more of the size that is usual here would drive another out."""
        return self.size + self.size // max(1, len(self._held)) > self._most

    def put(self, key: Key, data: bytearray) -> None:
        """Keep `data`; alone it may be larger than `most` and then stays until the next."""
        self.size += len(data) - len(self._held.pop(key, b""))
        self._held[key] = data
        while self.size > self._most and len(self._held) > 1:
            _, gone = self._held.popitem(last=False)
            self.size -= len(gone)

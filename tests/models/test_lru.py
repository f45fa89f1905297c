"""The cache drops the least recently used entry once it exceeds its size in bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.models.llm.lru import ByteLRUCache


def test_cache_drops_the_least_recently_used_entry_first():
    cache: ByteLRUCache[str] = ByteLRUCache(10)
    for key in "abc":
        cache.put(key, bytearray(3))
    assert cache.get("a") == bytearray(3)
    cache.put("d", bytearray(4))
    assert cache.get("b") is None
    assert [cache.get(key) is not None for key in "acd"] == [True] * 3
    assert cache.size == 10


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12))))
def test_cache_exceeds_its_size_only_for_a_single_entry(steps):
    cache: ByteLRUCache[int] = ByteLRUCache(10)
    for key, size in steps:
        cache.put(key, bytearray(size))
        assert cache.get(key) == bytearray(size)
        keys = [each for each in range(6) if cache.get(each) is not None]
        assert cache.size == sum(len(cache.get(each) or b"") for each in keys)
        assert cache.size <= 10 or keys == [key]

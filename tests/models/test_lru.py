"""What was used lately is kept, up to so many bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.models.llm.lru import ByteLRUCache


def test_the_longest_unused_goes_first():
    kept: ByteLRUCache[str] = ByteLRUCache(10)
    for key in "abc":
        kept.put(key, bytearray(3))
    assert kept.get("a") == bytearray(3)
    kept.put("d", bytearray(4))
    assert kept.get("b") is None
    assert [kept.get(key) is not None for key in "acd"] == [True] * 3
    assert kept.size == 10


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12))))
def test_it_never_takes_more_than_it_may_unless_for_one(steps):
    kept: ByteLRUCache[int] = ByteLRUCache(10)
    for key, size in steps:
        kept.put(key, bytearray(size))
        assert kept.get(key) == bytearray(size)
        held = [each for each in range(6) if kept.get(each) is not None]
        assert kept.size == sum(len(kept.get(each) or b"") for each in held)
        assert kept.size <= 10 or held == [key]

from __future__ import annotations

from rag.retrieval.coverage import coverage

BRIDGE = (
    "The bridge over the Sund was opened in autumn. Mayor Lena Holt said that it had cost "
    '18 million crowns. She called it "the pride of the town," and left.'
)


def test_coverage_is_weighted_by_idf():
    assert coverage([BRIDGE], {"bridg": 1.0, "wheat": 3.0}) == 0.25
    assert coverage([BRIDGE], {}) == 0.0


def test_coverage_does_not_depend_on_the_order_of_a_set():
    words = [f"{a}{b}nter" for a in "bdfglmpst" for b in "aeiou"]
    idf = {word: 0.1 + n / 7 for n, word in enumerate(words)}
    assert coverage([" ".join(words)], idf) == 1.0  # not 0.9999999999999999

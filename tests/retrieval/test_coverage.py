from __future__ import annotations

from rag.retrieval.coverage import coverage

BRIDGE = (
    "The bridge over the Sund was opened in autumn. Mayor Lena Holt said that it had cost "
    '18 million crowns. She called it "the pride of the town," and left.'
)


def test_coverage_is_weighted_by_idf():
    assert coverage([BRIDGE], {"bridg": 1.0, "wheat": 3.0}) == 0.25
    assert coverage([BRIDGE], {}) == 0.0

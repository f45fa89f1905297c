"""Words by which the same thing is told."""

from __future__ import annotations

from rag.retrieval.people.related_words import covered_share


def test_a_synonym_counts_half() -> None:
    assert covered_share("the ferry boss resigned", "The chief of the ferry resigned.") == 2.5 / 3
    assert covered_share("the ferry boss resigned", "The ferry boss resigns.") == 1.0
    assert covered_share("the ferry boss resigned", "It rained.") == 0.0


def test_the_topic_need_not_be_repeated() -> None:
    assert covered_share("the ferry sank", "It sank at noon.", "Ferry in trouble") == 1.0
    assert covered_share("the ferry", "It rained.", "Ferry in trouble") == 1.0

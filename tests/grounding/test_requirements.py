from __future__ import annotations

from rag.grounding.requirements import extract_quotations


def test_extract_quotations_takes_those_of_several_words():
    assert extract_quotations('He said “We Will go,” and "stay".') == ("we will go",)

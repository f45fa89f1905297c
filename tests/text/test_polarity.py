from __future__ import annotations

import pytest

from rag.text.polarity import polarity_mismatch


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        ("Holt visited the mine.", "Holt did not visit the mine.", True),
        ("Holt did not visit the mine.", "Holt visited the mine.", True),
        ("Holt did not visit the mine.", "Holt refused to visit the mine.", False),
        ("Holt failed to visit the mine.", "Holt did not visit the mine.", False),
        ("Holt visited the mine.", "Holt visited the mine. Berg did not sail.", False),
        ("Holt visited the mine.", "Holt visited not only the mine but the port.", False),
        ("Holt observes the ban on arms.", "Holt no longer observes the ban on arms.", True),
        ("Holt visited the mine.", "Nobody knew when Holt visited the mine.", False),
    ],
)
def test_polarity_mismatch_finds_a_not_on_one_side_only(claim, quote, expected):
    assert polarity_mismatch(claim, quote) is expected

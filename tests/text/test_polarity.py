from __future__ import annotations

import pytest

from rag.grounding.attribution import attributes, speaker, without_tail
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
def test_denial(claim, quote, expected):
    assert polarity_mismatch(claim, quote) is expected


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("The bridge cost 18 million, as reported by Lena Holt.", "The bridge cost 18 million."),
        ("The bridge cost 18 million, according to Lena Holt.", "The bridge cost 18 million."),
        ("The bridge closed, as the agency Nordpress reported.", "The bridge closed."),
        ("According to Lena Holt, the bridge closed.", None),
        ("The bridge closed.", None),
    ],
)
def test_an_attribution_at_the_end_comes_off(claim, expected):
    assert without_tail(claim) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Mayor Lena Holt said that the bridge had cost 18 million.", "Mayor Lena Holt"),
        ("The bridge had cost 18 million, according to the Kurier.", "the Kurier"),
        ("In the belief of Tarn and its allies, the bridge had cost 18 million.", "Tarn"),
        ("In the middle of Tarn the bridge had fallen.", None),
        ("Ivo Brandt, the head of the union, told reporters that it rained.", "Ivo Brandt"),
        ('"It was dry," said Ivo Brandt.', "Ivo Brandt"),
        ("The bridge cost 18 million.", None),
        ("Officials said that the bridge had cost 18 million.", None),
        ("Tesla added motors, and Paris is noted for its bridges.", None),
    ],
)
def test_who_says_it(sentence, expected):
    assert speaker(sentence) == expected


def test_attribution_is_seen():
    assert attributes("According to the mayor, it rained.")
    assert attributes("Holt called it dry.")
    assert not attributes("It rained.")

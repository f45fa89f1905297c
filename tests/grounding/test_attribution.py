from __future__ import annotations

import pytest

from rag.grounding.attribution import attributes, speaker, without_tail


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
def test_without_tail_drops_an_attribution_at_the_end(claim, expected):
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
def test_speaker_is_whom_the_sentence_names(sentence, expected):
    assert speaker(sentence) == expected


def test_attributes_recognises_reporting_words():
    assert attributes("According to the mayor, it rained.")
    assert attributes("Holt called it dry.")
    assert not attributes("It rained.")

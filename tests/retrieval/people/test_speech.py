"""Who says what a text reports."""

from __future__ import annotations

import pytest

from rag.retrieval.people.speech import find_speaker, spoken_by


@pytest.mark.parametrize(
    ("text", "saying", "who"),
    [
        ("“The quay is shut,” said Lena Holt.", "The quay", "Lena Holt"),
        ("“The quay is shut,” port director Lena Holt said.", "The quay", "Lena Holt"),
        ("Lena Holt, the mayor, denied that it sank.", "it sank", "Lena Holt"),
        ("It sank, said the harbour master, Lena Holt.", "It sank", "Lena Holt"),
        ("According to the pilot Lena Holt, it sank.", "it sank", "Lena Holt"),
        ("Lena Holt came at noon. She denied that it sank.", "it sank", "Lena Holt"),
        ("Lena Holt said no. “The quay is shut.”", "The quay", "Lena Holt"),
        (
            "Lena Holt came. She denied that the Maren leaked. “No water at all.”",
            "No water",
            "Lena Holt",
        ),
    ],
)
def test_the_speaker_is_named(text: str, saying: str, who: str) -> None:
    start = text.index(saying)
    speech = find_speaker(text, start, start + len(saying))
    assert speech is not None
    assert text[speech.who_start : speech.who_end] == who
    assert speech.start <= start and start + len(saying) <= speech.end


@pytest.mark.parametrize(
    "text",
    [
        "The quay is shut.",
        "She said that the quay is shut.",
        "It rained on the Maren. She said that the quay is shut.",
        "It was said on Friday that the quay is shut.",
    ],
)
def test_nobody_is_named(text: str) -> None:
    start = text.index("quay")
    assert find_speaker(text, start, start + 4) is None


def test_the_sentences_of_one_speaker() -> None:
    text = (
        "Marek Dal said it sank. Lena Holt, the mayor, said it floats. "
        "“I saw it,” she said. It rained."
    )
    speeches = [text[each.start : each.end] for each in spoken_by(text, "Holt")]
    assert speeches == [
        "Lena Holt, the mayor, said it floats.",
        "Lena Holt, the mayor, said it floats. “I saw it,” she said.",
    ]

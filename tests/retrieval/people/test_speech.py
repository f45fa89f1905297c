"""Who says what a text reports."""

from __future__ import annotations

import pytest

from rag.retrieval.people.speech import find_speaker, naming_sentence, speeches, spoken_by


@pytest.mark.parametrize(
    ("text", "saying", "who"),
    [
        ("“The quay is shut,” said Lena Holt.", "The quay", "Lena Holt"),
        ("“The quay is shut,” port director Lena Holt said.", "The quay", "Lena Holt"),
        ("Lena Holt, the mayor, denied that it sank.", "it sank", "Lena Holt"),
        ("Lena Holt of the Boatmen’s League said it sank.", "it sank", "Lena Holt"),
        ("It sank, said the harbour master, Lena Holt.", "It sank", "Lena Holt"),
        ("According to the pilot Lena Holt, it sank.", "it sank", "Lena Holt"),
        ("Lena Holt came at noon. She denied that it sank.", "it sank", "Lena Holt"),
        ("Lena Holt said no. “The quay is shut.”", "The quay", "Lena Holt"),
        ("Lena Holt would not leave. “It is shut,” she told TRB.", "It is shut", "Lena Holt"),
        ("Marek Dal left. His office said it sank.", "it sank", "Marek Dal"),
        (
            "Lena Holt, an inspector, told Tarn Radio that it sank, TRB reported on Monday.",
            "it sank",
            "Lena Holt",
        ),
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
        "Lena Holt came. The deckhand said that the quay is shut.",
        "Lena Holt said no. The quay is shut.",
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
    theirs = [text[each.start : each.end] for each in spoken_by(text, "Holt")]
    assert theirs == [
        "Lena Holt, the mayor, said it floats.",
        "Lena Holt, the mayor, said it floats. “I saw it,” she said.",
    ]
    assert [each.act for each in speeches(text)] == ["say", "say", "say"]


def test_the_sentence_that_names_whom_another_calls_she() -> None:
    text = "Lena Holt, the mayor, came. It rained. “Soon,” she said. Marek Dal left."
    start = text.index("“Soon")
    naming = naming_sentence(text, start, start + len("“Soon,” she said."))
    assert naming is not None and text[slice(*naming)] == "Lena Holt, the mayor, came."
    last = text.index("Marek")
    assert naming_sentence(text, last, len(text)) is None
    rain = text.index("It rained")
    assert naming_sentence(text, rain, rain + len("It rained.")) is None

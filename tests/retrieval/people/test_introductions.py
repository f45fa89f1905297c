"""By which role a text introduces somebody."""

from __future__ import annotations

import pytest

from rag.retrieval.people.introductions import find_role, is_role


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Harbour master Lena Holt saw it.", "Harbour master"),
        ("“It sank,” said Captain Lena Holt.", "Captain"),
        ("It sank, said Detective Inspector Lena Holt.", "Detective Inspector"),
        ("Lena Holt, the harbour master, saw it.", "the harbour master"),
        ("Lena Holt, 44, a retired school cook, saw it.", "a retired school cook"),
        ("Lena Holt, coxswain of the Tarn boat, saw it.", "coxswain of the Tarn boat"),
        ("The harbour's head of security, Lena Holt, saw it.", "The harbour's head of security"),
        ("It sank, said the curator, Lena Holt.", "the curator"),
        ("Lena Holt is the mayor of Tarn.", "the mayor of Tarn"),
        ("Lena Holt has been mayor since May.", "mayor since May"),
        ("Lena Holt, who keeps the only shop, saw it.", "keeps the only shop"),
        ("Mayor Holt saw it.", "Mayor"),
        ("It rained. Lena Holt repairs church clocks.", "repairs church clocks"),
    ],
)
def test_a_role_beside_a_name(text: str, role: str) -> None:
    name = "Lena Holt" if "Lena" in text else "Holt"
    span = find_role(text, name)
    assert span is not None
    assert text[slice(*span)] == role


@pytest.mark.parametrize(
    "text",
    [
        "Lena Holt saw it.",
        "Lena Holt was the first to cross.",
        "Lena Holt says that it sank.",
        "They saw that Lena Holt repairs church clocks.",
        "Lena Holt was taken home.",
        "Later Lena Holt saw it, and never Marek Dal.",
        "Lena Holt, who had queued since four, saw it.",
        "A crew by Lena Holt, on Friday, saw it.",
        "Marek Dal, the harbour master, saw it. Lena Holt did not.",
        "The river Lena Holt crossed was high.",
        "Lena Holt, Marek Dal and the curator saw it.",
    ],
)
def test_no_role(text: str) -> None:
    assert find_role(text, "Lena Holt") is None


def test_the_surname_alone_finds_the_role_before_the_whole_name() -> None:
    text = "They asked the county engineer Lena Holt."
    span = find_role(text, "Holt")
    assert span is not None and text[slice(*span)] == "county engineer"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("the head of security", True),
        ("a spokeswoman for the firm", True),
        ("its river", False),
        ("the winter", False),
        ("the first to cross", False),
    ],
)
def test_is_role(words: str, expected: bool) -> None:
    assert is_role(words) is expected

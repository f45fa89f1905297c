"""People named in a text, and whom "she" means."""

from __future__ import annotations

import pytest

from rag.retrieval.people.mentions import antecedent, full_name, people_in


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The mayor, Lena Holt, thanked Marek Dal.", ["Lena Holt", "Marek Dal"]),
        ("Ms Holt left. But Lena Holt came back.", ["Holt", "Lena Holt"]),
        ("The Tarn Courier asked Tarn Ferries.", []),
        ("It sailed from Port Ansel to Upper Tarn.", []),
        ("Lena Holt’s boat sank.", []),
    ],
)
def test_people_are_told_from_places_and_bodies(text: str, names: list[str]) -> None:
    assert [text[start:end] for start, end in people_in(text)] == names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Lena Holt keeps the shop. She sold it.", "Lena Holt"),
        ("It belongs to Lena Holt, who keeps the shop. She sold it.", "Lena Holt"),
        ("Lena Holt met the mayor. She paid. It rained. She sold it.", "Lena Holt"),
        ("Lena Holt spoke. Mr Dal, the mayor, came too. She sold it.", "Lena Holt"),
    ],
)
def test_she_is_who_was_named_last_and_fits(text: str, name: str) -> None:
    span = antecedent(text, text.rindex("She"), "she")
    assert span is not None and text[slice(*span)] == name


@pytest.mark.parametrize(
    "text",
    [
        "It rained. She sold it.",
        "Mr Dal, the mayor, came. She sold it.",
        "It was between Lena Holt, 40, and Ines Vega, 41. She sold it.",
    ],
)
def test_in_doubt_nobody_is_meant(text: str) -> None:
    assert antecedent(text, text.rindex("She"), "she") is None


def test_a_surname_stands_for_the_full_name() -> None:
    text = "Lena Holt came. “No,” Holt said."
    start = text.rindex("Holt")
    assert full_name(text, (start, start + 4)) == "Lena Holt"

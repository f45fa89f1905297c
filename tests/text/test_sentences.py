"""Texts that end before their end."""

from __future__ import annotations

import pytest

from rag.text.sentences import breaks_off


@pytest.mark.parametrize(
    ("end", "is_cut"),
    [
        ("and the toll of the bridge …", True),
        ("and the toll…", True),
        ("and the toll...\n", True),
        ("and the toll [...]", True),
        ("and the toll [… ]", False),
        ("“and the toll …”", True),
        ("and the toll… [+4231 chars]", True),
        ("and the toll … [4231 characters]", True),
        ("and the toll [+4231 chars]", False),
        ("… and the toll.", False),
        ("and the toll..", False),
        ("", False),
        ("…", True),
    ],
)
def test_breaks_off(end: str, is_cut: bool) -> None:
    assert breaks_off(end) is is_cut
    assert breaks_off("It was built in 1908. " * 1000 + end) is is_cut

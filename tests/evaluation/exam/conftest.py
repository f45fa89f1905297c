"""Articles that the makers read, among them those of the project's own question sets."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from rag.evaluation.exam.sources import SourceSentence, sentences_of
from rag.types import Article
from tests.conftest import ROOT


def article(text: str, id: str = "a", published: str | None = "2024-05-01") -> Article:
    return Article(id, "", text, source=None, published=published, author=None, url=None)


@pytest.fixture
def sentence() -> Callable[..., SourceSentence]:
    """The last sentence of a text."""
    return lambda text: list(sentences_of(article(text)))[-1]


@pytest.fixture(scope="session")
def collections() -> dict[str, list[Article]]:
    """The articles of two question sets, by the name of the set."""
    read: dict[str, list[Article]] = {}
    for name in ("newsroom", "islands"):
        lines = (ROOT / f"tests/questions/{name}/articles.jsonl").read_text().splitlines()
        rows = [json.loads(line) for line in lines]
        read[name] = [
            Article(
                row["id"], row["title"], row["text"], source=row.get("source"),
                published=row.get("published"), author=row.get("author"), url=None,
            )
            for row in rows
        ]  # fmt: skip
    return read

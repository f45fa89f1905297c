"""The list of articles: what it holds, in which order, and what its words find."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rag.assistant import Assistant
from rag.index.build import build_index
from rag.settings import Settings


def test_articles_are_listed_newest_first_and_found_by_words_of_any_part(toy: Settings) -> None:
    build_index(toy)
    assistant = Assistant.open(toy)
    whole = assistant.articles.find()
    names = [head.title for head, *_ in whole.shown]
    assert names == ["The ferry", "The bridge", "The wheat", "The wheat2"]
    assert whole.total == 4 and all(passages >= 1 for _, passages, _ in whole.shown)
    now = datetime.now(UTC)
    times = [datetime.fromisoformat(at) for *_, at in whole.shown]
    assert all(timedelta(0) <= now - each < timedelta(minutes=10) for each in times)
    assert {head.text for head, *_ in assistant.articles.find("sund").shown} == {""}
    for words, found in (
        ("WHEAT crowns", ["The wheat2"]),  # headline and text
        ("kurier", names),  # outlet
        ("  ", names),
        ("wheat ferry", []),
    ):
        assert [head.title for head, *_ in assistant.articles.find(words).shown] == found
    least = assistant.articles.find(most=1)
    assert [head.title for head, *_ in least.shown] == ["The ferry"] and least.total == 4
    assert assistant.articles.outlets() == ["Kurier"]
    assistant.close()

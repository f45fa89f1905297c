"""Which passage is taken to answer, among several that a scripted reader finds to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from rag.retrieval.evidence import Judgement, Saying, judge_passages
from rag.retrieval.search import RetrievalResult
from rag.types import Article, Hit, Passage, SpanReading


@dataclass
class PointingReader:
    """Reads in each passage the words given for it, with their margin; nothing in others."""

    spans: Mapping[str, float]

    def read(
        self, question: str, passages: Sequence[str], records: Sequence[str]
    ) -> list[SpanReading]:
        return [self._reading(passage) for passage in passages]

    def _reading(self, passage: str) -> SpanReading:
        for words, margin in self.spans.items():
            if (start := passage.find(words)) >= 0:
                return SpanReading(start, start + len(words), margin, margin / 2)
        return SpanReading(0, 1, -6.0, -3.0)


def judge(question: str, texts: Sequence[str], spans: Mapping[str, float]) -> Judgement:
    """Passages of one article each, in fused order."""
    hits = [Hit(Passage(str(n), 0, len(t), t), 1.0, 0.5, 1.0) for n, t in enumerate(texts)]
    result = RetrievalResult.from_hits(hits, {})
    articles = {str(n): Article(str(n), "", text) for n, text in enumerate(texts)}
    return judge_passages(question, result, PointingReader(spans), articles.__getitem__)


def test_a_fuller_date_that_agrees_comes_first() -> None:
    judgement = judge(
        "When was the port of Tarn opened?",
        ["It was opened in June of 1931.", "The port opened on 3 June 1931.", "On 4 May 1950."],
        {"June of 1931": 6.0, "3 June 1931": 4.0, "4 May 1950": 5.0},
    )
    assert judgement.evidence[0].answer == "3 June 1931"
    assert judgement.signals["witnesses"] == 1.0


def test_a_fuller_date_that_hardly_answers_stays_behind() -> None:
    judgement = judge(
        "When was the port of Tarn opened?",
        ["It was opened in June of 1931.", "The ferry sank on 3 June 1931."],
        {"June of 1931": 6.0, "3 June 1931": 0.5},
    )
    assert judgement.evidence[0].answer == "June of 1931"


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("Lena Holt", "mayor Lena Holt", True),
        ("Lena Holt", "Marek Dal", False),
        ("June 1931", "3 June 1931", True),
        ("3 June", "4 June", False),
        ("June 1931", "July 1931", False),
        ("", "", False),
    ],
)
def test_spans_that_say_the_same(one: str, other: str, agree: bool) -> None:
    assert Saying.parse(one).agrees(Saying.parse(other)) is agree
    assert Saying.parse(other).agrees(Saying.parse(one)) is agree

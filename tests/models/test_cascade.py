"""Two readers as one: the larger one reads again what the quick one puts first."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.models.cascade import MOST_READ_AGAIN, Cascade
from rag.types import ClaimReading, SpanReading

PASSAGES = [f"passage {n}" for n in range(MOST_READ_AGAIN + 3)]


class FixedReader:
    """Finds the last `width` characters of each passage, as surely as `odds` says."""

    def __init__(self, odds: dict[str, float], width: int) -> None:
        self.odds, self.width = odds, width
        self.calls: list[tuple[list[str], list[str]]] = []

    def read(
        self, question: str, passages: Sequence[str], records: Sequence[str] | None = None
    ) -> list[SpanReading]:
        self.calls.append((list(passages), list(records or ())))
        return [
            SpanReading(len(each) - self.width, len(each), 2 * self.odds[each], 0.0)
            for each in passages
        ]

    def check(self, claim: str, passages: Sequence[str]) -> list[ClaimReading]:
        return [ClaimReading(0.5, 0.25, 0.25) for _ in passages]


def test_the_best_passages_are_read_again_and_both_count() -> None:
    first = FixedReader({each: float(n) for n, each in enumerate(PASSAGES)}, 1)
    second = FixedReader(dict.fromkeys(PASSAGES, 1.0), 2)
    records = [f"record {n}. " for n in range(len(PASSAGES))]
    readings = Cascade(first, second).read("Which?", PASSAGES, records)
    again, last = list(reversed(PASSAGES))[:MOST_READ_AGAIN], len(PASSAGES) - 1
    assert second.calls == [(again, list(reversed(records))[:MOST_READ_AGAIN])]
    assert [each.end - each.start for each in readings] == [1] * 3 + [2] * MOST_READ_AGAIN
    assert readings[0].log_odds == pytest.approx(0.0)
    assert readings[last].log_odds == pytest.approx(0.3 * last + 0.7 * 1.0)


def test_nothing_is_read_again_where_there_is_nothing() -> None:
    first, second = FixedReader({}, 1), FixedReader({}, 1)
    assert Cascade(first, second).read("Which?", []) == []


def test_both_judge_the_passages_that_say_most_of_a_claim() -> None:
    first, second = FixedReader({}, 1), FixedReader({}, 1)
    silent = {each: 0.1 * (n + 1) for n, each in enumerate(PASSAGES)}
    first.check = lambda claim, passages: [  # type: ignore[method-assign]
        ClaimReading(0.9 * (1 - silent[each]), 0.1 * (1 - silent[each]), silent[each])
        for each in passages
    ]
    seen: list[str] = []

    def check(claim: str, passages: Sequence[str]) -> list[ClaimReading]:
        seen.extend(passages)
        return [ClaimReading(0.0, 1.0, 0.0) for _ in passages]

    second.check = check  # type: ignore[method-assign]
    readings = Cascade(first, second).check("It is.", PASSAGES)
    assert seen == PASSAGES[:MOST_READ_AGAIN]
    assert readings[0].supported == pytest.approx(0.3 * 0.81)
    assert readings[0].contradicted == pytest.approx(0.3 * 0.09 + 0.7)
    assert readings[-1].neither == pytest.approx(silent[PASSAGES[-1]])

"""Two readers as one: a quick one reads every passage, a larger one again what that puts first.

In:  two readers.
Out: readings as of one reader.
Left to others: which readers there are (`models/catalogue.toml`), opening them
(`rag.models.opening`).

A cascade as in Wang, Lin and Metzler (2011): each stage is dearer and sees less. The larger
reader's words count where it reads; how sure they are, both readers say together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rag.types import ClaimReading, SpanReading

MOST_READ_AGAIN = 4
"""Passages of one question that the larger reader reads: some 0.1 s each."""
_SHARE_OF_SECOND = 0.7  # of margin and log odds where both have read


class AnyReader(Protocol):
    """What `rag.models.reader.Reader` does, and a cascade."""

    def read(
        self, question: str, passages: Sequence[str], records: Sequence[str] | None = None
    ) -> list[SpanReading]:
        """The best answer span in each of `passages`, in their order; see `Reader.read`."""

    def check(self, claim: str, passages: Sequence[str]) -> list[ClaimReading]:
        """What each of `passages` says of `claim`, in their order."""


class Cascade:
    """Reads passages as `Reader` does. Safe to call from several threads."""

    def __init__(self, first: AnyReader, second: AnyReader) -> None:
        self._first, self._second = first, second

    def read(
        self, question: str, passages: Sequence[str], records: Sequence[str] | None = None
    ) -> list[SpanReading]:
        """The best answer span in each of `passages`, in their order; see `Reader.read`."""
        records = records or [""] * len(passages)
        readings = self._first.read(question, passages, records)
        order = sorted(range(len(readings)), key=lambda n: -readings[n].log_odds)[:MOST_READ_AGAIN]
        again = self._second.read(
            question, [passages[n] for n in order], [records[n] for n in order]
        )
        for n, reading in zip(order, again, strict=True):
            readings[n] = _joined(readings[n], reading)
        return readings

    def check(self, claim: str, passages: Sequence[str]) -> list[ClaimReading]:
        """What each of `passages` says of `claim`, in their order, by the quick reader."""
        return self._first.check(claim, passages)


def _joined(first: SpanReading, second: SpanReading) -> SpanReading:
    def mean(one: float, other: float) -> float:
        return (1 - _SHARE_OF_SECOND) * one + _SHARE_OF_SECOND * other

    return SpanReading(
        second.start,
        second.end,
        mean(first.margin, second.margin),
        mean(first.answers, second.answers),
    )

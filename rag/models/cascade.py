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

from rag.models.protocols import EvidenceReader
from rag.types import ClaimReading, SpanReading

MOST_READ_AGAIN = 4
"""Passages of one question that the larger reader reads: some 0.1 s each."""
_SHARE_OF_SECOND = 0.7  # of margin and log odds where both have read
_SHARE_OF_CLAIMS = 0.7  # of the probabilities of a claim


class Cascade:
    """Reads passages as `Reader` does. Safe to call from several threads."""

    def __init__(self, first: EvidenceReader, second: EvidenceReader) -> None:
        self._first, self._second = first, second

    def read(
        self, question: str, passages: Sequence[str], records: Sequence[str] | None = None
    ) -> list[SpanReading]:
        """The best answer span in each of `passages`, in their order; see `Reader.read`."""
        records = records or [""] * len(passages)
        readings = self._first.read(question, passages, records)
        order = _best([-each.log_odds for each in readings])
        again = self._second.read(
            question, [passages[n] for n in order], [records[n] for n in order]
        )
        for n, reading in zip(order, again, strict=True):
            readings[n] = _joined_spans(readings[n], reading)
        return readings

    def check(self, claim: str, passages: Sequence[str]) -> list[ClaimReading]:
        """What each of `passages` says of `claim`, in their order.

        The larger reader reads those again that say most.
        """
        readings = self._first.check(claim, passages)
        order = _best([each.neither for each in readings])
        again = self._second.check(claim, [passages[n] for n in order])
        for n, reading in zip(order, again, strict=True):
            readings[n] = _joined_claims(readings[n], reading)
        return readings


def _best(values: Sequence[float]) -> list[int]:
    """Places of the lowest values, as many as are read again, lowest first."""
    return sorted(range(len(values)), key=lambda n: values[n])[:MOST_READ_AGAIN]


def _mean(first: float, second: float, share: float) -> float:
    return (1 - share) * first + share * second


def _joined_spans(first: SpanReading, second: SpanReading) -> SpanReading:
    return SpanReading(
        second.start,
        second.end,
        _mean(first.margin, second.margin, _SHARE_OF_SECOND),
        _mean(first.answers, second.answers, _SHARE_OF_SECOND),
    )


def _joined_claims(first: ClaimReading, second: ClaimReading) -> ClaimReading:
    return ClaimReading(
        _mean(first.supported, second.supported, _SHARE_OF_CLAIMS),
        _mean(first.contradicted, second.contradicted, _SHARE_OF_CLAIMS),
        _mean(first.neither, second.neither, _SHARE_OF_CLAIMS),
    )

"""How an index grows publication by publication, simulated with the real merge policy.

In:  passages in all and in one publication; what a passage costs where it is added, written, and
     put into a vector graph (fitted by `benchmarks.scale`).
Out: `Growth`: passages written for each one that was added, segments, processor seconds in all,
     of the typical and of the dearest publication. Nothing is embedded and no file is written.

As `rag.index.build` does it, a publication writes the documents and keywords of the segments that
it merges again; the vectors of the oldest of these are reused and extended, those of the others are
put into that graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from rag.index.merge_policy import segments_to_keep


@dataclass(frozen=True, slots=True)
class Costs:
    """Processor seconds: `start` for a publication, `add` for a passage that is new, `write` for
    one of the new segment, `insert` for one that is put into a graph of 1,000, which grows with the
    graph by `power`."""

    start: float
    add: float
    write: float
    insert: float
    power: float

    def of(self, publication: Publication) -> float:
        """What a publication takes."""
        graph = self.insert * (max(publication.segment, 1_000) / 1_000) ** self.power
        return (
            self.start
            + self.add * publication.added
            + self.write * publication.segment
            + graph * publication.inserted
        )


@dataclass(frozen=True, slots=True)
class Publication:
    """`added`: passages that are new; `segment`: those of the segment that it writes; `inserted`:
    into a graph; `segments`: of the index after it."""

    added: int
    segment: int
    inserted: int
    segments: int


@dataclass(frozen=True, slots=True)
class Growth:
    """The sums over all publications; seconds are the processor's."""

    passages: int
    publications: int
    rewriting: float  # passages written for each that was added
    inserting: float  # passages put into a graph for each that was added
    most_segments: int
    seconds: float
    median_seconds: float
    most_seconds: float


def publications(passages: int, batch: int) -> Iterator[Publication]:
    """Each publication of an index that grows to `passages` by `batch` at a time."""
    sizes: list[int] = []
    for _ in range(0, passages, batch):
        reused = segments_to_keep(sizes, batch)
        merged = sizes[reused:]
        segment = sum(merged) + batch
        inserted = segment - (merged[0] if merged else 0)
        sizes = [*sizes[:reused], segment]
        yield Publication(batch, segment, inserted, len(sizes))


def simulate(passages: int, batch: int, costs: Costs) -> Growth:
    """The growth to `passages`, `batch` at a time."""
    every = list(publications(passages, batch))
    seconds = [costs.of(each) for each in every]
    total = batch * len(every)
    return Growth(
        passages=total,
        publications=len(every),
        rewriting=sum(each.segment for each in every) / total,
        inserting=sum(each.inserted for each in every) / total,
        most_segments=max(each.segments for each in every),
        seconds=sum(seconds),
        median_seconds=median(seconds),
        most_seconds=max(seconds),
    )

"""One complete index, open for reading: its parts searched as one.

In:  the folder of a generation; the one that was open before, whose parts it may share.
Out: `Snapshot`, which never changes again; a damaged one is named, not read.

    <generation>/records.sqlite, chroma/, keywords/, manifest.json    its newest part
    <generation>/base/                                                the older ones, likewise

Most have one part. A large one that grew by few articles stands on the parts that were there
before (`rag.index.merge_policy`). Left to others: which generation is current (`rag.index.snapshots`),
whether files are as they were built (`rag.index.manifest`), what to look for (`rag.retrieval.search`).
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.errors import IndexFault
from rag.index import manifest
from rag.index.bm25 import BM25Index
from rag.index.documents import DocumentStore, open_documents
from rag.index.filter_mask import AllowedRows, ArticleFacets
from rag.index.vectors import VectorIndex

_FEW = 2_000  # passages that are read and compared one by one in a few milliseconds
_EXACT = 800  # neighbours that Chroma finds without a miss: its `ef_search`


class Segment:
    """What is derived from one part of the record. Given back with the last reference."""

    def __init__(
        self, told: str, vectors: VectorIndex, keywords: BM25Index, rows: npt.NDArray[np.int64]
    ) -> None:
        self.told = told  # its manifest, which names the hash of each file
        self.vectors = vectors
        self.keywords = keywords
        self.rows = rows  # of its passages, ascending
        self.close = weakref.finalize(self, VectorIndex.close, vectors)
        self.close.atexit = False

    @classmethod
    def open(cls, folder: Path) -> Segment:
        """Open the part in `folder`, if each of its files is as it was built.

        Raises:
            IndexFault: a file is missing, damaged, or does not agree with the others.
        """
        if wrong := manifest.changed_files(folder):
            # what nobody seems to have changed is found by reading all of it alone
            thorough = " --rebuild" if not manifest.changed_files(folder, hashed=False) else ""
            raise damage(folder, f"{', '.join(wrong[:3])} not as built", thorough)
        try:
            keywords = BM25Index.load(folder / "keywords")
        except Exception as error:
            told = f"the keyword index does not open: {type(error).__name__}"
            raise damage(folder, told) from error
        records = DocumentStore.open(folder / manifest.RECORD)
        rows = np.asarray(records.row_numbers(), dtype=np.int64)
        records.close()
        vectors = VectorIndex.open(folder / "chroma")
        held = (len(rows), vectors.count(), keywords.rows)
        if len(set(held)) != 1:
            vectors.close()
            told = f"{held[0]} recorded, {held[1]} as vectors, {held[2]} as keywords"
            raise damage(folder, f"passages: {told}")
        return cls((folder / manifest.NAME).read_text(), vectors, keywords, rows)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A record and its parts, oldest first."""

    folder: Path
    documents: DocumentStore
    segments: Sequence[Segment]

    def __post_init__(self) -> None:
        weakref.finalize(self, DocumentStore.close, self.documents).atexit = False

    @classmethod
    def open(cls, folder: Path, before: Snapshot | None = None) -> Snapshot:
        """Open the generation in `folder`, and take the parts that are open in `before` already.

        Raises:
            IndexFault: a file is missing, damaged, or does not agree with the others.
        """
        shared = {part.told: part for part in before.segments} if before else {}
        parts = [
            shared.get((each / manifest.NAME).read_text(errors="replace")) or Segment.open(each)
            for each in manifest.segment_dirs(folder)
        ]
        return cls(folder, open_documents(folder), parts)

    @classmethod
    def newest_part(cls, folder: Path) -> Snapshot:
        """The newest part of the generation in `folder` as if there were no other."""
        part = Segment.open(folder)
        return cls(folder, DocumentStore.open(folder / manifest.RECORD), [part])

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @cached_property
    def rows(self) -> npt.NDArray[np.int64]:
        """Rows of all passages, ascending."""
        return np.concatenate([part.rows for part in self.segments])

    @cached_property
    def keywords(self) -> BM25Index:
        """The keyword index of all passages, in the order of `rows`."""
        return BM25Index.combine([part.keywords for part in self.segments])

    @cached_property
    def facets(self) -> ArticleFacets:
        """What a filter asks of all articles; read at the first filter."""
        return ArticleFacets(self.documents, self.rows)

    def nearest(
        self, vector: npt.NDArray[np.float32], number: int, within: AllowedRows | None = None
    ) -> list[int]:
        """Rows nearest to the unit `vector`, best first, at most `number`, of `within` alone.

        Chroma takes a filter as a list of names, which is slow where it is long: few rows are
        searched by reading all, and of most rows the nearest that pass are taken from more.
        """
        if within is None:
            return self._nearest(vector, number)
        if len(within.rows) <= _FEW:
            rows = within.rows
            near = self.documents.vectors(rows.tolist()) @ vector if within else np.zeros(0)
            return [int(row) for row in rows[np.argsort(-near, kind="stable")[:number]]]
        more = 2 * number * len(self.rows) // len(within.rows)
        if more <= _EXACT:
            found = self._nearest(vector, more)
            position = np.searchsorted(self.rows, found)
            passing = [row for row, at in zip(found, position, strict=True) if within.mask[at]]
            if len(passing) >= number:
                return passing[:number]
        return self._nearest(vector, number, within.rows)

    def _nearest(
        self,
        vector: npt.NDArray[np.float32],
        number: int,
        rows: npt.NDArray[np.int64] | None = None,
    ) -> list[int]:
        """The nearest of all parts, of `rows` alone where they are given."""
        found: dict[int, float] = {}
        for part in self.segments:
            own = None
            if rows is not None:
                first, last = np.searchsorted(rows, [part.rows[0], part.rows[-1] + 1])
                own = rows[first:last].tolist()
            found.update(part.vectors.nearest(vector, number, own))
        return sorted(found, key=lambda row: found[row])[:number]

    def close(self) -> None:
        """Give back all files now, also of parts that another generation shares."""
        self.documents.close()
        for part in self.segments:
            part.close()


def damage(folder: Path, told: str, how: str = "") -> IndexFault:
    """What to say of a generation that is not as it was built; `how` it is mended."""
    return IndexFault(f"the index in {folder} is damaged ({told}): type `rag index{how}`")

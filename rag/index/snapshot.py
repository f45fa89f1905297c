"""One complete version of an index, open for reading: its segments searched as one.

In:  the folder of a snapshot; the snapshot that was open before, whose segments are reused.
Out: a `Snapshot`, which never changes. A damaged one is refused with a message.

    <snapshot>/records.sqlite, chroma/, keywords/, trigrams/, manifest.json    its newest segment
    <snapshot>/base/                                                           the older ones

Most snapshots have one segment. A large index to which few articles were added reuses its older
segments (`rag.index.merge_policy`). Left to others: which snapshot is current
(`rag.index.snapshots`), whether files are unchanged (`rag.index.manifest`), what to search for
(`rag.retrieval.search`).
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.errors import IndexFault
from rag.index import manifest
from rag.index.bm25 import BM25Index
from rag.index.browse import TrigramIndex
from rag.index.companions.corrections import NO_CORRECTIONS, Corrections
from rag.index.copies.origins import Origins
from rag.index.documents import DocumentStore, open_documents, open_segment
from rag.index.filter_mask import AllowedRows, ArticleFacets
from rag.index.manifest import FileCheck
from rag.index.records.local import LOCAL_RECORDS
from rag.index.records.store import RecordStore
from rag.index.vectors.local import LocalVectors
from rag.index.vectors.store import VectorIndex, VectorStore
from rag.types import Article

log = logging.getLogger(__name__)
_FEW = 2_000  # passages that are read and compared one by one in a few milliseconds
_EXACT = 800  # neighbours that Chroma finds without a miss: its `ef_search`
_LOCAL = LocalVectors()


class Segment:
    """What is derived from the documents of one segment.

    `manifest_text` contains the hash of each file, and so identifies it; `rows`: of its passages,
    ascending. Its files are closed by `close()`, or with the last reference.
    """

    def __init__(
        self,
        manifest_text: str,
        vectors: VectorIndex,
        keywords: BM25Index,
        rows: npt.NDArray[np.int64],
        trigrams: TrigramIndex | None = None,
    ) -> None:
        self.manifest_text = manifest_text
        self.vectors = vectors
        self.keywords = keywords
        self.rows = rows
        self.trigrams = trigrams
        self.close = weakref.finalize(self, _close, vectors, trigrams)
        self.close.atexit = False

    @classmethod
    def open(
        cls, folder: Path, store: VectorStore = _LOCAL, records: RecordStore = LOCAL_RECORDS
    ) -> Segment:
        """Open the segment in `folder`, if each of its files is as it was built.

        Raises:
            IndexFault: a file is missing, damaged, or does not agree with the others; or the store
                of its vectors fails.
        """
        if changed := manifest.changed_files(folder):
            # `rag index` trusts times; damage that leaves them alone takes a complete check
            unnoticed = not manifest.changed_files(folder, FileCheck.TIME)
            flag = " --rebuild" if unnoticed else ""
            raise damaged_index(folder, f"{', '.join(changed[:3])} not as built", flag)
        documents = open_segment(folder, records)
        try:
            keywords = _open_keywords(folder / "keywords", documents)
            rows = np.asarray(documents.row_numbers(), dtype=np.int64)
        finally:
            documents.close()
        vectors = store.open(folder / "chroma")
        counts = (len(rows), vectors.count(), keywords.rows)
        if len(set(counts)) != 1:
            vectors.close()
            problem = f"{counts[0]} stored, {counts[1]} as vectors, {counts[2]} as keywords"
            raise damaged_index(folder, f"passages: {problem}")
        trigrams = TrigramIndex.open(folder / "trigrams")
        return cls(
            (folder / manifest.NAME).read_text(encoding="utf-8"), vectors, keywords, rows, trigrams
        )


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The documents of an index and its segments, oldest first."""

    folder: Path
    documents: DocumentStore
    segments: Sequence[Segment]

    def __post_init__(self) -> None:
        weakref.finalize(self, DocumentStore.close, self.documents).atexit = False

    @classmethod
    def open(
        cls,
        folder: Path,
        before: Snapshot | None = None,
        corrections: Corrections = NO_CORRECTIONS,
        store: VectorStore = _LOCAL,
        records: RecordStore = LOCAL_RECORDS,
    ) -> Snapshot:
        """Open the snapshot in `folder`, reusing the segments that are open in `before`.

        `corrections` are put over the records, which are in `records`; vectors are in `store`.

        Raises:
            IndexFault: a file is missing, damaged, or does not agree with the others.
        """
        open_before = {each.manifest_text: each for each in before.segments} if before else {}
        segments = [
            open_before.get((each / manifest.NAME).read_text(encoding="utf-8", errors="replace"))
            or Segment.open(each, store, records)
            for each in manifest.segment_dirs(folder)
        ]
        return cls(folder, open_documents(folder, corrections, records), segments)

    @classmethod
    def newest_segment(
        cls, folder: Path, store: VectorStore = _LOCAL, records: RecordStore = LOCAL_RECORDS
    ) -> Snapshot:
        """The newest segment of the snapshot in `folder`, as if there were no other."""
        segment = Segment.open(folder, store, records)
        return cls(folder, open_segment(folder, records), [segment])

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @cached_property
    def rows(self) -> npt.NDArray[np.int64]:
        """Rows of all passages, ascending, shape [passages]."""
        return np.concatenate([segment.rows for segment in self.segments])

    @cached_property
    def keywords(self) -> BM25Index:
        """The keyword index of all passages, in the order of `rows`."""
        return BM25Index.combine([segment.keywords for segment in self.segments])

    @cached_property
    def facets(self) -> ArticleFacets:
        """Dates, outlets, authors and folders of all articles; loaded when first needed."""
        return ArticleFacets(self.documents, self.rows)

    @cached_property
    def origins(self) -> Origins:
        """The origins that articles share; loaded when first needed."""
        return Origins.of(self.documents)

    def article(self, id: str) -> Article:
        """One article, and which it is a copy of. Raises `KeyError` if there is none of that id."""
        return replace(self.documents.article(id), copy_of=self.origins.origin_of(id))

    def nearest(
        self, vector: npt.NDArray[np.float32], k: int, allowed: AllowedRows | None = None
    ) -> list[int]:
        """At most `k` rows nearest to the unit `vector`, nearest first, of `allowed` alone.

        Chroma takes a filter as a list of ids, which is slow for a long list. So a few rows are
        compared one by one, and where most rows are allowed, more neighbours are fetched without a
        filter and those that are not allowed are dropped.
        """
        if allowed is None:
            return self._nearest(vector, k)
        if len(allowed.rows) <= _FEW:
            rows = allowed.rows
            near = self.documents.vectors(rows.tolist()) @ vector if allowed else np.zeros(0)
            return [int(row) for row in rows[np.argsort(-near, kind="stable")[:k]]]
        more = 2 * k * len(self.rows) // len(allowed.rows)
        if more <= _EXACT:
            neighbours = self._nearest(vector, more)
            positions = np.searchsorted(self.rows, neighbours)
            passing = [
                row for row, at in zip(neighbours, positions, strict=True) if allowed.mask[at]
            ]
            if len(passing) >= k:
                return passing[:k]
        return self._nearest(vector, k, allowed.rows)

    def _nearest(
        self,
        vector: npt.NDArray[np.float32],
        k: int,
        rows: npt.NDArray[np.int64] | None = None,
    ) -> list[int]:
        """The nearest rows of all segments, of `rows` alone where given."""
        distances: dict[int, float] = {}
        for segment in self.segments:
            own = None
            if rows is not None:
                first, last = np.searchsorted(rows, [segment.rows[0], segment.rows[-1] + 1])
                own = rows[first:last].tolist()
            distances.update(segment.vectors.nearest(vector, k, own))
        return sorted(distances, key=lambda row: distances[row])[:k]

    def close(self) -> None:
        """Close all files now, including those of segments that another snapshot shares."""
        self.documents.close()
        for segment in self.segments:
            segment.close()


def _open_keywords(folder: Path, documents: DocumentStore) -> BM25Index:
    """The keyword index in `folder`; one of another version is built anew from `documents`.

    Raises:
        IndexFault: its files do not open.
    """
    if BM25Index.is_outdated(folder):
        log.warning("rag: the keywords of an earlier version are read anew: type `rag index` once")
        return BM25Index.build(documents.contextualized_texts())
    try:
        return BM25Index.load(folder)
    except Exception as error:
        problem = f"the keyword index does not open: {type(error).__name__}"
        raise damaged_index(folder.parent, problem) from error


def damaged_index(folder: Path, problem: str, flag: str = "") -> IndexFault:
    """The error for an index that differs from what was built; `flag`: of the command to repair."""
    return IndexFault(f"the index in {folder} is damaged ({problem}): type `rag index{flag}`")


def _close(vectors: VectorIndex, trigrams: TrigramIndex | None) -> None:
    vectors.close()
    if trigrams:
        trigrams.close()

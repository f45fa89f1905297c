"""Check that a snapshot is right, not only complete, in a process of its own.

    python -m rag.index.verify FOLDER [--all] [--chroma URL]

In:  the folder of a snapshot, published or not.
Out: a `VerificationReport`, or one line that says what is wrong.
Left to others: what to do then (`rag.index.build`, `rag.cli.doctor`).

Only the newest segment is checked: the older ones were when they were new, and have not been
written since. `--all` checks every segment. A process of its own, because a broken Chroma file can
crash the process that reads it, and because only a fresh one reads what is on the disk. It loads no
model.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from rag.errors import IndexFault, RagError
from rag.index import manifest
from rag.index.documents import DocumentStore, open_documents
from rag.index.records.store import RecordStore, record_store
from rag.index.snapshot import Snapshot
from rag.index.vectors.store import VectorStore, vector_store
from rag.runtime.worker_process import Worker, describe_exit

LEAST_RECALL = 0.99
_NEAREST = 10
_SAMPLE = 100  # stored vectors that are searched for
_AS_NEAR = 1e-3  # cosine; the embedder takes half-precision weights that differ by as much
_BATCH = 20  # of these; one pass over all vectors serves a whole batch
_SECONDS = 600
_RECORD_PLACE = "FOOTNOTED_RECORD_PLACE"  # a variable of the child process
_CODE = "from rag.index.verify import main; sys.exit(main(sys.argv[1:]))"


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """Counts, and recall@10 of Chroma against exact search."""

    articles: int
    passages: int
    recall: float


def verify_in_subprocess(
    folder: Path, *, all_segments: bool = False, place: str = "", record_place: str = ""
) -> VerificationReport:
    """Verify the snapshot in `folder` in a fresh process.

    Its vectors are at `place`, its record at `record_place` (see `SnapshotStore`).

    Raises:
        IndexFault: it is damaged, or its segments contradict each other; or the process died.
    """
    flags = ["--all"] if all_segments else []
    flags += ["--place", place] if place else []
    arguments = (str(folder.absolute()), *flags)
    try:
        # not as an argument, which other users of this machine can read: it may have a password
        process = Worker(_CODE, arguments, {_RECORD_PLACE: record_place}).run(_SECONDS)
    except subprocess.TimeoutExpired:
        raise _verification_error(folder, f"not read within {_SECONDS} s") from None
    if process.returncode == 0:
        return VerificationReport(**json.loads(process.stdout))
    if process.returncode < 0:
        raise _verification_error(folder, f"reading it ends in {describe_exit(process.returncode)}")
    raise IndexFault((process.stderr.strip().splitlines() or [f"{folder} is not readable"])[-1])


def verify(
    folder: Path, *, all_segments: bool = False, place: str = "", record_place: str = ""
) -> VerificationReport:
    """Verify the snapshot in this process. Raises as `verify_in_subprocess` does."""
    store, records = vector_store(place, folder.parent), record_store(record_place, folder.parent)
    recall = min(
        _verify_segment(segment, store, records)
        for segment in manifest.segment_dirs(folder)
        if all_segments or segment == folder
    )
    documents = open_documents(folder, records=records)
    try:
        return VerificationReport(*documents.counts(), recall)
    finally:
        documents.close()


def _verify_segment(segment: Path, store: VectorStore, records: RecordStore) -> float:
    """Verify one segment. Recall@10 of its vectors."""
    snapshot = Snapshot.newest_segment(segment, store, records)
    documents = open_documents(segment, records=records)
    try:
        if problem := find_corruption(documents, snapshot.documents):
            raise _verification_error(segment, problem)
        recall = recall_of(snapshot)
        if recall < LEAST_RECALL:
            problem = f"{_store(segment)} finds {recall:.3f} of the nearest passages"
            raise _verification_error(segment, problem)
        return recall
    finally:
        snapshot.close()
        documents.close()


def find_corruption(documents: DocumentStore, own: DocumentStore | None = None) -> str | None:
    """What is wrong with the newest segment of `documents`, in plain words; None if nothing is.

    `own`: the documents of that segment alone, if there are others.
    """
    own = own or documents
    if (result := own.integrity()) != "ok":
        return result
    for text, places in documents.bodies():
        for start, end, passage in places:
            if text[start:end] != passage:
                return f"a passage differs from its article at {start}: {passage[:40]!r}"
    if rows := own.counts()[1]:
        lengths = np.linalg.norm(own.all_vectors(rows), axis=1)
        if wrong := int(np.sum(~(np.abs(lengths - 1) < 1e-3))):
            return f"{wrong} vectors are not finite or not of length 1"
    return None


def recall_of(snapshot: Snapshot) -> float:
    """Recall@10 against exact search, over a sample of the stored vectors.

    A passage as near as the tenth counts as a hit, within what a vector is exact to: copies, and
    texts that say the same of other days or places, are equally good.
    """
    vectors = snapshot.documents.all_vectors(len(snapshot.rows))
    k = min(_NEAREST, len(vectors))
    position = {int(row): place for place, row in enumerate(snapshot.rows)}
    sample = np.linspace(0, len(vectors) - 1, min(_SAMPLE, len(vectors))).astype(int)
    hits = 0
    for batch in np.array_split(sample, -(-len(sample) // _BATCH)):
        for number, cosines in zip(batch, vectors[batch] @ vectors.T, strict=True):
            threshold = np.partition(cosines, -k)[-k] - _AS_NEAR
            rows = snapshot.nearest(vectors[number], k)
            hits += sum(cosines[position[row]] >= threshold for row in rows)
    return float(hits / (k * len(sample)))


def _store(segment: Path) -> str:
    return manifest.fingerprint(segment).vector_store.capitalize()


def _verification_error(folder: Path, problem: str) -> IndexFault:
    return IndexFault(
        f"the index in {folder} fails verification ({problem}): type `rag index --rebuild`"
    )


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rag.index.verify")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="every segment")
    parser.add_argument("--place", default="", help="where its vectors are, if not in Chroma here")
    return parser


def main(arguments: list[str]) -> int:
    """The child process: print the report, or one line that says what is wrong."""
    try:
        options = _options().parse_args(arguments)
        report = verify(
            options.folder,
            all_segments=options.all,
            place=options.place,
            record_place=os.environ.get(_RECORD_PLACE, ""),
        )
    except (RagError, OSError, MemoryError) as error:
        sys.stderr.write(f"{error or type(error).__name__}\n")
        return 1
    sys.stdout.write(json.dumps(asdict(report)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Is a generation right, not only whole? Asked in a process of its own, before it is published.

    python -m rag.index.verify FOLDER [--all]

In:  the folder of a generation, published or not.
Out: a `VerificationReport`, or one line that says what does not hold. Of several parts the newest is proven: the
     others were when they were new, and are not written to. `--all` proves them all again.
Left to others: what is done then (`rag.index.build`, `rag.cli.doctor`).

A process of its own, because a broken Chroma file can end the one that reads it, and because only
a fresh one reads what is on the disk. It loads no model.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from rag.errors import IndexFault, RagError
from rag.index import manifest
from rag.index.documents import DocumentStore, open_documents
from rag.index.snapshot import Snapshot

LEAST_RECALL = 0.99
_NEAREST = 10
_SAMPLE = 100  # stored vectors that are searched for
_AT_ONCE = 20  # of these; the vectors are read from memory once for all of them
_SECONDS = 600


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """What was counted and measured; recall@10 is of Chroma against exact search."""

    articles: int
    passages: int
    recall: float


def verify_in_subprocess(folder: Path, *, all_parts: bool = False) -> VerificationReport:
    """Verify the generation in `folder` in a fresh process.

    Raises:
        IndexFault: it is damaged, or its parts do not bear each other out; or the process died.
    """
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-P", "-m", "rag.index.verify", str(folder.absolute())]
    try:
        done = subprocess.run(
            [*command, *(["--all"] if all_parts else [])],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env={**os.environ, "PYTHONPATH": path},
        )
    except subprocess.TimeoutExpired:
        raise _unproven(folder, f"not read within {_SECONDS} s") from None
    if done.returncode == 0:
        return VerificationReport(**json.loads(done.stdout))
    if done.returncode < 0:
        raise _unproven(folder, f"reading it ends in {signal.Signals(-done.returncode).name}")
    raise IndexFault((done.stderr.strip().splitlines() or [f"{folder} is not readable"])[-1])


def verify(folder: Path, *, all_parts: bool = False) -> VerificationReport:
    """The same in this process."""
    recall = min(
        _verified(part) for part in manifest.segment_dirs(folder) if all_parts or part == folder
    )
    whole = open_documents(folder)
    try:
        return VerificationReport(*whole.counts(), recall)
    finally:
        whole.close()


def _verified(part: Path) -> float:
    """Verify one part. Recall@10 of its vectors."""
    opened, records = Snapshot.newest_part(part), open_documents(part)
    try:
        if told := find_corruption(records, opened.documents):
            raise _unproven(part, told)
        recall = recall_of(opened)
        if recall < LEAST_RECALL:
            raise _unproven(part, f"Chroma finds {recall:.3f} of the nearest passages")
        return recall
    finally:
        opened.close()
        records.close()


def find_corruption(records: DocumentStore, own: DocumentStore | None = None) -> str | None:
    """What is wrong with the newest part of `records`, in a person's words; None if it is sound.

    `own` holds that part alone, where there are others.
    """
    own = own or records
    if (told := own.integrity()) != "ok":
        return f"SQLite finds {told}"
    for text, places in records.bodies():
        for start, end, passage in places:
            if text[start:end] != passage:
                return f"a passage is not what its article says at {start}: {passage[:40]!r}"
    if rows := own.counts()[1]:
        lengths = np.linalg.norm(own.all_vectors(rows), axis=1)
        if wrong := int(np.sum(~(np.abs(lengths - 1) < 1e-3))):
            return f"{wrong} vectors are not finite or not of length 1"
    return None


def recall_of(opened: Snapshot) -> float:
    """Recall@10 against exact search, over a sample of the stored vectors.

    A passage as near as the tenth counts as found: copies are as good as each other.
    """
    vectors = opened.documents.all_vectors(len(opened.rows))
    k = min(_NEAREST, len(vectors))
    position = {int(row): place for place, row in enumerate(opened.rows)}
    sample = np.linspace(0, len(vectors) - 1, min(_SAMPLE, len(vectors))).astype(int)
    found = 0
    for few in np.array_split(sample, -(-len(sample) // _AT_ONCE)):
        for each, near in zip(few, vectors[few] @ vectors.T, strict=True):
            border = np.partition(near, -k)[-k] - 1e-5
            rows = opened.nearest(vectors[each], k)
            found += sum(near[position[row]] >= border for row in rows)
    return float(found / (k * len(sample)))


def _unproven(folder: Path, told: str) -> IndexFault:
    return IndexFault(f"the index in {folder} does not hold ({told}): type `rag index --rebuild`")


def main(arguments: list[str]) -> int:
    """The child: print the proof, or one line that says why there is none."""
    try:
        proof = verify(Path(arguments[0]), all_parts="--all" in arguments)
    except (RagError, OSError, MemoryError) as error:
        sys.stderr.write(f"{error or type(error).__name__}\n")
        return 1
    sys.stdout.write(json.dumps(asdict(proof)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

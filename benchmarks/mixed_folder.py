"""A folder of files of all kinds, each labelled when it is made: what becomes of it when indexed.

    python -m benchmarks.mixed_folder [--count N] [--seed N] [--folder FOLDER]

In:  `benchmarks.mixed_files`: files that are read, and files that must not be.
Out: by kind of file, each file whose verdict is not its label; files a second of parsing and of
     `rag.index.build.build_index`, whose vectors are those of an embedder that takes no time; the
     most memory of all its processes. Exit 1 where a verdict differs.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import numpy as np

from benchmarks.common import describe_machine, markdown_table
from benchmarks.mixed_files import LabelledFile, mixed_files, write_files
from benchmarks.retrieval import SyntheticEmbedder
from rag.index import build
from rag.ingest.corpus import Corpus
from rag.ingest.ledger import FileVerdict, ledger
from rag.models.registry import get_card
from rag.settings import Settings

SEED = 20
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_INTERVAL = 0.1  # seconds between two looks at the memory


@dataclass
class Memory:
    """The most memory (resident bytes) of this process and all below it, and of the largest."""

    whole: int = 0
    largest: int = 0


def mismatches(
    files: Iterable[LabelledFile], verdicts: Iterable[FileVerdict]
) -> dict[str, list[str]]:
    """By kind, a line for each file or part whose verdicts are not those of its label."""
    given: dict[str, list[str]] = defaultdict(list)
    details: dict[str, str] = {}
    for each in verdicts:
        given[_key(each.name)].append(each.verdict)
        details[_key(each.name)] = each.detail
    differ: dict[str, list[str]] = defaultdict(list)
    labelled: dict[str, tuple[str, list[str]]] = {}
    for file in files:
        for name, verdict in file.verdicts:
            labelled.setdefault(_key(name), (file.kind, []))[1].append(verdict)
    for name, (kind, label) in labelled.items():
        verdict = given.pop(name, [])
        if sorted(set(verdict)) != sorted(set(label)):
            detail = details.get(name, "")
            differ[kind].append(f"{name}: {verdict or 'no verdict'}, not {label} ({detail})")
    for name, verdict in given.items():
        differ["not labelled"].append(f"{name}: {verdict} ({details[name]})")
    return dict(differ)


def _key(name: str) -> str:
    """The name of a file or part; of a capture of a web archive without its address."""
    return name.partition(" (http")[0]


@contextmanager
def measured_memory() -> Iterator[Memory]:
    """The memory of this process and those below it while the block runs; 0 where not known."""
    memory, done = Memory(), threading.Event()

    def watch() -> None:
        while not done.wait(_INTERVAL):
            sizes = list(_tree_sizes())
            memory.whole = max(memory.whole, sum(sizes))
            memory.largest = max(memory.largest, *sizes, 0)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield memory
    finally:
        done.set()
        watcher.join()


def _tree_sizes() -> Iterator[int]:
    """The resident bytes of this process and of each below it."""
    parents: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            sizes[int(folder.name)] = int((folder / "statm").read_text().split()[1]) * _PAGE
        except (OSError, IndexError):  # it ended meanwhile
            continue
        parents[int(folder.name)] = int(fields[1])
    for process, size in sizes.items():
        above = process
        while above != os.getpid() and above in parents:
            above = parents[above]
        if above == os.getpid():
            yield size


def index_folder(corpus: Path, index: Path) -> build.IndexReport:
    """Index `corpus` by the real pipeline but for its vectors, which take no time."""
    settings = replace(Settings.load(), corpus=corpus, index=index)
    dimensions = get_card(settings.embedder).dimensions
    vectors = np.random.default_rng(SEED).standard_normal((64, dimensions)).astype(np.float32)
    embedder = SyntheticEmbedder(vectors)
    with (
        mock.patch.object(build, "open_embedder", lambda _: embedder),
    ):
        return build.build_index(settings)


def measure(folder: Path, files: Sequence[LabelledFile]) -> tuple[dict[str, list[str]], list[str]]:
    """What differs, and the cells of the table, for `files`, which are written below `folder`."""
    corpus = folder / "corpus"
    write_files(files, corpus)
    began = time.monotonic()
    with measured_memory() as parsing:
        alone = ledger(Corpus.open(corpus))
    parsed = time.monotonic()
    with measured_memory() as indexing:
        report = index_folder(corpus, folder / "index")
    ended = time.monotonic()
    differ = mismatches(files, report.ledger)
    if list(report.ledger) != alone:
        differ["the index and --dry-run"] = [str(set(alone) ^ set(report.ledger))]
    cells = [
        f"{len(files):,}",
        str(sum(map(len, differ.values()))),
        f"{len(files) / (parsed - began):.0f}",
        f"{len(files) / (ended - parsed):.0f}",
        f"{parsing.whole >> 20}",
        f"{indexing.whole >> 20}",
        f"{indexing.largest >> 20}",
    ]
    return differ, cells


def main() -> int:
    """Make the folder, index it, print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.mixed_folder", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--count", type=int, default=1_000, help="files")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--folder", type=Path, help="where the files remain; else none does")
    options = parser.parse_args()
    files = mixed_files(options.count, options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        differ, cells = measure(options.folder or Path(temporary), files)
    for kind, lines in sorted(differ.items()):
        print(f"{kind}:")
        print("\n".join(f"  {line}" for line in lines))
    labels = Counter(verdict for file in files for _, verdict in file.verdicts)
    kinds = len({file.kind for file in files})
    print(f"\n{kinds} kinds; labels: " + "; ".join(f"{n} {v}" for v, n in labels.most_common()))
    print(f"{describe_machine()}\n")
    head = ["files", "mismatches", "files/s parsed", "files/s indexed", "MB parsing",
            "MB indexing", "MB largest process"]  # fmt: skip
    print(markdown_table(head, [cells]))
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())

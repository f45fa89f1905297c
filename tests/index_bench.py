"""A corpus, an index over it, and ways to harm them: for the fault tests and for the soak.

A run of `rag index` is a process of its own, forked from one that has the libraries loaded, with
the toy embedder; everything else in it is real. What was embedded stands in a log.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import bm25s  # noqa: F401 - loaded once, before the fork
import chromadb  # noqa: F401
import numpy as np
from tqdm import tqdm

from rag.errors import RagError
from rag.index import build as indexing
from rag.index import merge_policy as growth
from rag.index.bm25 import BM25Index
from rag.index.document_writer import content_hash
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.index.verify import find_corruption, recall_of, verify
from rag.ingest.chunking import chunk_article
from rag.ingest.corpus import Corpus, SkippedFile
from rag.settings import Settings
from rag.types import Article
from tests.conftest import ToyEncoder

tqdm.set_lock(threading.RLock())  # of threads: one of processes would outlive a killed run
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.index_bench"])
_TOUCHES = {
    *("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"),
    *("shutil.rmtree", "shutil.copytree", "sqlite3.connect", "subprocess.Popen"),
}
Contents = dict[str, tuple[str, dict[str, bytes]]]  # id: hash, vector by passage text


@dataclass(frozen=True)
class How:
    """How a run is to go."""

    rebuild: bool = False
    parts: bool = False  # what is new is never joined with the parts before, however small
    apart: bool = False  # proven in a fresh process, as in earnest (2 s more)
    dies_at: int = 0  # killed when it touches a file of the index for the n-th time
    largest_file: int = 0  # bytes, as if the disk were full
    seconds_a_passage: float = 0.0  # an embedder that takes its time


class _Logging(ToyEncoder):
    def __init__(self, log: Path, seconds: float = 0.0) -> None:
        self._log = log
        self._seconds = seconds

    def encode(self, texts, progress=None):
        time.sleep(self._seconds * len(texts))
        with self._log.open("a") as log:
            log.write("".join(f"{text!r}\n" for text in texts))
        return super().encode(texts)


@contextmanager
def toys(log: Path, how: How = How()) -> Iterator[None]:
    """The toy embedder in place of the real one; proof in this process unless `apart`."""
    encoder = _Logging(log, how.seconds_a_passage)
    with (
        mock.patch.object(indexing.Embedder, "open", lambda _: encoder),
        mock.patch.object(indexing, "verify_model", lambda *_: log),
        mock.patch.object(
            indexing, "verify_in_subprocess", indexing.verify_in_subprocess if how.apart else verify
        ),
        mock.patch.object(growth, "SMALL", 0 if how.parts else growth.SMALL),
        mock.patch.object(growth, "_TIMES", 0 if how.parts else growth._TIMES),
    ):
        yield


def _run(settings: Settings, log: Path, said: Path, how: How) -> None:
    sys.stderr = said.open("w")
    if how.largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (how.largest_file, how.largest_file))
    touched = 0

    def hook(event: str, values: tuple[object, ...]) -> None:
        nonlocal touched
        if event in _TOUCHES and any(str(settings.index) in str(value) for value in values):
            touched += 1
            if touched == how.dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    try:
        with toys(log, how):
            told = str(indexing.build_index(settings, rebuild=how.rebuild))
    except RagError as error:
        told = f"rag: {error}"
    said.write_text(f"{told}\n{touched}")
    sys.exit(int(told.startswith("rag:")))


class Bench:
    """`articles` articles in one dump in `folder`, and the index over them."""

    def __init__(self, folder: Path, articles: int, seed: int = 1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.settings = Settings(corpus=folder / "dump.jsonl", index=folder / "index")
        self.log = folder / "embedded"
        self._said = folder / "said"
        self.random = random.Random(seed)
        self._words = ["".join(self.random.choices("abcdefghijklmnopqrstuvwxyz", k=6))
                       for _ in range(500)]  # fmt: skip
        self.texts = {f"a{n}": self.text() for n in range(articles)}
        self.gone: list[str] = []  # texts that were removed or changed
        self._next = articles
        self.write()

    def text(self) -> str:
        """A new text of three sentences."""
        return " ".join(
            " ".join(self.random.choices(self._words, k=14)).capitalize() + "." for _ in range(3)
        )

    def write(self) -> None:
        """Bring the dump up to date with `texts`."""
        lines = [{"id": id, "title": f"On {id}", "text": t} for id, t in self.texts.items()]
        self.settings.corpus.write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    def change(self) -> None:
        """Add a tenth, change a tenth, remove a tenth."""
        some = max(1, len(self.texts) // 10)
        for id in self.random.sample(sorted(self.texts), some):
            self.gone.append(self.texts[id])
            self.texts[id] = self.text()
        for id in self.random.sample(sorted(self.texts), some):
            self.gone.append(self.texts.pop(id))
        for _ in range(some):
            self.texts[f"a{self._next}"] = self.text()
            self._next += 1
        self.write()

    def start(self, how: How = How()) -> multiprocessing.process.BaseProcess:
        """Begin a run; kill it, or `end` it."""
        run = _FORKING.Process(target=_run, args=(self.settings, self.log, self._said, how))
        run.start()
        return run

    def run(self, how: How = How()) -> tuple[int, str, int]:
        """Exit status of a whole run, the line it said, how often it touched the index."""
        self._said.write_text("")
        run = self.start(how)
        run.join(300)
        told, _, touched = self._said.read_text().partition("\n")
        return run.exitcode if run.exitcode is not None else -1, told, int(touched or 0)

    def embedded(self) -> int:
        """How many passages were embedded since this was last asked."""
        lines = self.logged()
        self.log.unlink(missing_ok=True)
        return lines

    def logged(self) -> int:
        """How many so far."""
        return self.log.read_bytes().count(b"\n") if self.log.exists() else 0

    def current(self) -> Path:
        """The folder that `CURRENT` names."""
        found = SnapshotStore(self.settings.index).current()
        assert found is not None
        return found

    def wanted(self) -> Contents:
        """What an index of the corpus must hold, worked out without one."""
        toy = ToyEncoder()
        wanted: Contents = {}
        for each in Corpus.open(self.settings.corpus):
            assert not isinstance(each, SkippedFile)
            assert isinstance(each, Article)
            texts = [p.text for p in chunk_article(each, toy.count, self.settings.passage_tokens)]
            vectors = {t: v.tobytes() for t, v in zip(texts, toy.encode(texts), strict=True)}
            wanted[each.id] = content_hash(each), vectors
        return wanted

    def held(self) -> tuple[Contents, float]:
        """What the index holds, and recall@10. `IndexFault` where it is refused, as in a chat."""
        wanted = indexing.expected_fingerprint(self.settings)
        opened = Snapshot.open(SnapshotStore(self.settings.index).require_compatible(wanted))
        try:
            records = opened.documents
            assert find_corruption(records) is None
            rows, texts = records.row_numbers(), records.texts()
            again = BM25Index.build(indexing.contextualized_texts(records, texts))
            for word in self.random.sample(self._words, 3):
                assert np.array_equal(opened.keywords.scores([word]), again.scores([word]))
            held: Contents = {}
            for id, (digest, _) in records.origins().items():
                found = records.passages(records.rows_of([id]), [id]).values()
                held[id] = digest, {passage.text: v.tobytes() for passage, v in found}
            assert len(rows) == len({text for _, own in held.values() for text in own})
            return held, recall_of(opened)
        finally:
            opened.close()


def damages(path: Path, rng: random.Random) -> Iterator[str]:
    """Harm a file in one way after another; it is whole again before the next."""
    whole = path.read_bytes()
    middle = rng.randrange(len(whole)) if whole else 0
    ways = {
        "cut in half": whole[: len(whole) // 2],
        "removed": None,
        "overwritten with 0xff": b"\xff" * len(whole),
        "one byte turned": whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
        if whole
        else b"\x00",
    }
    for way, content in ways.items():
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        yield way
        if path.parent.is_dir():
            path.write_bytes(whole)

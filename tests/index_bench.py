"""A corpus, an index over it, and ways to damage them: for the fault tests and the soak.

A run of `rag index` is a process of its own, forked from one that has the libraries loaded, with
the toy embedder; everything else in it is real. Each text that is embedded is written to a log.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import bm25s  # noqa: F401 - loaded once, before the fork
import chromadb  # noqa: F401
import numpy as np
from tqdm import tqdm

from rag.errors import RagError
from rag.index import build, merge_policy
from rag.index.bm25 import BM25Index
from rag.index.browse import ArticleBrowser
from rag.index.document_writer import content_hash
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.index.verify import find_corruption, recall_of, verify
from rag.ingest.chunking import chunk_article
from rag.ingest.corpus import Corpus, SkippedFile
from rag.settings import Settings
from rag.types import Article
from tests.conftest import ToyEmbedder
from tests.postgres import end_connections, kill_all

with suppress(ImportError):  # an extra
    import pg8000.native  # noqa: F401

tqdm.set_lock(threading.RLock())  # of threads: one of processes would outlive a killed run
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.index_bench"])
_TOUCHES = {
    *("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"),
    *("shutil.rmtree", "shutil.copytree", "sqlite3.connect", "subprocess.Popen"),
}
Contents = dict[str, tuple[str, dict[str, bytes]]]  # id: hash, vector by passage text


@dataclass(frozen=True)
class RunOptions:
    """How `rag index` is run."""

    rebuild: bool = False
    read: bool = False  # the index is opened instead, as by a machine that reads it
    never_merge: bool = False  # new passages become a segment of their own, however few
    subprocess: bool = False  # verification in a fresh process, as outside of tests (2 s more)
    kill_at_step: int = 0  # SIGKILL when it touches a file of the index for the n-th time
    file_size_limit: int = 0  # bytes, as if the disk were full; 0: none
    seconds_per_passage: float = 0.0  # a slow embedder
    server: int = 0  # the process of a server, which gets SIGKILL during a request or statement
    kill_server_at: int = 0  # during which
    cut_at_step: int = 0  # the database ends all connections when it touches the index so often


class _LoggingEmbedder(ToyEmbedder):
    def __init__(self, log: Path, seconds: float = 0.0) -> None:
        self._log = log
        self._seconds = seconds

    def encode(self, texts, progress=None):
        time.sleep(self._seconds * len(texts))
        with self._log.open("a") as log:
            log.write("".join(f"{text!r}\n" for text in texts))
        return super().encode(texts)

    encode_queries = encode


@contextmanager
def toys(log: Path, options: RunOptions = RunOptions()) -> Iterator[None]:
    """The toy embedder in place of the real one; verification in this process by default."""
    embedder = _LoggingEmbedder(log, options.seconds_per_passage)
    with (
        mock.patch.object(build, "open_embedder", lambda _: embedder),
        mock.patch.object(
            build,
            "verify_in_subprocess",
            build.verify_in_subprocess if options.subprocess else verify,
        ),
        mock.patch.object(merge_policy, "SMALL", 0 if options.never_merge else merge_policy.SMALL),
        mock.patch.object(
            merge_policy, "_TIMES", 0 if options.never_merge else merge_policy._TIMES
        ),
    ):
        yield


def _run(settings: Settings, log: Path, output: Path, options: RunOptions) -> None:
    sys.stderr = output.open("w")
    if options.file_size_limit:
        resource.setrlimit(
            resource.RLIMIT_FSIZE, (options.file_size_limit, options.file_size_limit)
        )
    step = 0

    def hook(event: str, values: tuple[object, ...]) -> None:
        nonlocal step
        if event in _TOUCHES and any(str(settings.index) in str(value) for value in values):
            step += 1
            if step == options.kill_at_step:
                os.kill(os.getpid(), signal.SIGKILL)
            if step == options.cut_at_step:
                end_connections(settings.database_url)

    sys.addaudithook(hook)
    if settings.database_url:
        _count_statements(settings, hook)
        if options.server:
            _kill_at_statement(options)
    elif options.server:
        _kill_at_request(options)
    try:
        with toys(log, options):
            message = _work(settings, options)
    except RagError as error:
        message = f"rag: {error}"
    output.write_text(f"{message}\n{step}")
    sys.exit(int(message.startswith("rag:")))


def _work(settings: Settings, options: RunOptions) -> str:
    if not options.read:
        return str(build.build_index(settings, rebuild=options.rebuild))
    snapshots = SnapshotStore.of(settings)
    return snapshots.open_current(build.expected_fingerprint(settings)).name


def _count_statements(settings: Settings, hook: Callable[..., None]) -> None:
    """A statement to the database touches the index too."""
    from rag.index.records import connection

    send = connection.Database._send

    def counting(*values: Any) -> Any:
        hook("open", (str(settings.index),))
        return send(*values)

    connection.Database._send = counting


def _kill_at_statement(options: RunOptions) -> None:
    """Kill the database just before the n-th statement, or a moment after it began."""
    from rag.index.records import connection

    send, statements = connection.Database._send, 0

    def counting(*values: Any) -> Any:
        nonlocal statements
        statements += 1
        if statements == options.kill_server_at:
            if statements % 2:
                kill_all(options.server)
            else:
                threading.Timer(0.002, kill_all, (options.server,)).start()
        return send(*values)

    connection.Database._send = counting


def _kill_at_request(options: RunOptions) -> None:
    """Send few vectors at once, and kill the server a moment after the n-th request began."""
    from rag.index.vectors import connection, server

    server._BATCH = 20
    requests, receive = 0, connection.ChromaServer._receive

    def counting(*values: Any) -> Any:
        nonlocal requests
        requests += 1
        if requests == options.kill_server_at:
            delay = random.Random(requests).uniform(0.0, 0.02)
            threading.Timer(delay, os.kill, (options.server, signal.SIGKILL)).start()
        return receive(*values)

    connection.ChromaServer._receive = counting


class Bench:
    """`articles` articles in one dump in `folder`, and the index over them."""

    def __init__(
        self,
        folder: Path,
        articles: int,
        seed: int = 1,
        chroma_url: str = "",
        database_url: str = "",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.settings = Settings(
            corpus=folder / "dump.jsonl",
            index=folder / "index",
            chroma_url=chroma_url,
            database_url=database_url,
        )
        self.log = folder / "embedded"
        self._output = folder / "output"
        self.random = random.Random(seed)
        self._words = ["".join(self.random.choices("abcdefghijklmnopqrstuvwxyz", k=6))
                       for _ in range(500)]  # fmt: skip
        self.texts = {f"a{n}": self.text() for n in range(articles)}
        self.deleted_texts: list[str] = []  # of articles that were removed or changed
        self._next = articles
        self.write()

    def text(self) -> str:
        """A new text of three sentences."""
        return " ".join(
            " ".join(self.random.choices(self._words, k=14)).capitalize() + "." for _ in range(3)
        )

    def write(self) -> None:
        """Write `texts` to the dump."""
        lines = [{"id": id, "title": f"On {id}", "text": t} for id, t in self.texts.items()]
        self.settings.corpus.write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    def change(self) -> None:
        """Add a tenth, change a tenth, remove a tenth."""
        some = max(1, len(self.texts) // 10)
        for id in self.random.sample(sorted(self.texts), some):
            self.deleted_texts.append(self.texts[id])
            self.texts[id] = self.text()
        for id in self.random.sample(sorted(self.texts), some):
            self.deleted_texts.append(self.texts.pop(id))
        for _ in range(some):
            self.texts[f"a{self._next}"] = self.text()
            self._next += 1
        self.write()

    def start(self, options: RunOptions = RunOptions()) -> multiprocessing.process.BaseProcess:
        """Begin a run, which the caller kills or joins."""
        run = _FORKING.Process(target=_run, args=(self.settings, self.log, self._output, options))
        run.start()
        return run

    def run(self, options: RunOptions = RunOptions()) -> tuple[int, str, int]:
        """Run to the end: exit status, the line it printed, how often it touched the index."""
        self._output.write_text("")
        run = self.start(options)
        run.join(300)
        message, _, steps = self._output.read_text().partition("\n")
        return run.exitcode if run.exitcode is not None else -1, message, int(steps or 0)

    def take_embedded_count(self) -> int:
        """How many passages were embedded since the last call."""
        count = self.embedded_count()
        self.log.unlink(missing_ok=True)
        return count

    def embedded_count(self) -> int:
        """How many passages were embedded since `take_embedded_count` was last called."""
        return self.log.read_bytes().count(b"\n") if self.log.exists() else 0

    def current(self) -> Path:
        """The folder of the current snapshot."""
        snapshot = self.current_or_none()
        assert snapshot is not None
        return snapshot

    def current_or_none(self) -> Path | None:
        """The same; None where nothing was published."""
        return SnapshotStore.of(self.settings).current()

    def open(self) -> Snapshot:
        """The current snapshot, as a chat opens it."""
        snapshots = SnapshotStore.of(self.settings)
        return snapshots.open_current(build.expected_fingerprint(self.settings))

    def expected(self) -> Contents:
        """What an index of the corpus must contain, computed without one."""
        toy = ToyEmbedder()
        expected: Contents = {}
        for each in Corpus.open(self.settings.corpus):
            assert not isinstance(each, SkippedFile)
            assert isinstance(each, Article)
            texts = [p.text for p in chunk_article(each, toy.count, self.settings.passage_tokens)]
            vectors = {t: v.tobytes() for t, v in zip(texts, toy.encode(texts), strict=True)}
            expected[each.id] = content_hash(each), vectors
        return expected

    def contents(self) -> tuple[Contents, float]:
        """What the index contains, and recall@10. Raises `IndexFault` if a chat refuses it."""
        snapshot = self.open()
        try:
            documents = snapshot.documents
            assert find_corruption(documents) is None
            rows = documents.row_numbers()
            keywords = BM25Index.build(documents.contextualized_texts())
            for word in self.random.sample(self._words, 3):
                assert np.array_equal(snapshot.keywords.scores([word]), keywords.scores([word]))
            contents: Contents = {}
            for id, (digest, _) in documents.origins().items():
                passages = documents.passages(documents.rows_of([id]), [id]).values()
                contents[id] = digest, {passage.text: v.tobytes() for passage, v in passages}
                words = documents.article(id).text.split()
                matches = ArticleBrowser(snapshot).find(" ".join(self.random.sample(words, 2)))
                assert id in [article.id for article, *_ in matches.entries]
            assert len(rows) == len({text for _, own in contents.values() for text in own})
            return contents, recall_of(snapshot)
        finally:
            snapshot.close()


def damages(path: Path, rng: random.Random) -> Iterator[str]:
    """Damage a file in one way after another, yielding the way; it is repaired before the next."""
    intact = path.read_bytes()
    middle = rng.randrange(len(intact)) if intact else 0
    ways = {
        "cut in half": intact[: len(intact) // 2],
        "removed": None,
        "overwritten with 0xff": b"\xff" * len(intact),
        "one byte turned": intact[:middle] + bytes([intact[middle] ^ 255]) + intact[middle + 1 :]
        if intact
        else b"\x00",
    }
    for way, content in ways.items():
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        yield way
        if path.parent.is_dir():
            path.write_bytes(intact)

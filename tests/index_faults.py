"""Faults of the index, provoked for real: a few rounds in the tests, many in the soak.

In:  a folder; how many rounds. Out: an `Outcome`, which counts what was lost and what differs
without a message. An index that is refused with a message is no loss.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.errors import IndexFault
from rag.index import build, manifest
from rag.index.vectors.server import FILE
from rag.runtime.network.database_address import DatabaseAddress
from tests.chroma_server import ChromaProcess
from tests.index_bench import Bench, Contents, RunOptions, damages, toys
from tests.postgres import PostgresProcess

# of a run over 60 articles: connecting, listing, building, verifying; the last two remove
_REQUESTS = (*range(1, 16), 76, 77)
_STATEMENTS = range(1, 90)  # of a run over 60 articles to PostgreSQL


@dataclass
class Outcome:
    """One line of the table in docs/reliability.md."""

    fault: str
    provoked: str
    rounds: int = 0
    lost: int = 0  # rounds after which something indexed was missing, even after the next run
    silent: int = 0  # rounds in which an index opened with neither the old nor the new contents
    named: int = 0  # rounds in which the index was refused, by name
    recall: float = 1.0  # the least recall@10 of Chroma against exact search
    notes: list[str] = field(default_factory=list)

    def inspect(self, bench: Bench, *allowed: Contents) -> None:
        """Open the index as a chat does, and compare its contents with those `allowed`."""
        try:
            contents, recall = bench.contents()
        except IndexFault as error:
            assert "type `rag index" in str(error), error
            assert "\n" not in str(error)
            self.named += 1
            return
        self.silent += contents not in allowed
        self.recall = min(self.recall, recall)

    def count_lost(self, is_lost: bool, note: str) -> None:
        """Count a loss, and note what it was."""
        if is_lost:
            self.lost += 1
            self.notes.append(note)

    def repair(self, bench: Bench) -> None:
        """Run again; now it must equal a clean build."""
        status, message, _ = bench.run()
        contents, recall = bench.contents()
        if status or contents != bench.expected():
            self.lost += 1
            self.notes.append(message)
        self.recall = min(self.recall, recall)


def killed(
    folder: Path,
    rounds: int,
    *,
    articles: int = 60,
    subprocess: bool = False,
    database_url: str = "",
) -> Outcome:
    """Kill a run at a random moment, inspect the index, and now and then let a run finish."""
    outcome = Outcome(
        "1: killed", f"`kill -9` at a random moment of `rag index`, {articles} articles"
    )
    bench = Bench(folder, articles, database_url=database_url)
    options = RunOptions(subprocess=subprocess, seconds_per_passage=0.005)
    began = time.monotonic()
    assert bench.run(options)[0] == 0
    whole = time.monotonic() - began
    old = bench.expected()
    for _ in range(rounds):
        bench.change()
        run = bench.start(options)
        run.join(bench.random.uniform(0.0, whole))
        run.kill()
        run.join()
        outcome.rounds += 1
        outcome.inspect(bench, old, bench.expected())
        if outcome.named:
            outcome.lost += 1
            break
        if bench.random.random() < 0.5:
            outcome.repair(bench)
            old = bench.expected()
        elif bench.contents()[0] != old:
            old = bench.expected()
    outcome.repair(bench)
    return outcome


def server_killed(folder: Path, rounds: int, *, articles: int = 60, seed: int = 1) -> Outcome:
    """Kill the Chroma server during a request of a run, start it again, look, run again."""
    outcome = Outcome(
        "26: server killed",
        f"`kill -9` of `chroma run` during a request of `rag index`, {articles} articles",
    )
    with ChromaProcess(folder / "server") as server:
        bench = Bench(folder / "bench", articles, seed, server.url)
        return _kill_during_runs(outcome, bench, server, [_REQUESTS] * rounds, unused_collections)


def database_killed(
    folder: Path, rounds: int, server: PostgresProcess, *, articles: int = 60, seed: int = 1
) -> Outcome:
    """Kill PostgreSQL before a statement, or during it; start it again, look, run again."""
    outcome = Outcome(
        "27: database killed",
        f"`kill -9` of PostgreSQL at a statement of `rag index`, {articles} articles",
    )
    bench = Bench(folder, articles, seed, database_url=server.url(f"killed-{seed}"))
    return _kill_during_runs(outcome, bench, server, [_STATEMENTS] * rounds, unused_schemas)


def _kill_during_runs(
    outcome: Outcome,
    bench: Bench,
    server: Any,
    steps: Sequence[Sequence[int]],
    unused: Callable[[Bench, Any], set[str]],
) -> Outcome:
    """In each round kill `server` at one of the `steps` of a run, start it again, look, run again.

    A chat that is open all the while goes on with what it had. `unused`: what nothing names there.
    """
    assert bench.run()[0] == 0
    # what was embedded and not committed when a statement failed
    allowed = build.BATCH if bench.settings.database_url else 0
    published = 0
    for choice in steps:
        old, chat = bench.expected(), bench.open()
        query = chat.documents.all_vectors(len(chat.rows))[0]
        before = chat.nearest(query, 10), chat.documents.counts()
        bench.change()
        bench.take_embedded_count()
        at = bench.random.choice(choice)
        status, line, _ = bench.run(RunOptions(server=server.pid, kill_server_at=at))
        server.kill()  # where the run had fewer steps
        server.start()
        outcome.rounds += 1
        if status == 0:  # it was killed when all that counts was done
            published += 1
        else:
            assert server.words in line, line
            now = chat.nearest(query, 10), chat.documents.counts()
            outcome.count_lost(now != before, f"chat at {at}")
            outcome.inspect(bench, old, bench.expected())
        chat.close()
        outcome.repair(bench)
        new = _passage_texts(bench.expected()) - _passage_texts(old)
        twice = bench.take_embedded_count() - len(new)
        outcome.count_lost(twice > allowed, f"{twice} embedded twice at {at}: {line}")
        outcome.count_lost(bool(left := unused(bench, server)), f"left at {at}: {left}")
    outcome.lost += outcome.named
    outcome.notes.append(f"{published} killed after publication")
    return outcome


def cut_off_at_each_step(
    folder: Path, every: int, database_url: str, *, articles: int = 40
) -> Outcome:
    """End all connections at each touch of the index (or each `every`-th), look, run again."""
    outcome = Outcome("27: connection lost", "connections ended at a file or a statement of a run")
    bench = Bench(folder, articles, database_url=database_url)
    bench.run()
    bench.change()
    steps = bench.run()[2]
    for step in range(1, steps + 1, every):
        old = bench.expected()
        bench.change()
        status, line, _ = bench.run(RunOptions(cut_at_step=step))
        assert status == 0 or "the PostgreSQL database" in line, line
        outcome.rounds += 1
        outcome.inspect(bench, bench.expected(), *([old] if status else []))
        outcome.lost += outcome.named
        outcome.repair(bench)
    outcome.notes.append(f"{steps} steps")
    return outcome


def schemas_of(bench: Bench, server: PostgresProcess) -> set[str]:
    """The schemas of the index in the database."""
    query = (
        "SELECT n.nspname FROM pg_namespace n, footnoted.indexes i "
        "WHERE i.name = '{}' AND starts_with(n.nspname, 'footnoted_' || i.id || '_')"
    )
    return {schema for (schema,) in _of_index(bench, server, query)}


def unused_schemas(bench: Bench, server: PostgresProcess) -> set[str]:
    """Those that no snapshot names, and those that one names and that are not there."""
    rows = _of_index(
        bench,
        server,
        "SELECT s.schemas FROM footnoted.snapshots s JOIN footnoted.indexes i "
        "ON i.id = s.index_id WHERE i.name = '{}'",
    )
    named = {schema for (schemas,) in rows for schema in json.loads(schemas)}
    return named ^ schemas_of(bench, server)


def _of_index(bench: Bench, server: PostgresProcess, query: str) -> list[list[Any]]:
    address = DatabaseAddress.parse(bench.settings.database_url)
    return server.sql(query.format(address.index), address.database)


def _passage_texts(contents: Contents) -> set[str]:
    return {text for _, vectors in contents.values() for text in vectors}


def unused_collections(bench: Bench, server: ChromaProcess) -> set[str]:
    """Those that no snapshot names, and those that one names and that are not there."""
    files = bench.settings.index.glob(f"gen-??????/**/{FILE}")
    return {json.loads(each.read_text())["collection"] for each in files} ^ server.collections()


def died_at_each_step(
    folder: Path,
    every: int = 1,
    *,
    articles: int = 40,
    chroma_url: str = "",
    database_url: str = "",
) -> Outcome:
    """End a run at each touch of a file of the index (or each `every`-th), look, run again."""
    outcome = Outcome("2: ended at a step", "`SIGKILL` at each touch of a file of the index")
    bench = Bench(folder, articles, chroma_url=chroma_url, database_url=database_url)
    bench.run()
    bench.change()
    steps = bench.run()[2]
    for step in range(1, steps + 1, every):
        old = bench.expected()
        bench.change()
        status, _, _ = bench.run(RunOptions(kill_at_step=step))
        if status == 0:  # this run had fewer steps
            continue
        assert status == -9
        outcome.rounds += 1
        outcome.inspect(bench, old, bench.expected())
        outcome.lost += outcome.named
        outcome.repair(bench)
    outcome.notes.append(f"{steps} steps")
    return outcome


def damaged(
    folder: Path, ways: int = 4, *, articles: int = 40, database_url: str = "", few: bool = False
) -> Outcome:
    """Harm each file of the index, in `ways` of the ways; look; `rag index` must mend it.

    `few`: one file of each folder.
    """
    outcome = Outcome(
        "4: damaged file", "each file cut, removed, overwritten with 0xff, one byte turned"
    )
    bench = Bench(folder, articles, database_url=database_url)
    bench.run()
    expected = bench.expected()
    files = _files(bench.current())
    if few:
        files = list({path.parent: path for path in files}.values())
    pointer = () if database_url else ("CURRENT",)  # which a database has a row for
    names = [*pointer, manifest.NAME, *(path.name for path in files)]
    for turn, name in enumerate(names):
        chosen = random.Random(turn).sample(range(4), ways)
        for number in range(4):
            if number not in chosen:
                continue
            bench.run()
            bench.take_embedded_count()
            path = _find(bench, name)
            harm = damages(path, bench.random)
            way = next(way for n, way in enumerate(harm) if n == number)
            outcome.rounds += 1
            outcome.inspect(bench, expected)
            outcome.repair(bench)
            again = bench.take_embedded_count()
            if again and (database_url or name not in (manifest.NAME, manifest.DOCUMENTS)):
                outcome.notes.append(f"{name} {way}: {again} embedded again")
    return outcome


def _files(folder: Path) -> list[Path]:
    paths = [folder / path for path in manifest.OWN]
    return sorted(p for path in paths for p in [path, *path.rglob("*")] if p.is_file())


def _find(bench: Bench, name: str) -> Path:
    if name == "CURRENT":
        return bench.settings.index / name
    return next(p for p in bench.current().rglob("*") if p.name == name)


def full_disk(folder: Path, rounds: int, *, articles: int = 60, database_url: str = "") -> Outcome:
    """No file may grow beyond a size, at `rounds` sizes up to that of the largest file."""
    outcome = Outcome("5: disk full", "`RLIMIT_FSIZE` at sizes up to the largest file")
    bench = Bench(folder, articles, database_url=database_url)
    bench.run()
    old = bench.expected()
    largest = max(p.stat().st_size for p in _files(bench.current()))
    bench.change()
    for size in sorted(bench.random.randrange(1_000, largest) for _ in range(rounds)):
        status, line, _ = bench.run(RunOptions(file_size_limit=size, subprocess=True))
        if status == 0:
            break
        assert status == 1, line
        assert "no space left" in line or "is space left?" in line, line
        outcome.rounds += 1
        outcome.inspect(bench, old)
    outcome.lost += outcome.named
    outcome.repair(bench)
    return outcome


def indexed_again(
    folder: Path, rounds: int, *, articles: int = 40, server: PostgresProcess | None = None
) -> Outcome:
    """Change and index again in one process; disk, files, memory; removed text is gone."""
    outcome = Outcome("9: indexed again", "a tenth added, changed, removed, indexed again")
    bench = Bench(folder, articles, database_url=server.url("again") if server else "")
    handles: list[int] = []
    memory: list[int] = []
    disk = 0.0
    with toys(bench.log):
        for _ in range(rounds + 1):
            build.build_index(bench.settings)
            outcome.inspect(bench, bench.expected())
            disk = max(disk, _bytes(bench.settings.index) / _bytes(bench.current()))
            on_disk = b"".join(p.read_bytes() for p in _all(bench.settings.index))
            if server:
                on_disk += _in_database(bench, server)
                outcome.lost += bool(unused_schemas(bench, server))
            outcome.silent += any(text[:40].encode() in on_disk for text in bench.deleted_texts)
            outcome.lost += any(text[:40].encode() not in on_disk for text in bench.texts.values())
            handles.append(len(list(Path("/proc/self/fd").iterdir())))
            memory.append(_resident())
            outcome.rounds += 1
            bench.change()
    early = len(memory) // 3
    outcome.notes.append(
        f"disk at most {disk:.2f} times one index, {handles[-1] - handles[early]:+d} open files, "
        f"{(memory[-1] - memory[early]) / 2**20:+.0f} MiB of memory"
    )
    outcome.lost += outcome.named + (disk > 2.5) + (handles[-1] > handles[early])
    return outcome


def _in_database(bench: Bench, server: PostgresProcess) -> bytes:
    """Every row of every table of the index."""
    tables = _of_index(
        bench,
        server,
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
        f"WHERE schemaname IN {(*schemas_of(bench, server), '')}",
    )
    rows = (_of_index(bench, server, f"SELECT t::text FROM {name} t") for (name,) in tables)
    return "\n".join(row for each in rows for (row,) in each).encode()


def _all(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in _all(folder))


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def stopped_halfway(folder: Path, articles: int, database_url: str = "") -> Outcome:
    """Kill a first run about halfway; the next one embeds only the rest."""
    outcome = Outcome(
        "1: halfway", f"`kill -9` halfway through a first run over {articles} articles", 1
    )
    bench = Bench(folder, articles, database_url=database_url)
    passages = sum(len(own) for _, own in bench.expected().values())
    run = bench.start(RunOptions(seconds_per_passage=min(0.02, 20 / articles)))
    while run.is_alive() and bench.embedded_count() < passages // 2:
        time.sleep(0.01)
    run.kill()
    run.join()
    before = bench.take_embedded_count()
    outcome.repair(bench)
    after = bench.take_embedded_count()
    outcome.notes.append(f"{before} + {after} of {passages} passages embedded")
    outcome.lost += not (0 <= before + after - passages <= build.BATCH)
    return outcome

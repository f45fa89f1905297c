"""Faults of the index, each provoked as often as is asked: a few rounds in the tests, many in the
soak. What is lost, or differs without a word, is counted; a fault that is named is no loss.
"""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import IndexFault
from rag.index import build as indexing
from rag.index import manifest
from tests.index_bench import Bench, Contents, How, damages, toys


@dataclass
class Outcome:
    """One line of the table in docs/reliability.md."""

    fault: str
    provoked: str
    rounds: int = 0
    lost: int = 0  # rounds after which something indexed was not there, after the next run at last
    silent: int = 0  # rounds in which an index opened that held neither the old nor the new
    named: int = 0  # rounds in which the index was refused, by name
    recall: float = 1.0  # the least recall@10 of Chroma against exact search
    notes: list[str] = field(default_factory=list)

    def look(self, bench: Bench, *allowed: Contents) -> None:
        """Open the index as a chat does, and compare."""
        try:
            held, recall = bench.held()
        except IndexFault as error:
            assert "type `rag index" in str(error), error
            assert "\n" not in str(error)
            self.named += 1
            return
        self.silent += held not in allowed
        self.recall = min(self.recall, recall)

    def mended(self, bench: Bench) -> None:
        """Run again; now it must equal what a clean build holds."""
        status, told, _ = bench.run()
        held, recall = bench.held()
        if status or held != bench.wanted():
            self.lost += 1
            self.notes.append(told)
        self.recall = min(self.recall, recall)


def killed(
    folder: Path, rounds: int, *, articles: int = 60, apart: bool = False, seed: int = 1
) -> Outcome:
    """Kill a run at a random moment, look, and now and then let the next one go through."""
    told = Outcome("1: killed", f"`kill -9` at a random moment of `rag index`, {articles} articles")
    bench = Bench(folder, articles, seed)
    how = How(apart=apart, seconds_a_passage=0.005)
    began = time.monotonic()
    assert bench.run(how)[0] == 0
    whole = time.monotonic() - began
    old = bench.wanted()
    for _ in range(rounds):
        bench.change()
        run = bench.start(how)
        run.join(bench.random.uniform(0.0, whole))
        run.kill()
        run.join()
        told.rounds += 1
        told.look(bench, old, bench.wanted())
        if told.named:
            told.lost += 1
            break
        if bench.random.random() < 0.5:
            told.mended(bench)
            old = bench.wanted()
        elif bench.held()[0] != old:
            old = bench.wanted()
    told.mended(bench)
    return told


def died_at_each_step(folder: Path, every: int = 1, *, articles: int = 40) -> Outcome:
    """End a run at each touch of a file of the index (or each `every`-th), look, run again."""
    told = Outcome("2: ended at a step", "`SIGKILL` at each touch of a file of the index")
    bench = Bench(folder, articles)
    bench.run()
    bench.change()
    steps = bench.run()[2]
    for step in range(1, steps + 1, every):
        old = bench.wanted()
        bench.change()
        status, _, _ = bench.run(How(dies_at=step))
        if status == 0:  # this run had fewer steps
            continue
        assert status == -9
        told.rounds += 1
        told.look(bench, old, bench.wanted())
        told.lost += told.named
        told.mended(bench)
    told.notes.append(f"{steps} steps")
    return told


def damaged(folder: Path, ways: int = 4, *, articles: int = 40) -> Outcome:
    """Harm each file of the index, in `ways` of the ways; look; `rag index` must mend it."""
    told = Outcome(
        "4: damaged file", "each file cut, removed, overwritten with 0xff, one byte turned"
    )
    bench = Bench(folder, articles)
    bench.run()
    wanted = bench.wanted()
    names = ["CURRENT", manifest.NAME, *(path.name for path in _files(bench.current()))]
    for turn, name in enumerate(names):
        chosen = random.Random(turn).sample(range(4), ways)
        for number in range(4):
            if number not in chosen:
                continue
            bench.run()
            bench.embedded()
            path = _find(bench, name)
            harm = damages(path, bench.random)
            way = next(way for n, way in enumerate(harm) if n == number)
            told.rounds += 1
            told.look(bench, wanted)
            told.mended(bench)
            again = bench.embedded()
            if again and name not in (manifest.NAME, manifest.RECORD):
                told.notes.append(f"{name} {way}: {again} embedded again")
    return told


def _files(folder: Path) -> list[Path]:
    parts = [folder / part for part in manifest.OWN]
    return sorted(p for part in parts for p in [part, *part.rglob("*")] if p.is_file())


def _find(bench: Bench, name: str) -> Path:
    if name == "CURRENT":
        return bench.settings.index / name
    return next(p for p in bench.current().rglob("*") if p.name == name)


def full_disk(folder: Path, rounds: int, *, articles: int = 60) -> Outcome:
    """No file may grow beyond a size, at `rounds` sizes up to that of the largest file."""
    told = Outcome("5: disk full", "`RLIMIT_FSIZE` at sizes up to the largest file")
    bench = Bench(folder, articles)
    bench.run()
    old = bench.wanted()
    largest = max(p.stat().st_size for p in _files(bench.current()))
    bench.change()
    for size in sorted(bench.random.randrange(1_000, largest) for _ in range(rounds)):
        status, line, _ = bench.run(How(largest_file=size, apart=True))
        if status == 0:
            break
        assert status == 1, line
        assert "no space left" in line or "is space left?" in line, line
        told.rounds += 1
        told.look(bench, old)
    told.lost += told.named
    told.mended(bench)
    return told


def indexed_again(folder: Path, rounds: int, *, articles: int = 40) -> Outcome:
    """Change and index again in one process; disk, files, memory; removed text is gone."""
    told = Outcome("9: indexed again", "a tenth added, changed, removed, indexed again")
    bench = Bench(folder, articles)
    handles: list[int] = []
    memory: list[int] = []
    disk = 0.0
    with toys(bench.log):
        for _ in range(rounds + 1):
            indexing.build_index(bench.settings)
            told.look(bench, bench.wanted())
            disk = max(disk, _bytes(bench.settings.index) / _bytes(bench.current()))
            everything = b"".join(p.read_bytes() for p in _all(bench.settings.index))
            told.silent += any(text[:40].encode() in everything for text in bench.gone)
            told.lost += any(text[:40].encode() not in everything for text in bench.texts.values())
            handles.append(len(list(Path("/proc/self/fd").iterdir())))
            memory.append(_resident())
            told.rounds += 1
            bench.change()
    early = len(memory) // 3
    told.notes.append(
        f"disk at most {disk:.2f} times one index, {handles[-1] - handles[early]:+d} open files, "
        f"{(memory[-1] - memory[early]) / 2**20:+.0f} MiB of memory"
    )
    told.lost += told.named + (disk > 2.5) + (handles[-1] > handles[early])
    return told


def _all(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in _all(folder))


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def stopped_halfway(folder: Path, articles: int) -> Outcome:
    """Kill a first run about halfway; the next one embeds only the rest."""
    told = Outcome(
        "1: halfway", f"`kill -9` halfway through a first run over {articles} articles", 1
    )
    bench = Bench(folder, articles)
    passages = sum(len(own) for _, own in bench.wanted().values())
    run = bench.start(How(seconds_a_passage=min(0.02, 20 / articles)))
    while run.is_alive() and bench.logged() < passages // 2:
        time.sleep(0.01)
    run.kill()
    run.join()
    before = bench.embedded()
    told.mended(bench)
    after = bench.embedded()
    told.notes.append(f"{before} + {after} of {passages} passages embedded")
    told.lost += not (0 <= before + after - passages <= indexing.BATCH)
    return told

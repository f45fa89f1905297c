"""Whole indexes side by side; one small file says which of them is current.

In:  a folder; what an index is to be built from (its fingerprint).
Out: `Generation`s that are complete and never change again; a damaged one is named, not read.

    <index>/CURRENT               the name of the current generation, replaced in one step
    <index>/LOCK                  held while indexing; freed by the system when its holder dies
    <index>/gen-000007/           records.sqlite (the truth), chroma/, keywords/, manifest.json
    <index>/gen-000008.building/  under way, or left by a run that was stopped: it is gone on with

Left to others: what goes into a generation (`rag.indexing`), whether its files are as they were
built (`rag.store.manifest`), searching it (`rag.retrieve`).
"""

from __future__ import annotations

import json
import os
import shutil
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.errors import IndexFault
from rag.store import manifest
from rag.store.keywords import Keywords
from rag.store.manifest import Fingerprint
from rag.store.records import Records
from rag.store.vectors import Vectors
from rag.store.within import Whereabouts, Within

_BUILDING = ".building"
_FEW = 2_000  # passages that are read and compared one by one in a few milliseconds
_EXACT = 800  # neighbours that Chroma finds without a miss: its `ef_search`


class Generation:
    """One complete index, open for reading. Its files are given back with the last reference."""

    def __init__(self, folder: Path, records: Records, vectors: Vectors, keywords: Keywords):
        self.folder = folder
        self.name = folder.name
        self.records = records
        self.vectors = vectors
        self.keywords = keywords
        self._close = weakref.finalize(self, _close, records, vectors)
        self._close.atexit = False
        # row of each position of the keyword index
        self.rows = np.asarray(records.row_numbers(), dtype=np.int64)

    @classmethod
    def open(cls, folder: Path) -> Generation:
        """Open the generation in `folder`, if each of its files is as it was built.

        Raises:
            IndexFault: a part is missing, damaged, or does not agree with the others.
        """
        if wrong := manifest.damaged(folder):
            raise _damaged(folder, f"{', '.join(wrong[:3])} not as built")
        try:
            keywords = Keywords.load(folder / "keywords")
        except Exception as error:
            told = f"the keyword index does not open: {type(error).__name__}"
            raise _damaged(folder, told) from error
        vectors = Vectors.open(folder / "chroma")
        records = Records.open(folder / manifest.RECORD)
        opened = cls(folder, records, vectors, keywords)
        held = (records.counts()[1], vectors.count(), keywords.rows)
        if len(set(held)) != 1:
            opened.close()
            told = f"{held[0]} recorded, {held[1]} as vectors, {held[2]} as keywords"
            raise _damaged(folder, f"passages: {told}")
        return opened

    @cached_property
    def whereabouts(self) -> Whereabouts:
        """What a filter asks of all articles; read at the first filter."""
        return Whereabouts(self.records, self.rows)

    def nearest(
        self, vector: npt.NDArray[np.float32], number: int, within: Within | None = None
    ) -> list[int]:
        """Rows nearest to the unit `vector`, best first, at most `number`, of `within` alone.

        Chroma takes a filter as a list of names, which is slow where it is long: few rows are
        searched by reading all, and of most rows the nearest that pass are taken from more.
        """
        if within is None:
            return self.vectors.nearest(vector, number)
        if len(within.rows) <= _FEW:
            rows = within.rows
            near = self.records.vectors(rows.tolist()) @ vector if within else np.zeros(0)
            return [int(row) for row in rows[np.argsort(-near, kind="stable")[:number]]]
        more = 2 * number * len(self.rows) // len(within.rows)
        if more <= _EXACT:
            found = self.vectors.nearest(vector, more)
            position = np.searchsorted(self.rows, found)
            passing = [row for row, at in zip(found, position, strict=True) if within.mask[at]]
            if len(passing) >= number:
                return passing[:number]
        return self.vectors.nearest(vector, number, within.rows.tolist())

    def close(self) -> None:
        """Give back all files now."""
        self._close()


class Generations:
    """The folder that holds them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def current(self) -> Path | None:
        """The folder of the current generation; None where nothing was ever published.

        Raises:
            IndexFault: `CURRENT` names a generation that is not there.
        """
        try:
            name = (self.folder / "CURRENT").read_text(errors="replace").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise IndexFault(f"{self.folder} cannot be read ({error}): check its rights") from error
        found = self.folder / name
        if not name.startswith("gen-") or "/" in name or not (found / manifest.NAME).is_file():
            raise _damaged(self.folder, f"{name[:40]!r} is not there")
        return found

    def readable(self) -> tuple[Path, Fingerprint] | None:
        """The current generation and what it was built from; None where that cannot be told."""
        with suppress(IndexFault):
            if current := self.current():
                return current, manifest.fingerprint(current)
        return None

    def base(self, wanted: Fingerprint) -> Path | None:
        """The newest generation whose record is sound and serves `wanted`, current or not."""
        newest = sorted(self.folder.glob("gen-??????"), reverse=True)
        return next((each for each in newest if manifest.sound_record(each, wanted)), None)

    def checked(self, wanted: Fingerprint) -> Path:
        """The current generation, where it serves `wanted`.

        Raises:
            IndexFault: there is none, or it was built from something else.
        """
        generation = self.current()
        if generation is None:
            raise IndexFault(f"there is no index in {self.folder}: type `rag index`")
        if why := manifest.fingerprint(generation).mismatch(wanted):
            raise IndexFault(f"the index in {self.folder} {why}: type `rag index --rebuild`")
        return generation

    def opened(self, wanted: Fingerprint) -> Generation:
        """The generation that is `checked`, open; raises what both of these steps raise."""
        folder = self.checked(wanted)
        try:
            return Generation.open(folder)
        except IndexFault:
            if self.checked(wanted) == folder:
                raise
            return self.opened(wanted)  # published in between, and the old one dropped

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the right to index. Raises `IndexFault`, within a second, where another holds it."""
        from filelock import FileLock, Timeout

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            owner = self.folder / "LOCK.owner"
            with FileLock(self.folder / "LOCK", timeout=0.3):
                owner.write_text(str(os.getpid()))
                yield
                owner.unlink(missing_ok=True)
        except Timeout:
            holder = owner.read_text(errors="replace") if owner.is_file() else "?"
            raise IndexFault(
                f"{self.folder} is being indexed by process {holder}: wait for it, or end it"
            ) from None
        except PermissionError as error:
            raise IndexFault(
                f"cannot write to {self.folder} ({error.strerror}): "
                "give it write rights, or name another with --index"
            ) from error

    def start(self, wanted: Fingerprint) -> Path:
        """The folder to build in: one left by a stopped run of the same kind, else a new one."""
        note = json.dumps(asdict(wanted), sort_keys=True)
        for left in sorted(self.folder.glob(f"gen-*{_BUILDING}")):
            if (left / "for.json").is_file() and (left / "for.json").read_text() == note:
                return left
            shutil.rmtree(left)
        numbers = [int(each.name[4:10]) for each in self.folder.glob("gen-??????")]
        folder = self.folder / f"gen-{max(numbers, default=0) + 1:06d}{_BUILDING}"
        folder.mkdir()
        (folder / "for.json").write_text(note)
        return folder

    def publish(self, building: Path, keep_old: bool) -> Path:
        """Make what was built the current generation, in one step.

        `keep_old`: also keep the one before; not where it holds text that is to be gone.
        """
        (building / "for.json").unlink(missing_ok=True)
        final = building.with_name(building.name.removesuffix(_BUILDING))
        building.rename(final)
        before = self.readable()
        beside = self.folder / "CURRENT.new"
        with beside.open("w") as file:
            file.write(final.name)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.folder / "CURRENT")
        manifest.sync(self.folder)
        kept = {final, before[0]} if before and keep_old else {final}
        for old in set(self.folder.glob("gen-*")) - kept:
            shutil.rmtree(old, ignore_errors=True)  # in use, on some systems: gone the next time
        return final


def _close(records: Records, vectors: Vectors) -> None:
    records.close()
    vectors.close()


def _damaged(folder: Path, told: str) -> IndexFault:
    return IndexFault(f"the index in {folder} is damaged ({told}): type `rag index`")

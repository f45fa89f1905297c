"""Whole indexes side by side; one small file says which of them is current.

In:  a folder; what an index is to be built from (its fingerprint).
Out: folders of generations that are complete and never change again; the current one, open.

    <index>/CURRENT               the name of the current generation, replaced in one step
    <index>/LOCK                  held while indexing; freed by the system when its holder dies
    <index>/gen-000007/           records.sqlite (the truth), chroma/, keywords/, manifest.json
    <index>/gen-000008.building/  under way, or left by a run that was stopped: it is gone on with

Left to others: what goes into a generation (`rag.index.build`), whether its files are as they were
built (`rag.index.manifest`), opening it (`rag.index.snapshot`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from rag.errors import IndexFault
from rag.index import manifest
from rag.index.manifest import Fingerprint
from rag.index.snapshot import Snapshot, damage

NEW = "new.sqlite"  # in a folder under way: the record of what is new
_BUILDING = ".building"


class SnapshotStore:
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
            raise damage(self.folder, f"{name[:40]!r} is not there")
        return found

    def current_or_none(self) -> tuple[Path, Fingerprint] | None:
        """The current generation and what it was built from; None where that cannot be told."""
        with suppress(IndexFault):
            if current := self.current():
                return current, manifest.fingerprint(current)
        return None

    def newest_usable(self, wanted: Fingerprint, *, hashed: bool = False) -> Path | None:
        """The newest generation whose records are sound and serve `wanted`, current or not.

        Not `hashed`, files of the size and time that they were built with are believed.
        """
        newest = sorted(self.folder.glob("gen-??????"), reverse=True)
        sound = (each for each in newest if manifest.sound_records(each, wanted, hashed=hashed))
        return next(sound, None)

    def require_compatible(self, wanted: Fingerprint) -> Path:
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

    def open_current(self, wanted: Fingerprint, before: Snapshot | None = None) -> Snapshot:
        """The generation that is `checked`, open; raises what both of these steps raise.

        Parts that are open in `before` are taken from there.
        """
        folder = self.require_compatible(wanted)
        try:
            return Snapshot.open(folder, before)
        except (IndexFault, FileNotFoundError):
            if self.require_compatible(wanted) == folder:
                raise
            return self.open_current(
                wanted, before
            )  # published in between, and the old one dropped

    @contextmanager
    def lock(self) -> Iterator[None]:
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

    def start(self, wanted: Fingerprint, base: Path | None = None) -> Path:
        """The folder to build in, on top of the generation `base`.

        It is the one that a stopped run left, if that stood on the same, else a new one.
        """
        stands_on = base and hashlib.sha256((base / manifest.NAME).read_bytes()).hexdigest()
        note = json.dumps({**asdict(wanted), "base": stands_on}, sort_keys=True)
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
        before = self.current_or_none()
        beside = self.folder / "CURRENT.new"
        with beside.open("w") as file:
            file.write(final.name)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.folder / "CURRENT")
        manifest.sync(self.folder)
        (final / NEW).unlink(missing_ok=True)
        kept = {final, before[0]} if before and keep_old else {final}
        for old in set(self.folder.glob("gen-*")) - kept:
            shutil.rmtree(old, ignore_errors=True)  # in use, on some systems: gone the next time
        return final

"""Whole indexes side by side; one small file says which of them is current.

In:  a folder; what an index is to be built from (its fingerprint).
Out: `Generation`s that are complete and never change again.

    <index>/CURRENT               the name of the current generation, replaced in one step
    <index>/LOCK                  held while indexing; freed by the system when its holder dies
    <index>/gen-000007/           records.sqlite (the truth), chroma/, keywords/, manifest.json
    <index>/gen-000008.building/  under way, or left by a run that was stopped: it is gone on with

Left to others: what goes into a generation (`rag.indexing`), searching it (`rag.retrieve`).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from rag.errors import IndexFault
from rag.store.keywords import Keywords
from rag.store.records import Records
from rag.store.vectors import Vectors

SCHEMA = 2  # raise it when what is embedded, indexed or recorded changes
_BUILDING = ".building"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an index was built from; another one is refused, never misread."""

    embedder: str
    embedder_sha256: str
    passage_tokens: int
    chromadb: str
    schema: int = SCHEMA

    def mismatch(self, wanted: Fingerprint) -> str | None:
        """Why this index does not serve `wanted`, in a person's words; None where it does."""
        if self.embedder != wanted.embedder or self.embedder_sha256 != wanted.embedder_sha256:
            return (
                f"was built with the embedder {self.embedder}, the settings say {wanted.embedder}"
            )
        if self.passage_tokens != wanted.passage_tokens:
            return (
                f"was built with passages of {self.passage_tokens} tokens, "
                f"the settings say {wanted.passage_tokens}"
            )
        if (self.schema, self.chromadb) != (wanted.schema, wanted.chromadb):
            return "was written by another version"
        return None


class Generation:
    """One complete index, open for reading."""

    def __init__(self, folder: Path, records: Records, vectors: Vectors, keywords: Keywords):
        self.folder = folder
        self.name = folder.name
        self.records = records
        self.vectors = vectors
        self.keywords = keywords
        rows, articles, _ = records.all_rows()
        self.rows = np.asarray(rows, dtype=np.int64)  # row of each position of the keyword index
        self.row_articles = np.asarray(articles, dtype=object)

    @classmethod
    def open(cls, folder: Path) -> Generation:
        """Open the generation in `folder`.

        Raises:
            IndexFault: a part is missing, damaged, or does not agree with the others.
        """
        records = Records.open(folder / "records.sqlite")
        vectors = Vectors.open(folder / "chroma")
        try:
            keywords = Keywords.load(folder / "keywords")
        except Exception as error:
            raise IndexFault(
                f"the keyword index in {folder} does not open ({type(error).__name__}): "
                "type `rag index --rebuild`"
            ) from error
        opened = cls(folder, records, vectors, keywords)
        held = (records.counts()[1], vectors.count(), keywords.rows)
        if len(set(held)) != 1:
            opened.close()
            raise IndexFault(
                f"the index in {folder} is damaged (passages: {held[0]} recorded, {held[1]} as "
                f"vectors, {held[2]} as keywords): type `rag index --rebuild`"
            )
        return opened

    def close(self) -> None:
        """Give back all files."""
        self.records.close()
        self.vectors.close()


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
            name = (self.folder / "CURRENT").read_text().strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise IndexFault(f"{self.folder} cannot be read ({error}): check its rights") from error
        found = self.folder / name
        if not name.startswith("gen-") or "/" in name or not (found / "manifest.json").is_file():
            raise IndexFault(
                f"the index in {self.folder} is damaged ({name[:40]!r} is not there): "
                "type `rag index --rebuild`"
            )
        return found

    def fingerprint(self, generation: Path) -> Fingerprint:
        """What `generation` was built from. Raises `IndexFault` where its manifest is damaged."""
        try:
            told = json.loads((generation / "manifest.json").read_text())
            return Fingerprint(**told["fingerprint"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexFault(
                f"the manifest of {generation} is damaged or of another version: "
                "type `rag index --rebuild`"
            ) from error

    def checked(self, wanted: Fingerprint) -> Path:
        """The current generation, where it serves `wanted`.

        Raises:
            IndexFault: there is none, or it was built from something else.
        """
        generation = self.current()
        if generation is None:
            raise IndexFault(f"there is no index in {self.folder}: type `rag index`")
        if why := self.fingerprint(generation).mismatch(wanted):
            raise IndexFault(f"the index in {self.folder} {why}: type `rag index --rebuild`")
        return generation

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the right to index. Raises `IndexFault`, within a second, where another holds it."""
        from filelock import FileLock, Timeout

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            owner = self.folder / "LOCK.owner"
            with FileLock(self.folder / "LOCK", timeout=0.5):
                owner.write_text(str(os.getpid()))
                yield
                owner.unlink(missing_ok=True)
        except Timeout:
            holder = owner.read_text() if owner.is_file() else "?"
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

    def publish(self, building: Path, fingerprint: Fingerprint) -> Path:
        """Make what was built the current generation, in one step; keep one old one."""
        manifest = json.dumps({"fingerprint": asdict(fingerprint)}, indent=1)
        (building / "manifest.json").write_text(manifest)
        (building / "for.json").unlink(missing_ok=True)
        final = building.with_name(building.name.removesuffix(_BUILDING))
        building.rename(final)
        beside = self.folder / "CURRENT.new"
        with beside.open("w") as file:
            file.write(final.name)
            file.flush()
            os.fsync(file.fileno())
        before = (self.folder / "CURRENT").read_text() if (self.folder / "CURRENT").exists() else ""
        beside.replace(self.folder / "CURRENT")
        _sync(self.folder)
        for old in self.folder.glob("gen-??????"):
            if old.name not in (final.name, before.strip()):
                shutil.rmtree(old)
        return final


def _sync(folder: Path) -> None:
    """Make a rename last through a power cut, where the system knows how."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""What a generation says of itself: what it was built from, and each file's size and SHA-256.

In:  the folder of a generation.
Out: its `Fingerprint`; the names of the files that are not what they were when it was built.
Left to others: which generation is current (`rag.store.generations`), whether what was built is
right (`rag.store.verify`).

Every file is hashed when a generation is opened: a damaged Chroma file ends the process, or
loses neighbours without a word. That costs less than reading the keyword index does.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.errors import IndexFault

SCHEMA = 2
NAME = "manifest.json"
RECORD = "records.sqlite"
DERIVED = ("chroma", "keywords")
PARTS = (RECORD, *DERIVED)


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
        if self.embedder != wanted.embedder:
            return (
                f"was built with the embedder {self.embedder}, the settings say {wanted.embedder}"
            )
        if self.embedder_sha256 != wanted.embedder_sha256:
            return f"was built with the embedder {self.embedder}, but with other weights"
        if self.passage_tokens != wanted.passage_tokens:
            return (
                f"was built with passages of {self.passage_tokens} tokens, "
                f"the settings say {wanted.passage_tokens}"
            )
        if (self.schema, self.chromadb) != (wanted.schema, wanted.chromadb):
            return "was written by another version"
        return None

    @property
    def settings(self) -> tuple[str, str, int]:
        """What it owes to the settings, versions apart: another of these needs a person's word."""
        return self.embedder, self.embedder_sha256, self.passage_tokens


def write(folder: Path, fingerprint: Fingerprint) -> None:
    """Write the manifest over all parts in `folder`, and make them last a power cut."""
    files = {}
    for path in sorted(each for part in PARTS for each in _files(folder / part)):
        sync(path)
        name = path.relative_to(folder).as_posix()
        files[name] = {"size": path.stat().st_size, "sha256": _digest(path)}
    told = json.dumps({"fingerprint": asdict(fingerprint), "files": files}, indent=1)
    (folder / NAME).write_text(told)
    sync(folder / NAME)
    sync(folder)


def fingerprint(folder: Path) -> Fingerprint:
    """What the generation was built from. Raises `IndexFault` where its manifest is damaged."""
    return _read(folder)[0]


def damaged(folder: Path) -> list[str]:
    """Files that are missing or not as they were built, by name; empty where all is well.

    Raises:
        IndexFault: the manifest itself is damaged or of another version.
    """
    return [name for name, told in _read(folder)[1].items() if not _same(folder / name, told)]


def sound_record(folder: Path, wanted: Fingerprint) -> bool:
    """Whether the record in `folder` is as it was built, and its vectors serve `wanted`."""
    try:
        built, files = _read(folder)
    except IndexFault:
        return False
    fits = (*built.settings, built.schema) == (*wanted.settings, wanted.schema)
    return fits and _same(folder / RECORD, files.get(RECORD))


def _read(folder: Path) -> tuple[Fingerprint, dict[str, Any]]:
    try:
        told = json.loads((folder / NAME).read_text())
        built = Fingerprint(**told["fingerprint"])
        if built.schema != SCHEMA:
            return built, {}
        return built, dict(told["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexFault(
            f"the manifest of {folder} is damaged or of another version: type `rag index`"
        ) from error


def _files(part: Path) -> list[Path]:
    return [part] if part.is_file() else [each for each in part.rglob("*") if each.is_file()]


def _same(path: Path, told: Any) -> bool:
    try:
        return bool(path.stat().st_size == told["size"] and _digest(path) == told["sha256"])
    except (OSError, TypeError, KeyError):
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Make what was written last through a power cut, where the system knows how."""
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
